import type * as Nodemailer from 'nodemailer'

import { NotifyError } from '../errors.ts'
import type { MailTransport } from './mail-transport.ts'

/** A mail server. */
export interface SmtpOptions {
  /** @defaultValue `'localhost'` */
  readonly host?: string | undefined
  /** @defaultValue 587 */
  readonly port?: number | undefined
  /** Encrypted from the first byte, as on port 465; otherwise STARTTLS is used where the server offers it. @defaultValue false */
  readonly secure?: boolean | undefined
  /** User name. @defaultValue none */
  readonly user?: string | undefined
  /** Password. @defaultValue none */
  readonly password?: string | undefined
}

/** Loads nodemailer. */
export async function smtpTransport(
  { host = 'localhost', port = 587, secure = false, user, password }: SmtpOptions,
  timeoutMs: number,
): Promise<MailTransport> {
  const { createTransport } = await loadNodemailer()
  const mailer = createTransport({
    host,
    port,
    secure,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return mailer
}

async function loadNodemailer(): Promise<Pick<typeof Nodemailer, 'createTransport'>> {
  try {
    return await import('nodemailer')
  } catch (cause) {
    const message = 'e-mail needs the package nodemailer; install it: npm install nodemailer'
    throw new NotifyError('NOTIFY_PEER_MISSING', message, { package: 'nodemailer' }, cause)
  }
}
