import { defer, mergeMap } from 'rxjs'
import type { OperatorFunction } from 'rxjs'

import type { AboutNotification, DeadReason, NotifyEvent, OfType, SupersedeReason } from '../model/event.ts'
import type { FailureClass } from '../model/failure.ts'
import type { RefusedRecipient } from '../model/failure.ts'

/** One attempt that failed. */
export interface FailedAttempt {
  /** When its end was known, ms since the Unix epoch. */
  readonly time: number
  /** What may come of it. */
  readonly failure: FailureClass
  /** What happened, without addresses or secrets. */
  readonly message: string
  /** Whether it may have arrived all the same. */
  readonly arrived: 'no' | 'perhaps'
}

/** How one notification fares. */
export interface NotificationDelivery extends AboutNotification, OfType<'delivery'> {
  /** Where it stands: every one that is planned ends as `delivered`, `dead` or `superseded`. */
  readonly state: 'planned' | 'trying' | 'delivered' | 'dead' | 'superseded'
  /** Why, where it ended without being delivered. */
  readonly reason?: DeadReason | SupersedeReason
  /** When it was planned, ms since the Unix epoch; absent where that was before the first event. */
  readonly plannedAt?: number
  /** Attempts that failed since the start of the program. */
  readonly failures: number
  /** The latest of them, at most 20. */
  readonly attempts: readonly FailedAttempt[]
  /** Addresses that were refused for good although others were told. */
  readonly refused?: readonly RefusedRecipient[]
}

const maxAttempts = 20

/**
 * How each notification fares, from its planning over its attempts to its end.
 *
 * Emits: at once, with each change of a notification.
 *
 * Completes, errors: as its source.
 *
 * Memory: the notifications that are planned and not ended, with 20 attempts each. Time: that of the events.
 *
 * @example
 * ```ts
 * import { deliveries, notify, series } from '@tocsin/notify'
 * import { of } from 'rxjs'
 *
 * const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
 * await of({
 *   type: 'opened' as const, id: '1', fault: 'f1', ruleSet: 'queue', severity: 3 as const, openedAt: 0, time: 0,
 *   series: series('jobs'), cause: { reason: 'above' },
 * })
 *   .pipe(notify(policy, { notifiers: { pager: { send: async () => undefined } } }), deliveries())
 *   .forEach(({ place, kind, state }) => console.log(place, kind, state)) // => pager alert planned
 * // => pager alert delivered
 * ```
 */
export function deliveries(): OperatorFunction<NotifyEvent, NotificationDelivery> {
  return (source) =>
    defer(() => {
      const known = new Map<string, NotificationDelivery>()
      return source.pipe(
        mergeMap((event) => {
          const delivery = follow(known, event)
          return delivery === undefined ? [] : [delivery]
        }),
      )
    })
}

function follow(
  known: Map<string, NotificationDelivery>,
  event: NotifyEvent,
): NotificationDelivery | undefined {
  if (!('notification' in event)) return undefined
  const { time, alert, ruleSet, series, severity, notification, place, notifier, kind } = event
  const about = {
    type: 'delivery' as const,
    time,
    alert,
    ruleSet,
    series,
    severity,
    notification,
    place,
    notifier,
    kind,
  }
  const before = known.get(notification) ?? { failures: 0, attempts: [] }
  const next = { ...before, ...about, ...change(before, event) }
  const isOver = next.state !== 'planned' && next.state !== 'trying'
  if (isOver) known.delete(notification)
  else known.set(notification, next)
  return next
}

type Change = Pick<NotificationDelivery, 'state'> & Partial<NotificationDelivery>

function change(
  { failures, attempts }: Pick<NotificationDelivery, 'failures' | 'attempts'>,
  event: Extract<NotifyEvent, { readonly notification: string }>,
): Change {
  switch (event.type) {
    case 'planned':
      return { state: 'planned', plannedAt: event.time }
    case 'attempt-failed': {
      const { time, failure, message, arrived } = event
      const latest = [...attempts, { time, failure, message, arrived }].slice(-maxAttempts)
      return { state: 'trying', failures: failures + 1, attempts: latest }
    }
    case 'delivered':
      return {
        state: 'delivered',
        plannedAt: event.plannedAt,
        ...(event.refused !== undefined && { refused: event.refused }),
      }
    case 'dead':
      return { state: 'dead', reason: event.reason }
    case 'superseded':
      return { state: 'superseded', reason: event.reason }
  }
}
