import type { FailureClass } from './model/failure.ts'

/** What kind of error a {@link NotifyError} is; switch on it instead of on the message. */
export type NotifyErrorCode =
  | 'NOTIFY_BAD_OPTION'
  | 'NOTIFY_BAD_POLICY'
  | 'NOTIFY_DELIVERY_FAILED'
  | 'NOTIFY_PEER_MISSING'
  | 'NOTIFY_STORE_CLOSED'
  | 'NOTIFY_STORE_CORRUPT'
  | 'NOTIFY_STORE_FAILED'
  | 'NOTIFY_STORE_IN_USE'
  | 'NOTIFY_STORE_LOCKED'
  | 'NOTIFY_ADDRESS_REFUSED'
  | 'NOTIFY_SECRET_MISSING'

const retryable: ReadonlySet<NotifyErrorCode> = new Set(['NOTIFY_STORE_FAILED', 'NOTIFY_STORE_IN_USE'])

/** Every error of this package. The message says what, where and what to do; `cause` holds the error underneath. */
export class NotifyError extends Error {
  /** `'NotifyError'`. */
  override readonly name = 'NotifyError'
  /** Which error it is. */
  readonly code: NotifyErrorCode
  /** Whether the same may succeed later: a disk, a network and what is in use may; a wrong option and a closed store never. */
  readonly retryable: boolean
  /** The numbers and names of the message, for a log. */
  readonly facts: Readonly<Record<string, string | number>>

  /** `message` is a sentence without the code. */
  constructor(
    code: NotifyErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable =
      code === 'NOTIFY_DELIVERY_FAILED' ? facts['failure'] !== 'permanent' : retryable.has(code)
    this.facts = facts
  }
}

/**
 * What a {@link Notifier} throws when a notification was not taken. `failure` decides what happens next: `'transient'` is
 * tried again, `'rate-limited'` rests the notifier first, `'permanent'` is given up. A `retryAfterMs` is a floor of the pause.
 * `arrived: 'no'` says that it surely did not arrive, as where the connection was refused; `'perhaps'` that it may have, as where what was
 * refused is a repeat of what may have been read before. The message ends up in events and logs: keep addresses and secrets out of it.
 */
export function deliveryFailure(
  failure: FailureClass,
  message: string,
  facts: {
    readonly status?: number | undefined
    readonly retryAfterMs?: number | undefined
    readonly arrived?: 'no' | 'perhaps' | undefined
  } = {},
): NotifyError {
  const { status, retryAfterMs, arrived } = facts
  return new NotifyError('NOTIFY_DELIVERY_FAILED', message, {
    failure,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(arrived !== undefined && { arrived }),
  })
}

/** Makes the error of a wrong option. */
export const badOption = (message: string): NotifyError => new NotifyError('NOTIFY_BAD_OPTION', message)

/** What an error says. Anything can be thrown, also what has no text; that must not be thrown once more. */
export function messageOf(error: unknown): string {
  const text: unknown = error instanceof Error ? error.message : error
  try {
    return String(text)
  } catch {
    return 'something was thrown that has no text'
  }
}
