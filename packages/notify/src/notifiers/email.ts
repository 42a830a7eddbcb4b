import { flag, optional, port, resolveOptions, text, wholeNumber } from '@tocsin/core'
import type { Check, Defined } from '@tocsin/core'

import type { Notification, NotifiedAlert } from '../model/notification.ts'
import { badOption, deliveryFailure } from '../errors.ts'
import type { Notifier } from './notifier.ts'
import { digest } from '../model/digest.ts'
import { connectionChecks } from '../connections/connection.ts'
import { isAddress, isList } from './mail-address.ts'
import { mailFailure, refusedBy } from './mail-failure.ts'
import { mailRecipients } from './mail-recipients.ts'
import type { MailMessage, MailTransport } from './mail-transport.ts'
import { isSecret } from '../connections/secret.ts'
import { smtpSender } from './smtp-transport.ts'
import type { SmtpOptions } from './smtp-transport.ts'

/** Options of `emailNotifier`: either `smtp` or `transport`. */
export interface EmailNotifierOptions {
  /** The server to send through, by nodemailer. */
  readonly smtp?: SmtpOptions | undefined
  /** What to send through instead. */
  readonly transport?: MailTransport | undefined
  /** Address of the sender, such as `'Tocsin <tocsin@example.com>'`. */
  readonly from: string
  /** Addresses of those who are told: one, or an array of at most 100, each a text of its own, such as `'"Doe, Ann" <ann@example.com>'`. */
  readonly to: string | readonly string[]
  /** Right side of the message ids. @defaultValue the domain of `from` */
  readonly domain?: string | undefined
  /** Longest silence of the server, ms. @defaultValue 20000 */
  readonly timeoutMs?: number | undefined
}

/** The defaults of {@link EmailNotifierOptions}. */
export const defaultEmailNotifierOptions: Defined<Pick<EmailNotifierOptions, 'timeoutMs'>> = Object.freeze({
  timeoutMs: 20_000,
})

const domainPattern = /^[A-Za-z0-9.-]{1,253}$/

const addressCheck: Check = (value) =>
  isAddress(value) && !isList(value) ? undefined : 'one mail address on one line'
const addressesCheck: Check = (value) => {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  if (all.length === 0 || all.length > 100 || !all.every(isAddress))
    return '1 to 100 mail addresses, each on one line'
  if (!all.some(isList)) return undefined
  // Who of a list is refused could not be told from who has the mail.
  const hint = 'give an array, and put a name with a comma in quotes'
  throw badOption(
    `option "to" must be 1 to 100 mail addresses, each a text of its own, got a text with several; ${hint}`,
  )
}
const domainCheck: Check = (value) =>
  typeof value === 'string' && domainPattern.test(value) ? undefined : 'a domain name'

const words: Check = (value) => (isSecret(value) ? undefined : text()(value))
const smtpChecks = {
  host: text(),
  port: wholeNumber(1, 65_535),
  secure: flag,
  requireTls: optional(flag),
  user: optional(words),
  password: optional(words),
  ...connectionChecks,
}

const smtpCheck: Check = (value) => {
  if (typeof value !== 'object' || value === null)
    return `an object with ${Object.keys(smtpChecks).join(', ')}`
  resolveOptions<object>({ host: 'localhost', port: 587, secure: false }, value, smtpChecks, badOption)
  return undefined
}

const checks = {
  smtp: optional(smtpCheck),
  transport: optional(port('sendMail')),
  from: addressCheck,
  to: addressesCheck,
  domain: optional(domainCheck),
  timeoutMs: wholeNumber(1, 2 ** 31 - 1),
}

/**
 * Sends each notification as a mail, by nodemailer, which is loaded with the first one; where it is not installed, that
 * attempt fails with `NOTIFY_PEER_MISSING`. The message id is that of the notification, the same for each repeat, and
 * the mails of one alert are one thread.
 *
 * Each address counts: one that is put off, as by greylisting, is tried again without those who have the mail; one that is refused for
 * good while others are told is named in what `send` resolves with. Who has what is remembered for the latest 10,000 notifications.
 *
 * Only public addresses are dialled unless `allow` says more, and `localhost`; where there is a password, nothing is sent to a server that
 * does not encrypt.
 *
 * @example
 * ```ts
 * import { emailNotifier, secret } from '@tocsin/notify/email'
 *
 * const smtp = { host: 'mail.example.com', user: 'tocsin', password: secret('env:SMTP_PASSWORD') }
 * const notifier = emailNotifier({ smtp, from: 'tocsin@example.com', to: ['ann@example.com', 'bob@example.com'] })
 * console.log(notifier.name) // => email
 * ```
 */
export function emailNotifier(options: EmailNotifierOptions): Notifier {
  const { smtp, transport, from, to, domain, timeoutMs } = resolveOptions<EmailNotifierOptions>(
    { from: '', to: '', ...defaultEmailNotifierOptions },
    options,
    checks,
    badOption,
  ) as Omit<EmailNotifierOptions, keyof typeof defaultEmailNotifierOptions> &
    typeof defaultEmailNotifierOptions
  if ((smtp === undefined) === (transport === undefined)) {
    throw badOption('exactly one of the options "smtp" and "transport" must be given')
  }
  const side = domain ?? domainOf(from)
  const recipients = mailRecipients(typeof to === 'string' ? [to] : [...to])
  const hand =
    transport === undefined
      ? readable(() => smtpSender(smtp ?? {}, timeoutMs))
      : async (message: MailMessage): Promise<unknown> => transport.sendMail(message)

  return {
    name: 'email',
    send: async (notification, signal) => {
      const { id } = notification
      const pending = recipients.pending(id)
      const message = messageOf(notification, from, [...pending], side)
      if (signal.aborted) throw deliveryFailure('transient', 'the attempt was aborted', { arrived: 'no' })
      const told = await hand(message, signal).catch((error: unknown) => {
        const refused = refusedBy(error)
        // Some may be refused for good, and others be put off, where the whole is an error.
        if (refused.length > 0) return { rejectedErrors: [], ...(error as object) }
        throw mailFailure(error)
      })
      return recipients.settle(id, pending, refusedBy(told))
    },
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw badOption(`the options "ca", "cert" and "key" of "smtp" cannot be read: ${code}`)
  }
}

function domainOf(from: string): string {
  const domain = from.slice(from.lastIndexOf('@') + 1).replace('>', '')
  if (domainPattern.test(domain)) return domain
  throw badOption('option "domain" must be given where the domain of "from" has other than plain characters')
}

function messageOf(notification: Notification, from: string, to: string[], domain: string): MailMessage {
  const { id, kind, subject, alerts, time, unstored } = notification
  // The engine makes ids and subjects that are safe in a header; whoever calls this by hand may not.
  if (!/^[\w-]{1,128}$/.test(id) || /[\r\n]/.test(subject)) {
    const message = 'the id or the subject of the notification does not fit into a header'
    throw deliveryFailure('permanent', message, { arrived: 'no' })
  }
  const thread = `<${digest(alerts.length === 1 ? alerts[0].id : id)}@${domain}>`
  const told = `told: ${new Date(time).toISOString()} (${kind})`
  const notes = unstored === true ? ['not stored: after a restart it may come again'] : []
  return {
    from,
    to,
    subject,
    text: [...bodyOf(notification), told, ...notes, ''].join('\n'),
    messageId: `<${id}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** Most alerts that are told with all their fields. */
const maxInFull = 50

function bodyOf({ text: body, alerts }: Notification): string[] {
  const rows = ({ fields }: NotifiedAlert): string[] => [
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    '',
  ]
  if (alerts.length === 1) return [body, '', ...rows(alerts[0]).slice(0, -1)]
  return [body, '', ...alerts.slice(0, maxInFull).flatMap((alert) => [alert.text, ...rows(alert)])]
}
