import type { NotifyChange, Policy } from '@tocsin/notify'

import type { FaultState } from './fault-state.ts'
import type { FaultRecord } from './records.ts'
import { windowOf } from './to-records.ts'

/** The windows of the policy, which may be another one since the last start; those that are over say nothing new. */
export function plannedWindows(
  { windows }: FaultState,
  { maintenance = [] }: Policy,
  now: number,
): FaultRecord[] {
  const planned = new Set(maintenance.map(({ id }) => id))
  const gone = [...windows.values()].filter(
    (window) => window.planned && !window.ended && window.to > now && !planned.has(window.id),
  )
  return [
    ...gone.map(({ id }): FaultRecord => ({ type: 'window-ended', id, time: now })),
    ...maintenance.filter(({ to }) => to > now).map((window) => windowOf(window, true, now)),
  ]
}

/** The windows that commands have set, at the start of a run: the store of alerts is right. */
export function reconcileWindows(
  { windows }: FaultState,
  stored: readonly NotifyChange[],
  now: number,
): FaultRecord[] {
  const set = stored.flatMap((change) => (change.type === 'maintenance' ? [change.maintenance] : []))
  const known = new Set(set.map(({ id }) => id))
  const gone = [...windows.values()].filter(({ id, planned, ended }) => !planned && !ended && !known.has(id))
  return [
    ...gone.map(({ id }): FaultRecord => ({ type: 'window-ended', id, time: now, reason: 'command' })),
    // One of the policy takes the place of one that has its id, and one that is over was ended by its time.
    ...set
      .filter(({ id, to }) => to > now && windows.get(id)?.planned !== true)
      .map((window) => windowOf(window, false, now)),
  ]
}
