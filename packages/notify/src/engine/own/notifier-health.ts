import type { Outbox } from '../outbox/outbox.ts'
import type { CompiledPolicy } from '../route.ts'
import { clearOwn, raiseOwn } from './own-alerts.ts'
import type { Health, OwnParts } from './own-alerts.ts'

/** The parts of the machine that are needed here. */
export interface HealthParts extends OwnParts {
  readonly outbox: Pick<Outbox, 'isPaused' | 'waiting'>
  readonly limits: { readonly failingAfterMs: number }
  readonly policy: Pick<CompiledPolicy, 'names'>
}

/** An attempt of this notifier arrived. */
export function noteSuccess(parts: OwnParts, notifier: string, now: number): void {
  if (parts.own.health.delete(notifier)) parts.timers.set('notifier', notifier, undefined)
  if (parts.own.open.size > 0) clearOwn(parts, { what: 'notifier_failing', notifier }, now)
}

/**
 * An attempt of this notifier failed; `isDead` says that the notification was given up with it. To be told before that is taken out of the
 * outbox. Somebody else is told of a notifier that has given one up, or has only failed for `failingAfterMs`.
 */
export function noteFailure(
  parts: HealthParts,
  notifier: string,
  message: string,
  isDead: boolean,
  now: number,
): void {
  const { own, timers, limits } = parts
  const health = own.health.get(notifier) ?? { since: now, failures: 0, message }
  own.health.set(notifier, health)
  health.failures += 1
  health.message = message
  if (isDead || (health.failures > 1 && now - health.since >= limits.failingAfterMs))
    raise(parts, notifier, health, now)
  else if (health.failures === 1) timers.set('notifier', notifier, now + limits.failingAfterMs)
}

/** The timer `notifier` is due. One that failed a single time, long ago, may be well; unless it asked for such a pause. */
export function onNotifierTimer(parts: HealthParts, notifier: string, now: number): void {
  const health = parts.own.health.get(notifier)
  if (health !== undefined && (health.failures > 1 || parts.outbox.isPaused(notifier, now)))
    raise(parts, notifier, health, now)
}

function raise(parts: HealthParts, notifier: string, { since, message }: Health, now: number): void {
  const { count, worst } = parts.outbox.waiting(notifier)
  const undelivered =
    worst === undefined
      ? 'nothing waits for it now'
      : `${count} undelivered now, the worst of severity ${worst}`
  // Times of a clock that was set back may be odd; a text of them must not fail.
  const time =
    Number.isFinite(since) && Math.abs(since) <= 8.64e15 ? new Date(since).toISOString() : `${since}`
  const text = `notifier "${notifier}" has only failed since ${time}: ${message} (${undelivered})`
  const isNamed = parts.policy.names(notifier)
  raiseOwn(parts, { what: 'notifier_failing', notifier, since, text, isNamed }, now)
}
