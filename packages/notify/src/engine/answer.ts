import { close } from './lifecycle.ts'
import { about, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { reconcile } from './reconcile.ts'
import { known, unknown } from './stale.ts'

/** A detector answers. What it says of the time before it was heard of again is outdated. */
export function onAnswer(machine: Machine, id: string, is: 'open' | 'over' | 'unknown', now: number): void {
  const alert = machine.state.alerts.get(id)
  if (alert?.clearedAt !== undefined || alert === undefined) return
  if (is === 'open') {
    machine.hearing.heard(alert, now)
    tell(machine, { type: 'still-open', ...about(alert, now) })
    reconcile(machine, { ...known(alert), heardAt: now }, now)
  } else if (machine.hearing.askedAt(id) === undefined && alert.unknownSince === undefined) return
  else if (is === 'over') close(machine, alert, { reason: 'asked', signal: alert.signal.id }, now)
  else reconcile(machine, unknown(machine, alert, now), now)
}
