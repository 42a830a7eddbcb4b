import type { SendResult } from '../engine/delivery.ts'
import type { Notification } from '../render/notification.ts'
import { failureOf } from '../notifiers/notifier.ts'
import type { Notifier } from '../notifiers/notifier.ts'

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
    const { id, target } = notification
    const controller = new AbortController()
    this.#inFlight.set(id, controller)
    const end = (result: SendResult): void => {
      if (this.#inFlight.get(id) !== controller) return
      this.#inFlight.delete(id)
      this.#done(result)
    }
    this.#attempt(notification, controller.signal).then(
      () => end({ id, target }),
      (error: unknown) => end({ id, target, failure: failureOf(error) }),
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
  async #attempt(notification: Notification, signal: AbortSignal): Promise<void> {
    const notifier = this.#notifiers[notification.target]
    if (notifier === undefined) throw new RangeError(`no notifier ${notification.target}`)
    await notifier.send(notification, signal)
  }
}
