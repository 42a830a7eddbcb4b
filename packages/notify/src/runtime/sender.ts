import type { SendResult } from '../engine/delivery.ts'
import type { Notification } from '../model/notification.ts'
import type { RefusedRecipient } from '../model/failure.ts'
import { failureOf } from '../notifiers/notifier.ts'
import type { Notifier } from '../notifiers/notifier.ts'

/** Most refused addresses that are told of one notification. */
const maxRefused = 1000

/** The attempts in flight. */
export class Sender {
  readonly #notifiers: Readonly<Record<string, Notifier>>
  readonly #done: (result: SendResult) => void
  readonly #inFlight = new Map<string, AbortController>()

  constructor(notifiers: Readonly<Record<string, Notifier>>, done: (result: SendResult) => void) {
    this.#notifiers = notifiers
    this.#done = done
  }

  /** Begins an attempt; its end is told unless it was aborted. */
  send(notification: Notification): void {
    const { id, notifier } = notification
    const controller = new AbortController()
    this.#inFlight.set(id, controller)
    const end = (result: SendResult): void => {
      if (this.#inFlight.get(id) !== controller) return
      this.#inFlight.delete(id)
      this.#done(result)
    }
    this.#attempt(notification, controller.signal).then(
      (refused) => end({ id, notifier, ...(refused.length > 0 && { refused }) }),
      (error: unknown) => end({ id, notifier, failure: failureOf(error) }),
    )
  }

  /** Ends an attempt. */
  abort(id: string): void {
    const controller = this.#inFlight.get(id)
    this.#inFlight.delete(id)
    controller?.abort()
  }

  /** Ends all attempts. */
  stop(): void {
    for (const id of [...this.#inFlight.keys()]) this.abort(id)
  }

  // Async, so that a notifier that throws instead of rejecting fails alike.
  async #attempt(notification: Notification, signal: AbortSignal): Promise<readonly RefusedRecipient[]> {
    const notifier = this.#notifiers[notification.notifier]
    if (notifier === undefined) throw new RangeError(`no notifier ${notification.notifier}`)
    return refusedOf(await notifier.send(notification, signal))
  }
}

/** What a notifier resolves with is its own business, but for what says who was refused. It never makes a success a failure. */
function refusedOf(answer: unknown): RefusedRecipient[] {
  try {
    const { refused } = (answer ?? {}) as { readonly refused?: unknown }
    if (!Array.isArray(refused)) return []
    return refused.slice(0, maxRefused).flatMap((each: Partial<RefusedRecipient> | null) => {
      const { recipient, message } = each ?? {}
      return typeof recipient === 'string' && typeof message === 'string' ? [{ recipient, message }] : []
    })
  } catch {
    return []
  }
}
