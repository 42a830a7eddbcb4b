import { deliveryFailure } from '../errors.ts'
import type { NotifyError } from '../errors.ts'

/** A message, in the words of nodemailer. */
export interface MailMessage {
  /** Sender. */
  readonly from: string
  /** Addresses. */
  readonly to: string[]
  /** One line. */
  readonly subject: string
  /** The body, as plain text. */
  readonly text: string
  /** The same for each repeat of a notification. */
  readonly messageId: string
  /** The thread of the alert. */
  readonly inReplyTo: string
  /** The thread of the alert. */
  readonly references: string
  /** Further headers. */
  readonly headers: Readonly<Record<string, string>>
  /** Nothing in the message is read from a file. */
  readonly disableFileAccess: true
  /** Nothing in the message is fetched. */
  readonly disableUrlAccess: true
}

/** Whatever can send a message: a transport of nodemailer, or one's own. */
export interface MailTransport {
  /** Resolves when the message was taken for at least one address. */
  sendMail(message: MailMessage): Promise<unknown>
}

/**
 * The failure of a mail: a reply of 5xx is final, everything else may pass (RFC 5321 section 4.2.1). Replies name
 * addresses and hosts, so only their number and nodemailer's code are passed on.
 */
export function mailFailure(error: unknown): NotifyError {
  const status = numberOf(error, 'responseCode')
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (status !== undefined) {
    const failure = status >= 500 && status < 600 ? 'permanent' : 'transient'
    return deliveryFailure(failure, `the mail server answered with ${status}`, { status })
  }
  // Without a reply: EENVELOPE means that an address cannot be written at all.
  const failure = code === 'EENVELOPE' ? 'permanent' : 'transient'
  const reason = code === '' ? 'unknown reason' : code
  // The usual stumbling block of a server of one's own; a transport that trusts it is the way out.
  const isUntrusted = error instanceof Error && /certificate/i.test(error.message)
  return deliveryFailure(
    failure,
    isUntrusted
      ? `the certificate of the mail server is not trusted (${reason}); give emailNotifier a "transport" that trusts it`
      : `the mail could not be handed over: ${reason}`,
  )
}

function numberOf(error: unknown, name: string): number | undefined {
  if (!(error instanceof Error)) return undefined
  const value = (error as Error & Readonly<Record<string, unknown>>)[name]
  return typeof value === 'number' ? value : undefined
}
