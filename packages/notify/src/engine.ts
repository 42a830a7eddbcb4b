/**
 * The engine below `notify`, for who has a loop and a store of their own: alerts, waits, retries and mutes as pure decisions. No
 * rxjs, no clock, no timer, no chance, nothing of Node.
 *
 * @module
 */
import { createEngine, takeInput } from './engine/engine.ts'
import type { NotifyEngine } from './engine/engine.ts'
import { resolveNotifyEngine } from './engine-options.ts'
import type { NotifyEngineOptions } from './engine-options.ts'

export { series } from '@tocsin/core'
export { defaultNotifyLimits, parsePolicy } from './engine-options.ts'
export { NotifyError } from './errors.ts'

export type { Series, Tags } from '@tocsin/core'
export type { Acknowledgement, Alert, AlertPlace, SuppressReason } from './model/alert.ts'
export type {
  Command,
  CommandInput,
  CommandRefusal,
  CommandRefuseReason,
  Referenced,
} from './model/command.ts'
export type { SendResult } from './engine/delivery.ts'
export type { NotifyEngine, NotifyInput } from './engine/engine.ts'
export type {
  AboutAlert,
  AboutNotification,
  AboutSignal,
  Because,
  CommandEvent,
  DeadReason,
  DuplicateReason,
  NotifyEvent,
  OfType,
  RefuseReason,
  SignalEvent,
  TellEvent,
  UnacknowledgeReason,
} from './model/event.ts'
export type { DeliveryFailure, FailureClass } from './model/failure.ts'
export type { Outcome } from './engine/machine.ts'
export type {
  Notification,
  NotificationField,
  NotificationKind,
  NotifiedAlert,
  PlannedNotification,
} from './model/notification.ts'
export type {
  BySeverity,
  ContactGroup,
  Flapping,
  Maintenance,
  Policy,
  PolicyInput,
  Renamed,
  Route,
  Stale,
} from './model/policy.ts'
export type { RefusedRecipient } from './model/failure.ts'
export type {
  DetectorSignal,
  FaultCause,
  FaultSignal,
  MalformedSignal,
  MutedSignal,
  NormalSignal,
  Severity,
} from './model/signal.ts'
export type { EndedEpisode, NotifyChange } from './model/change.ts'
export type { NotifyEngineOptions, NotifyLimits } from './engine-options.ts'
export type { NotifyErrorCode } from './errors.ts'

/**
 * Creates an engine of alerts to which nothing has happened yet; `notify` is made of one.
 *
 * Errors: the call throws `NOTIFY_BAD_POLICY` and `NOTIFY_BAD_OPTION`.
 *
 * Memory: that of `notify`: at most `maxOpenAlerts` alerts with one notification per alert and notifier, and the ended
 * episodes of the last 24 hours.
 *
 * Time: waits count from the event time of the signal; `now`, see {@link NotifyEngine}.
 *
 * @example
 * ```ts
 * import { createNotifyEngine, series, type FaultSignal } from '@tocsin/notify/engine'
 *
 * const engine = createNotifyEngine({
 *   policy: { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops', wait: '5s' }] },
 *   notifiers: ['pager'],
 *   random: () => 0.5,
 * })
 * engine.restore([], 0)
 * const signal: FaultSignal = {
 *   type: 'opened', id: '1', fault: 'f1', ruleSet: 'queue', severity: 2, openedAt: 0, time: 0,
 *   series: series('jobs'), cause: { reason: 'above' },
 * }
 * console.log(engine.step({ type: 'signal', signal }, 0).sends.length, engine.nextDue()) // => 0 5000
 * for (const { id, notifier, subject } of engine.advance(5000).sends) {
 *   console.log(notifier, subject) // => pager [severity 2] jobs (queue): above
 *   const { events } = engine.step({ type: 'result', result: { id, notifier } }, 5001)
 *   console.log(events.map(({ type }) => type).join(), engine.nextDue()) // => delivered Infinity
 * }
 * ```
 */
export function createNotifyEngine(options: NotifyEngineOptions): NotifyEngine {
  const { policy, notifiers, concurrency, random, ...limits } = resolveNotifyEngine(options)
  const lanes = new Map(notifiers.map((name) => [name, { concurrency }]))
  const engine = createEngine({ policy, notifiers: lanes, limits, random })
  return {
    restore: (changes, now) => engine.restore(changes, now),
    step: (input, now) => engine.step(takeInput(input), now),
    advance: (now) => engine.advance(now),
    nextDue: () => engine.nextDue(),
    idle: () => engine.idle(),
  }
}
