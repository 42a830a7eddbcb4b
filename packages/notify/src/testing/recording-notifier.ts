import { asyncScheduler } from 'rxjs'

import type { Notification } from '../model/notification.ts'
import { badOption, deliveryFailure } from '../errors.ts'
import type { Notifier } from '../notifiers/notifier.ts'

/**
 * What becomes of one attempt. `ok`: taken. `fail`: not taken, and may be later. `refuse`: not taken, and never will be. `lose`:
 * taken, but the answer is lost on its way back, so that it is tried again. `unreachable`: there is no connection, so that it surely did
 * not arrive. `hang`: no answer until the attempt is aborted.
 */
export type NotifierAnswer =
  | 'ok'
  | 'fail'
  | 'refuse'
  | 'lose'
  | 'unreachable'
  | 'hang'
  | {
      /** Not taken, and nothing else will be for so many ms. */
      readonly rateLimitMs: number
    }
  | {
      /** The answer comes so many ms later. */
      readonly afterMs: number
      /** And is this. @defaultValue `'ok'` */
      readonly then?: 'ok' | 'fail' | 'refuse' | 'lose' | 'unreachable' | undefined
    }

/** What {@link recordingNotifier} answers. */
export interface RecordingNotifierOptions {
  /** The answers to the first attempts, in their order; then all is well. @defaultValue none */
  readonly script?: readonly NotifierAnswer[] | undefined
}

/** One attempt, as the receiver saw it. */
export interface RecordedAttempt {
  /** What was sent. */
  readonly notification: Notification
  /** When it came, ms by `asyncScheduler`. */
  readonly time: number
  /** What became of it; `aborted` where it was given up before the answer. */
  readonly answer: NotifierAnswer | 'aborted'
}

/** A {@link Notifier} that remembers what came. */
export interface RecordingNotifier extends Notifier {
  /** All attempts so far, in the order in which they came. */
  readonly attempts: readonly RecordedAttempt[]
  /** What was taken, in that order, each notification once however often it came: what a person was told. */
  readonly told: readonly Notification[]
}

const words: readonly unknown[] = ['ok', 'fail', 'refuse', 'lose', 'unreachable', 'hang']

/**
 * A notifier for tests: remembers what was sent, and answers as its script says. Its delays are scheduled by `asyncScheduler`,
 * so that virtual time drives them.
 *
 * Errors: an attempt rejects with `NOTIFY_DELIVERY_FAILED`, as a real one does; a script that cannot be read throws
 * `NOTIFY_BAD_OPTION` at the call. Memory: all that was sent.
 *
 * @example
 * ```ts
 * import { notify } from '@tocsin/notify'
 * import { recordingNotifier, virtualTime } from '@tocsin/notify/testing'
 * import { of } from 'rxjs'
 *
 * using time = virtualTime()
 * const pager = recordingNotifier({ script: ['fail', 'lose', { afterMs: 5000 }] })
 * const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
 * of({
 *   type: 'opened' as const, id: '1', fault: 'f1', ruleSet: 'queue', severity: 1 as const, openedAt: 0, time: 0,
 *   series: { key: 'jobs', metric: 'jobs', tags: {} }, cause: { reason: 'above' },
 * }).pipe(notify(policy, { notifiers: { pager } })).subscribe()
 * await time.run()
 * console.log(pager.attempts.length, pager.told.length) // => 3 1
 * ```
 */
export function recordingNotifier({ script = [] }: RecordingNotifierOptions = {}): RecordingNotifier {
  const wrong = script.findIndex((answer) => !isAnswer(answer))
  if (wrong >= 0) {
    throw badOption(
      `script[${wrong}] must be one of ${words.join(', ')}, { rateLimitMs } or { afterMs, then }, got ${JSON.stringify(script[wrong])}`,
    )
  }
  const attempts: {
    readonly notification: Notification
    readonly time: number
    answer: RecordedAttempt['answer']
  }[] = []
  const told = new Map<string, Notification>()
  const answerTo = async (notification: Notification, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) throw deliveryFailure('transient', 'the attempt was aborted', { arrived: 'no' })
    const answer = script[attempts.length] ?? 'ok'
    const attempt = { notification, time: asyncScheduler.now(), answer: answer as RecordedAttempt['answer'] }
    attempts.push(attempt)
    if (answer === 'hang' || (typeof answer === 'object' && 'afterMs' in answer)) {
      await wait(answer === 'hang' ? Infinity : answer.afterMs, signal).catch((error: unknown) => {
        attempt.answer = 'aborted'
        throw error
      })
    }
    const end = typeof answer === 'object' && 'afterMs' in answer ? (answer.then ?? 'ok') : answer
    const isFirst = !told.has(notification.id)
    if ((end === 'ok' || end === 'lose') && isFirst) told.set(notification.id, notification)
    fail(end)
  }
  return {
    name: 'recording',
    attempts,
    get told() {
      return Array.from(told.values())
    },
    send: answerTo,
  }
}

function fail(answer: NotifierAnswer): void {
  if (answer === 'fail') throw deliveryFailure('transient', 'the script says: fail')
  if (answer === 'lose') throw deliveryFailure('transient', 'the script says: lose')
  if (answer === 'unreachable')
    throw deliveryFailure('transient', 'the script says: unreachable', { arrived: 'no' })
  if (answer === 'refuse') throw deliveryFailure('permanent', 'the script says: refuse')
  if (typeof answer === 'object' && 'rateLimitMs' in answer) {
    throw deliveryFailure('rate-limited', 'the script says: too many', { retryAfterMs: answer.rateLimitMs })
  }
}

/** Resolves in so many ms, never for `Infinity`; rejects when the attempt is aborted. */
const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    // A timer of the machine has no `Infinity`: it would be over at once.
    const timer = ms === Infinity ? undefined : asyncScheduler.schedule(() => resolve(), ms)
    const abort = (): void => {
      timer?.unsubscribe()
      reject(deliveryFailure('transient', 'the attempt was aborted before the answer'))
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })

function isAnswer(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return words.includes(answer)
  const { rateLimitMs, afterMs, then = 'ok' } = answer as Readonly<Record<string, unknown>>
  const isTime = (ms: unknown): boolean => typeof ms === 'number' && ms >= 0 && ms < Infinity
  if (rateLimitMs !== undefined) return isTime(rateLimitMs) && !('afterMs' in answer)
  return isTime(afterMs) && words.includes(then) && then !== 'hang'
}
