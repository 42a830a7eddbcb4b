/** A message, in the words of nodemailer. */
export interface MailMessage {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly messageId: string
  readonly inReplyTo: string
  readonly references: string
  readonly headers: Readonly<Record<string, string>>
  readonly disableFileAccess: true
  readonly disableUrlAccess: true
}

/** Whatever can send a message: a transport of nodemailer, or one's own. */
export interface MailTransport {
  /** Resolves when the message was taken for at least one address. */
  sendMail(message: MailMessage): Promise<unknown>
}
