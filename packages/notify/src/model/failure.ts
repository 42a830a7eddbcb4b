/** What may come of a failed attempt: try again, rest the notifier and try again, or give up. */
export type FailureClass = 'transient' | 'rate-limited' | 'permanent'

/** A failed attempt, as the engine sees it. */
export interface DeliveryFailure {
  /** What may come of it. */
  readonly failure: FailureClass
  /** A sentence without addresses or secrets. */
  readonly message: string
  /** How long the receiver asked to be left alone, ms: a floor of the own pause, and bounded. */
  readonly retryAfterMs?: number
  /** `'no'`: it surely did not, as where the connection was refused. @defaultValue it may have where the class is `'transient'`, else not */
  readonly arrived?: 'no' | 'perhaps'
}

/** Exceptions first, then whole hundreds; RFC 9110 section 15, RFC 6585 section 4. */
const exact = new Map<number, FailureClass>([
  [408, 'transient'],
  [425, 'transient'],
  [429, 'rate-limited'],
])
const hundreds = new Map<number, FailureClass>([
  [1, 'transient'],
  // A redirect is not followed: it would carry the signature to an address that nobody wrote down.
  [3, 'permanent'],
  [4, 'permanent'],
  [5, 'transient'],
])

/** The class of an HTTP status, `undefined` for success (2xx). Statuses outside 100 to 599 are transient. */
export function classifyStatus(status: number): FailureClass | undefined {
  const hundred = Math.floor(status / 100)
  if (hundred === 2) return undefined
  return exact.get(status) ?? hundreds.get(hundred) ?? 'transient'
}

/** An address of a notifier that was refused while others were told. */
export interface RefusedRecipient {
  /** Which one, as it may be shown in events and logs. */
  readonly recipient: string
  /** A sentence without secrets. */
  readonly message: string
}
