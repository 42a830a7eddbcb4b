/** A message, in the words of nodemailer. */
export interface MailMessage {
  /** Sender. */
  readonly from: string
  /** Addresses that are to have it, or still to have it. */
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
  /**
   * Resolves when the message was taken for at least one address. Who was not taken is read from `rejected` and `rejectedErrors`, as
   * nodemailer tells it: who was put off is sent the message again, without those who have it.
   */
  sendMail(message: MailMessage): Promise<unknown>
}
