import type { Alert, NotifyChange } from '@tocsin/notify'

import type { FaultState } from './fault-state.ts'
import type { FaultRecord } from './records.ts'
import { isOwn, windowOf } from './to-records.ts'

/** What is new in a change of the store of alerts: which alert a fault has, and the maintenance that it is in. */
export function recordsOfChange(state: FaultState, change: NotifyChange, now: number): FaultRecord[] {
  if (change.type === 'maintenance') return [windowOf(change.maintenance, false, now)]
  if (change.type !== 'alert' || isOwn(change.alert) || isKnown(state, change.alert)) return []
  return [alertRecord(change.alert, now)]
}

/** The alert of a fault, and the windows that it is in. */
export const alertRecord = ({ id, signal, maintenance }: Alert, time: number): FaultRecord => ({
  type: 'alert',
  alert: id,
  fault: signal.fault,
  windows: maintenance,
  time,
})

/** Most changes of an alert are about who was told, which the events say better. */
export function isKnown({ faults, covered }: FaultState, { id, signal, maintenance }: Alert): boolean {
  const fault = faults.get(signal.fault)
  if (fault?.alert !== id) return false
  const windows = covered.get(fault.id) ?? []
  return fault.endedAt !== undefined || windows.join('\n') === maintenance.join('\n')
}
