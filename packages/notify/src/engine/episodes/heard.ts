import type { Acknowledgement, Alert } from '../../model/alert.ts'
import type { DuplicateReason } from '../../model/event.ts'
import type { FaultSignal } from '../../model/signal.ts'
import { about, tell } from '../machine.ts'
import type { Machine } from '../machine.ts'
import type { Subject } from './episode.ts'

/** Notes that a signal was heard that changes the alert. */
export function heard(machine: Machine, alert: Alert, signal: FaultSignal, now: number): Alert {
  const seen = machine.hearing.marksOf(alert, signal)
  machine.hearing.recorded(alert.id)
  machine.hearing.heard(alert, now)
  return { ...alert, heardAt: now, seen }
}

/** A worse severity than the one that was acknowledged ends the acknowledgement. */
export function worsened(machine: Machine, alert: Alert, now: number): Alert {
  const acknowledgement: Acknowledgement | undefined = alert.acknowledgement
  if (acknowledgement === undefined || alert.severity >= acknowledgement.severity) return alert
  tell(machine, { type: 'unacknowledged', ...about(alert, now), reason: 'worse-severity' })
  return { ...alert, acknowledgement: undefined }
}

/** Says that a signal changes nothing. */
export function duplicate(
  machine: Machine,
  alert: Subject,
  signal: FaultSignal,
  reason: DuplicateReason,
  now: number,
): void {
  const { id, ruleSet, series, severity } = alert
  // Nearly all signals are duplicates: this one is made at once, and not of parts.
  tell(machine, {
    type: 'duplicate',
    time: now,
    alert: id,
    ruleSet,
    series,
    severity,
    signal: signal.id,
    reason,
  })
}
