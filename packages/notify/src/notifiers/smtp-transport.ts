import type { Socket } from 'node:net'

import type * as Nodemailer from 'nodemailer'

import { deliveryFailure, NotifyError } from '../errors.ts'
import { addressGuard } from '../connections/address-guard.ts'
import { secureContextOf } from '../connections/connection.ts'
import type { ConnectionOptions } from '../connections/connection.ts'
import { dial } from '../connections/dial.ts'
import { inTime } from '../connections/in-time.ts'
import type { MailMessage } from './mail-transport.ts'
import { revealed } from '../connections/secret.ts'
import type { Secret } from '../connections/secret.ts'

/** A mail server. */
export interface SmtpOptions extends ConnectionOptions {
  /** Where it is not given, or `'localhost'`, the own machine may be dialled without `allow`. @defaultValue `'localhost'` */
  readonly host?: string | undefined
  /** @defaultValue 587 */
  readonly port?: number | undefined
  /** Encrypted from the first byte, as on port 465; otherwise STARTTLS is used where the server offers it. @defaultValue false */
  readonly secure?: boolean | undefined
  /**
   * Whether nothing is sent, not even the password, to a server that does not encrypt.
   * @defaultValue true where there is a user or a password, else false
   */
  readonly requireTls?: boolean | undefined
  /** User name. @defaultValue none */
  readonly user?: string | Secret | undefined
  /** Password. @defaultValue none */
  readonly password?: string | Secret | undefined
}

/** Sends one message by SMTP over a connection of its own, and resolves with what nodemailer tells of it. */
export type SmtpSender = (message: MailMessage, signal: AbortSignal) => Promise<unknown>

/** Makes a sender. nodemailer is loaded with the first message. Throws what Node does where a certificate cannot be read. */
export function smtpSender(smtp: SmtpOptions, timeoutMs: number): SmtpSender {
  const { host = 'localhost', port = 587, secure = false, user, password, proxy, allow = [] } = smtp
  const isOwn = allow !== 'private' && host === 'localhost' && proxy === undefined
  const guard = addressGuard(isOwn ? [...allow, '127.0.0.0/8', '::1/128'] : allow)
  const secureContext = secureContextOf(smtp)
  const hasLogin = user !== undefined || password !== undefined
  const server = {
    host,
    port,
    secure,
    requireTLS: smtp.requireTls ?? hasLogin,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(secureContext !== undefined && { tls: { secureContext } }),
  }
  return async (message, signal) => {
    const { createTransport } = await loadNodemailer()
    const { connection, name, pass } = await inTime(timeoutMs, signal, async (attempt) => ({
      name: await revealed(user ?? ''),
      pass: await revealed(password ?? ''),
      connection: await dial(host, port, guard, proxy, attempt).catch(unreachable),
    }))
    const hangUp = (): void => void connection.destroy()
    signal.addEventListener('abort', hangUp)
    try {
      const transport = createTransport({
        ...server,
        ...(hasLogin && { auth: { user: name, pass } }),
        getSocket: (_: unknown, done: (error: Error | null, socket: { connection: Socket }) => void) =>
          done(null, { connection }),
      })
      return await transport.sendMail({ ...message })
    } finally {
      signal.removeEventListener('abort', hangUp)
      connection.destroy()
    }
  }
}

function unreachable(error: unknown): never {
  if (error instanceof NotifyError) throw error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  throw deliveryFailure('transient', `the mail server could not be reached: ${code}`, { arrived: 'no' })
}

async function loadNodemailer(): Promise<Pick<typeof Nodemailer, 'createTransport'>> {
  try {
    return await import('nodemailer')
  } catch (cause) {
    const message = 'e-mail needs the package nodemailer; install it: npm install nodemailer'
    throw new NotifyError('NOTIFY_PEER_MISSING', message, { package: 'nodemailer' }, cause)
  }
}
