import type { DeliveryFailure, FailureClass } from '../model/failure.ts'
import type { Notification } from '../model/notification.ts'
import type { RefusedRecipient } from '../model/failure.ts'
import { NotifyError } from '../errors.ts'

/** What a notifier may say of a notification that was taken. */
export interface Delivered {
  /** Addresses that were refused for good although others were told. @defaultValue none */
  readonly refused?: readonly RefusedRecipient[] | undefined
}

/** A way to tell people. */
export interface Notifier {
  /** For logs; the name in the option `notifiers` is the one that counts. */
  readonly name?: string
  /** Most attempts at a time. @defaultValue the option `concurrency` of `notify` */
  readonly concurrency?: number | undefined
  /**
   * Resolves when the notification was taken; who was refused for good while others were told is in {@link Delivered}, and whatever else it
   * resolves with is ignored. Throws what `deliveryFailure` makes when it was not taken; any other error counts as transient, and
   * of that only its name and `code` are told. The same notification may come again after a crash or a lost answer, always with the
   * same `id`; its words may be newer. `signal` aborts when the attempt takes too long or the operator is unsubscribed.
   */
  send(notification: Notification, signal: AbortSignal): Promise<unknown>
}
const classes: ReadonlySet<unknown> = new Set<FailureClass>(['transient', 'rate-limited', 'permanent'])

/** What a notifier threw, for the engine. Works across duplicate installs of this package. */
export function failureOf(error: unknown): DeliveryFailure {
  if (!isNotifyError(error)) return { failure: 'transient', message: nameOf(error) }
  const { failure, retryAfterMs, arrived } = error.facts
  return {
    failure: classes.has(failure) ? (failure as FailureClass) : 'permanent',
    message: error.message,
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 && { retryAfterMs }),
    ...((arrived === 'no' || arrived === 'perhaps') && { arrived }),
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
