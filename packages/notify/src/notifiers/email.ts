import { flag, optional, port, resolveOptions, text, wholeNumber } from '@tocsin/core'
import type { Check, Defined } from '@tocsin/core'

import type { Notification } from '../render/notification.ts'
import { badOption, deliveryFailure } from '../errors.ts'
import type { Notifier } from './notifier.ts'
import { digest } from '../model/digest.ts'
import { mailFailure } from './mail-transport.ts'
import type { MailMessage, MailTransport } from './mail-transport.ts'
import { smtpTransport } from './smtp-transport.ts'
import type { SmtpOptions } from './smtp-transport.ts'

/** Options of `emailNotifier`: either `smtp` or `transport`. */
export interface EmailNotifierOptions {
  /** The server to send through, by nodemailer. */
  readonly smtp?: SmtpOptions | undefined
  /** What to send through instead. */
  readonly transport?: MailTransport | undefined
  /** Address of the sender, such as `'Tocsin <tocsin@example.com>'`. */
  readonly from: string
  /** Addresses of those who are told. */
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

// An address with anything in front, on one line: a line break would begin a header of the writer's choice.
const address = /^[^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f<>@,;]+@[^\u0000-\u0020\u007f<>@,;]+>?$/
const domainPattern = /^[A-Za-z0-9.-]{1,253}$/
const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 512 && address.test(value)

const addressCheck: Check = (value) => (isAddress(value) ? undefined : 'one mail address on one line')
const addressesCheck: Check = (value) => {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.length > 0 && all.length <= 100 && all.every(isAddress)
    ? undefined
    : '1 to 100 mail addresses, each on one line'
}
const domainCheck: Check = (value) =>
  typeof value === 'string' && domainPattern.test(value) ? undefined : 'a domain name'

const smtpCheck: Check = (value) => {
  if (typeof value !== 'object' || value === null)
    return 'an object with host, port, secure, user and password'
  const checks = {
    host: text(),
    port: wholeNumber(1, 65_535),
    secure: flag,
    user: optional(text()),
    password: optional(text()),
  }
  resolveOptions<object>({ host: 'localhost', port: 587, secure: false }, value, checks, badOption)
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
 * the mails of one alert are one thread. Counts as delivered when the server took it for at least one address, so make
 * a notifier for each person whose mail matters by itself. A mail that is being handed over cannot be called back.
 *
 * @example
 * ```ts
 * import { emailNotifier } from '@tocsin/notify/email'
 *
 * const smtp = { host: 'localhost', port: 25 }
 * const notifier = emailNotifier({ smtp, from: 'tocsin@example.com', to: 'ops@example.com' })
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
  const addresses = typeof to === 'string' ? [to] : [...to]
  let loaded: Promise<MailTransport> | undefined
  const load = async (): Promise<MailTransport> => transport ?? smtpTransport(smtp ?? {}, timeoutMs)

  return {
    name: 'email',
    send: async (notification, signal) => {
      const message = messageOf(notification, from, [...addresses], side)
      loaded ??= load()
      const opened = await loaded.catch((error: unknown) => {
        // Somebody may install what is missing while the program runs.
        loaded = undefined
        throw error
      })
      if (signal.aborted) throw deliveryFailure('transient', 'the attempt was aborted')
      try {
        await opened.sendMail(message)
      } catch (error) {
        throw mailFailure(error)
      }
    },
  }
}

function domainOf(from: string): string {
  const domain = from.slice(from.lastIndexOf('@') + 1).replace('>', '')
  if (domainPattern.test(domain)) return domain
  throw badOption('option "domain" must be given where the domain of "from" has other than plain characters')
}

function messageOf(notification: Notification, from: string, to: string[], domain: string): MailMessage {
  const { id, alert, kind, subject, text: body, fields, time } = notification
  // The engine makes ids and subjects that are safe in a header; whoever calls this by hand may not.
  if (!/^[\w-]{1,128}$/.test(id) || /[\r\n]/.test(subject)) {
    throw deliveryFailure('permanent', 'the id or the subject of the notification does not fit into a header')
  }
  const thread = `<${digest(alert)}@${domain}>`
  const rows = fields.map(({ name, value }) => `${name}: ${value}`)
  return {
    from,
    to,
    subject,
    text: [body, '', ...rows, `told: ${new Date(time).toISOString()} (${kind})`, ''].join('\n'),
    messageId: `<${id}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
