import type { AlertTarget } from '../model/alert.ts'
import { backoffMs } from './backoff.ts'
import type { AboutNotification, DeadReason } from '../model/event.ts'
import type { DeliveryFailure } from '../model/failure.ts'
import { record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import type { Notification } from '../render/notification.ts'
import type { Delivery } from './outbox.ts'
import { reconcile } from './reconcile.ts'

/** How an attempt ended. */
export interface SendResult {
  /** Id of the notification. */
  readonly id: string
  /** Name of the notifier. */
  readonly target: string
  /** Why it failed; absent when it was delivered. */
  readonly failure?: DeliveryFailure
}

/** An attempt ended. The end of one that was given up before is not heard. */
export function onResult(machine: Machine, { id, target, failure }: SendResult, now: number): void {
  const delivery = machine.outbox.sending(target)
  if (delivery?.notification.id !== id) return
  machine.outbox.release(target)
  if (failure !== undefined) {
    onFailure(machine, delivery, failure, now)
    return
  }
  tell(machine, {
    type: 'delivered',
    ...aboutNotification(delivery.notification, now),
    plannedAt: delivery.notification.time,
    attempts: delivery.attempts,
  })
  settle(machine, delivery, 'yes', now)
}

/** An attempt took too long. */
export function onTimeout(machine: Machine, target: string, now: number): void {
  const id = machine.outbox.sending(target)?.notification.id
  if (id === undefined) return
  machine.outcome.aborts.push(id)
  const message = `no answer within ${machine.limits.sendTimeoutMs} ms`
  onResult(machine, { id, target, failure: { failure: 'transient', message } }, now)
}

/** A stored notification whose notifier is not there any more. */
export function bury(machine: Machine, notification: Notification, now: number): void {
  tell(machine, {
    type: 'dead',
    ...aboutNotification(notification, now),
    reason: 'no-notifier',
    attempts: 0,
  })
  finish(machine, notification, 'unsure', now)
}

function onFailure(machine: Machine, delivery: Delivery, failed: DeliveryFailure, now: number): void {
  const { notification, attempts } = delivery
  const { failure, message } = failed
  delivery.unsure ||= failure === 'transient'
  const retryAt = nextAttempt(machine, delivery, failed, now)
  if (restsTarget(failed)) machine.outbox.pause(notification.target, retryAt)
  const dead: DeadReason | undefined =
    failure === 'permanent'
      ? 'refused'
      : now >= notification.time + machine.limits.deadlineMs
        ? 'deadline'
        : undefined
  const subject = aboutNotification(notification, now)
  const retry = dead === undefined && { retryAt }
  tell(machine, { type: 'attempt-failed', ...subject, attempt: attempts, failure, message, ...retry })
  if (dead === undefined) {
    // Where the whole target rests, this one keeps its place; otherwise it lets the others pass.
    if (!restsTarget(failed)) machine.outbox.shelve(delivery, retryAt)
    return
  }
  tell(machine, { type: 'dead', ...subject, reason: dead, attempts })
  settle(machine, delivery, delivery.unsure ? 'unsure' : 'no', now)
}

const restsTarget = ({ failure, retryAfterMs }: DeliveryFailure): boolean =>
  failure === 'rate-limited' || retryAfterMs !== undefined

function nextAttempt(machine: Machine, delivery: Delivery, failed: DeliveryFailure, now: number): number {
  const { limits, random } = machine
  const backoff = backoffMs(limits, delivery.attempts, random())
  // A target cannot rest for longer than a notification may take.
  if (restsTarget(failed))
    return now + Math.min(Math.max(1, failed.retryAfterMs ?? backoff), limits.deadlineMs)
  // The last attempt is made at the deadline, not before it.
  return Math.min(now + backoff, Math.max(now + 1, delivery.notification.time + limits.deadlineMs))
}

function settle(machine: Machine, delivery: Delivery, told: AlertTarget['told'], now: number): void {
  // In this order, so that what follows of this alert gets its place before a later episode of the series.
  finish(machine, delivery.notification, told, now)
  machine.outbox.settle(delivery)
}

function finish(machine: Machine, notification: Notification, told: AlertTarget['told'], now: number): void {
  record(machine, { type: 'settled', id: notification.id })
  const alert = machine.state.alerts.get(notification.alert)
  if (alert === undefined) return
  const targets = alert.targets.map((to) =>
    to.outstanding === notification.id
      ? { ...to, outstanding: undefined, told: to.told === 'yes' || told === 'no' ? to.told : told }
      : to,
  )
  reconcile(machine, { ...alert, targets }, now)
}

const aboutNotification = (notification: Notification, now: number): AboutNotification => ({
  time: now,
  alert: notification.alert,
  ruleSet: notification.ruleSet,
  series: notification.series,
  severity: notification.severity,
  notification: notification.id,
  target: notification.target,
  kind: notification.kind,
})
