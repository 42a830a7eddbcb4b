import type { DeliveryFailure, FailureClass } from '../model/failure.ts'
import type { Notification } from '../render/notification.ts'
import { NotifyError } from '../errors.ts'

/** A way to tell people. */
export interface Notifier {
  /** For logs; the name in the option `notifiers` is the one that counts. */
  readonly name?: string
  /**
   * Resolves when the notification was taken, with whatever it likes. Throws what `deliveryFailure` makes when it was not; any other error counts
   * as transient, and of that only its name and `code` are told. The same notification may come again after a crash or a
   * lost answer, always with the same `id`. `signal` aborts when the attempt takes too long or the operator is
   * unsubscribed.
   */
  send(notification: Notification, signal: AbortSignal): Promise<unknown>
}

const classes: ReadonlySet<unknown> = new Set<FailureClass>(['transient', 'rate-limited', 'permanent'])

/** What a notifier threw, for the engine. Works across duplicate installs of this package. */
export function failureOf(error: unknown): DeliveryFailure {
  if (!isNotifyError(error)) return { failure: 'transient', message: nameOf(error) }
  const { failure, retryAfterMs } = error.facts
  return {
    failure: classes.has(failure) ? (failure as FailureClass) : 'permanent',
    message: error.message,
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 && { retryAfterMs }),
  }
}

const isNotifyError = (error: unknown): error is NotifyError =>
  error instanceof NotifyError || (error instanceof Error && error.name === 'NotifyError' && 'facts' in error)

/** The message of an unknown error may hold an address or a secret; its name and code do not. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the notifier threw something that is no error'
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `the notifier threw ${error.name}${code}`
}
