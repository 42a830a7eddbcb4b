import type { AboutNotification, DeadReason } from '../model/event.ts'
import type { DeliveryFailure } from '../model/failure.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { RefusedRecipient } from '../model/failure.ts'
import { renderNotification } from '../render/render-notification.ts'
import { giveUpMs } from './outbox/backoff.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { noteFailure, noteSuccess } from './own/notifier-health.ts'
import type { Delivery } from './outbox/delivery.ts'
import { raiseOwn } from './own/own-alerts.ts'
import { settle } from './settle.ts'

/** How an attempt ended. */
export interface SendResult {
  /** Id of the notification. */
  readonly id: string
  /** Name of the notifier. */
  readonly notifier: string
  /** Why it failed; absent when it was delivered. */
  readonly failure?: DeliveryFailure
  /** Addresses that were refused for good although others were told. @defaultValue none */
  readonly refused?: readonly RefusedRecipient[]
}

/** Begins the attempts that may begin now, in words of now. */
export function startAttempts(machine: Machine, now: number): void {
  const { outbox, outcome, state } = machine
  for (const { planned, attempts } of outbox.start(now)) {
    const alerts = planned.alerts.map((id) => state.alerts.get(id)).filter((alert) => alert !== undefined)
    if (alerts.length > 0) outcome.sends.push(renderNotification(planned, alerts, attempts))
    else forget(machine, planned, now)
  }
}

/** An attempt ended. The end of one that was given up before is not heard. */
export function onResult(machine: Machine, result: SendResult, now: number): void {
  const { id, notifier, failure, refused = [] } = result
  const delivery = machine.outbox.get(id)
  if (delivery?.state !== 'sending' || delivery.planned.notifier !== notifier) return
  if (failure !== undefined) {
    onFailure(machine, delivery, failure, now)
    return
  }
  const { planned, attempts } = delivery
  machine.outbox.end(delivery, 'taken', 'perhaps', now)
  tell(machine, {
    type: 'delivered',
    ...aboutNotification(machine, planned, now),
    plannedAt: planned.time,
    attempts,
    ...(refused.length > 0 && { refused }),
  })
  noteSuccess(machine, notifier, now)
  for (const { recipient, message } of refused) {
    const text = `notifier "${notifier}" told others, but ${recipient} was refused: ${message}`
    raiseOwn(machine, { what: 'recipient_refused', notifier, text }, now)
  }
  settle(machine, planned, { type: 'delivered' }, now)
}

/** An attempt took too long. */
export function onTimeout(machine: Machine, id: string, now: number): void {
  const delivery = machine.outbox.get(id)
  if (delivery?.state !== 'sending') return
  machine.outcome.aborts.push(id)
  const message = `no answer within ${machine.limits.sendTimeoutMs} ms`
  onFailure(machine, delivery, { failure: 'transient', message }, now)
}

function onFailure(machine: Machine, delivery: Delivery, failed: DeliveryFailure, now: number): void {
  const { failure, message } = failed
  const { planned, attempts } = delivery
  const arrived = failed.arrived ?? (failure === 'transient' ? 'perhaps' : 'no')
  machine.outbox.end(delivery, failure === 'permanent' ? 'refused' : 'failed', arrived, now)
  const subject = aboutNotification(machine, planned, now)
  const attempt = {
    type: 'attempt-failed',
    ...subject,
    attempt: attempts,
    failure,
    message,
    arrived,
  } as const
  const retryAt = nextAttempt(machine, delivery, failed, now)
  const reason = deadReason(machine, delivery, failed)
  noteFailure(machine, planned.notifier, message, reason !== undefined, now)
  if (reason === undefined) {
    machine.outbox.rest(delivery, retryAt, now)
    tell(machine, { ...attempt, retryAt })
    return
  }
  tell(machine, attempt)
  tell(machine, { type: 'dead', ...subject, reason, attempts })
  settle(machine, planned, { type: 'dead', reason, arrived: delivery.arrived }, now)
}

/** What was refused is never taken; what only failed is given up once enough time was spent on it. */
function deadReason(
  { policy }: Machine,
  { planned, spentMs }: Delivery,
  { failure }: DeliveryFailure,
): Exclude<DeadReason, 'no-notifier'> | undefined {
  if (failure === 'permanent') return 'refused'
  return spentMs >= giveUpMs(policy.given.giveUp, planned.severity) ? 'deadline' : undefined
}

/** A receiver that asks for a pause gets it; this one comes after it and its own back-off, so that another goes first. */
function nextAttempt(machine: Machine, delivery: Delivery, failed: DeliveryFailure, now: number): number {
  const { outbox } = machine
  const { failure, retryAfterMs } = failed
  const backoff = outbox.backoffMs(delivery)
  const rests = failure === 'rate-limited' || (failure === 'transient' && retryAfterMs !== undefined)
  return (rests ? outbox.restLane(delivery.planned.notifier, retryAfterMs, now) : now) + backoff
}

/** A store that was damaged may have lost the alerts of a notification: there is nothing left to say. */
function forget(machine: Machine, planned: PlannedNotification, now: number): void {
  machine.outbox.remove(planned.id)
  record(machine, { type: 'settled', id: planned.id })
  tell(machine, { type: 'superseded', ...aboutNotification(machine, planned, now), reason: 'cleared' })
}

/** The common part of events about a notification. */
export function aboutNotification(
  { state }: Machine,
  planned: PlannedNotification,
  now: number,
): AboutNotification {
  const { id, alerts, severity, place, notifier, kind } = planned
  const [first = ''] = alerts
  const alert = state.alerts.get(first)
  const subject = alert ? about(alert, now) : { time: now, alert: first, ruleSet: '', series: '', severity }
  return { notification: id, place, notifier, kind, ...subject }
}
