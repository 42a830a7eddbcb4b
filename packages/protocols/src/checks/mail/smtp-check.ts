import type { Socket } from 'node:net'

import { type Defined, flag, oneOf, optional } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import type { Connection } from '../exchange/connection.ts'
import type { Findings } from '../findings.ts'
import { foundOnce } from '../values/found-once.ts'
import { mailCheck, type MailCheckOptions, type MailTarget, oneLine, timed } from './mail-check.ts'
import { isProxy, type ProxyHeader, proxyHeader } from './proxy-header.ts'
import { createSmtpDialogue, type SmtpDialogue } from './smtp-dialogue.ts'

/** How {@link smtpCheck} looks. */
export interface SmtpCheckOptions extends MailCheckOptions {
  /**
   * Who asks, in `EHLO`: a name or an address in brackets.
   * @defaultValue `'[127.0.0.1]'`
   */
  readonly ehlo?: string | undefined
  /**
   * How to log in.
   * @defaultValue plain where the server offers it, else login
   */
  readonly auth?: 'plain' | 'login' | undefined
  /**
   * The sender of `MAIL FROM`; an empty one is that of bounces.
   * @defaultValue empty where there is a recipient, else no sender is said
   */
  readonly from?: string | undefined
  /**
   * The recipient of `RCPT TO`. Nothing is sent to it, unless there is a message.
   * @defaultValue none
   */
  readonly to?: string | undefined
  /**
   * A message with its headers, which is sent in every run.
   * @defaultValue none
   */
  readonly message?: string | undefined
  /**
   * Whether to wait for the answer to `QUIT`, and to measure it; a server that does not give it is bad.
   * @defaultValue false: it is said, and nobody waits
   */
  readonly quit?: boolean | undefined
  /**
   * Whether to begin with a header of the PROXY protocol (version 1), as a load balancer does, for a server that wants one; and what to say in it.
   * @defaultValue false
   */
  readonly proxy?: boolean | ProxyHeader | undefined
}

type Own = Pick<SmtpCheckOptions, 'auth' | 'from' | 'to' | 'message'> &
  Required<Defined<Pick<SmtpCheckOptions, 'ehlo' | 'quit' | 'proxy'>>>

/** The defaults of {@link smtpCheck}. */
export const defaultSmtpCheckOptions: Readonly<
  Defined<Pick<SmtpCheckOptions, 'port' | 'ehlo' | 'quit' | 'proxy'>>
> & {
  /** Its port where it speaks TLS from the first byte. */
  readonly tlsPort: number
} = Object.freeze({ port: 25, tlsPort: 465, ehlo: '[127.0.0.1]', quit: false, proxy: false })

/**
 * A check of a mail server by SMTP (RFC 5321): its banner, `EHLO`, STARTTLS, a login, a sender and a recipient, as far as options ask for
 * them. Nothing is sent to anybody without a `message`. Its port is 25, and 465 with `tls`.
 *
 * Metrics: how long each step took, as gauges in ms: `banner_time`, `ehlo_time`, `starttls_time`, `sasl_plain_time` or `sasl_login_time`,
 * `mailfrom_time`, `rcptto_time`, `data_time`, `body_time`, and with `quit` `quit_time`; what it says to the last `EHLO` as texts: its first
 * line `ehlo_response_banner`, and each extension that it offers by its name in small letters, `ehlo_response_size`, with its parameters, or
 * `true` where it has none, at most 64 of them; how many lines of extensions there were as gauge `ehlo_extensions`; the banner as text `banner`; the last command but `QUIT` as text `last_cmd`, the code of the reply to it as gauge
 * `last_code`, its words as text `last_message`, but for a login its enhanced code only. And those of the connection, see `converse`.
 *
 * The state is bad where a step is refused, for a time (4xx) or for ever (5xx).
 */
export function smtpCheck(options: SmtpCheckOptions): Check {
  const { port, tlsPort, ...defaults } = defaultSmtpCheckOptions
  const kind = {
    kind: 'smtp',
    port,
    tlsPort,
    defaults: { ...defaults, auth: undefined, from: undefined, to: undefined, message: undefined } as Own,
    checks: {
      ehlo: oneWord,
      auth: optional(oneOf('plain', 'login')),
      from: (value: unknown) => (value === '' ? undefined : optional(mailbox)(value)),
      to: optional(mailbox),
      message: optional((value) => (typeof value === 'string' ? undefined : 'a string')),
      quit: flag,
      proxy: isProxy,
    },
    goodbye: ({ quit }: Own) => (quit ? '' : 'QUIT\r\n'),
    preface: ({ proxy }: Own) =>
      proxy === false ? undefined : (socket: Socket) => proxyHeader(proxy === true ? {} : proxy, socket),
  }
  const check = mailCheck<Own>(kind, options, async (context, connection, target) => {
    const smtp = createSmtpDialogue(connection)
    try {
      await talk(context, connection, smtp, target)
    } finally {
      smtp.measureLast(context.found)
    }
    if (target.quit) await timed(context, 'quit_time', () => smtp.say('QUIT', 'QUIT', 2))
    return context.found.good()
  })
  if (options.message !== undefined && options.to === undefined)
    throw badOption('option "message" needs the option "to", its recipient')
  return check
}

async function talk(
  context: CheckContext,
  connection: Connection,
  smtp: SmtpDialogue,
  { ehlo, starttls, auth, user, password = '', from, to, message }: Own & MailTarget,
): Promise<void> {
  const [banner = ''] = await timed(context, 'banner_time', () => smtp.say('the connection', undefined, 2))
  context.found.text('banner', banner)
  const sayHello = (): Promise<readonly string[]> => smtp.say('EHLO', `EHLO ${ehlo}`, 2)
  let offered = await timed(context, 'ehlo_time', sayHello)
  if (starttls !== false) {
    await timed(context, 'starttls_time', async () => {
      await smtp.say('STARTTLS', 'STARTTLS', 2)
      await connection.startTls(starttls === true ? {} : starttls)
    })
    // What it offered before, anybody on the way may have said.
    offered = await sayHello()
  }
  measureOffer(context.found, offered)
  if (user !== undefined) await logIn(context, smtp, auth ?? mechanismOf(offered), user, password)
  if (from !== undefined || to !== undefined)
    await timed(context, 'mailfrom_time', () => smtp.say('MAIL FROM', `MAIL FROM:<${from ?? ''}>`, 2))
  if (to !== undefined) await timed(context, 'rcptto_time', () => smtp.say('RCPT TO', `RCPT TO:<${to}>`, 2))
  if (message !== undefined) {
    await timed(context, 'data_time', () => smtp.say('DATA', 'DATA', 3))
    await timed(context, 'body_time', () => smtp.say('the message', `${dotStuffed(message)}\r\n.`, 2))
  }
}

/** Most extensions to measure; the server decides how many it offers, and each is a series. */
const maxExtensions = 64

/** What a server answered to `EHLO`: a line, and its extensions as RFC 5321 section 4.1.1.1 writes them. */
function measureOffer(found: Findings, [banner = '', ...extensions]: readonly string[]): void {
  const once = foundOnce(found)
  once.text('ehlo_response_banner', banner)
  once.gauge('ehlo_extensions', extensions.length)
  for (const extension of extensions.slice(0, maxExtensions)) {
    const [, name, parameters] = /^([A-Za-z0-9][A-Za-z0-9-]{0,63})(?: +(.*))?$/.exec(extension.trim()) ?? []
    if (name !== undefined) once.text(`ehlo_response_${name.toLowerCase()}`, parameters ?? 'true')
  }
}

/** The better one that a server offers in its answer to `EHLO`. */
function mechanismOf(offered: readonly string[]): 'plain' | 'login' {
  const words = offered
    .filter((line) => /^AUTH[ =]/i.test(line))
    .flatMap((line) => line.toLowerCase().split(/[ =]/))
  if (words.includes('plain')) return 'plain'
  if (words.includes('login')) return 'login'
  throw answeredBadly('takes no password over this connection: it offers neither AUTH PLAIN nor AUTH LOGIN')
}

async function logIn(
  context: CheckContext,
  smtp: SmtpDialogue,
  auth: 'plain' | 'login',
  user: string,
  password: string,
): Promise<void> {
  await timed(context, `sasl_${auth}_time`, async () => {
    if (auth === 'plain') {
      const token = base64(`\0${user}\0${password}`)
      context.found.hide(token)
      return smtp.say('AUTH PLAIN', `AUTH PLAIN ${token}`, 2, true)
    }
    await smtp.say('AUTH LOGIN', 'AUTH LOGIN', 3, true)
    await smtp.say('the user', base64(user), 3, true)
    return smtp.say('the password', base64(password), 2, true)
  })
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Lines that end as SMTP wants it, and none that is a dot alone. */
const dotStuffed = (message: string): string =>
  message
    .replace(/(?:\r?\n)+$/, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/^\./gm, '..')

const oneWord = (value: unknown): string | undefined =>
  oneLine(value) === undefined && !/\s/.test(value as string) ? undefined : 'a name without blanks'

const mailbox = (value: unknown): string | undefined =>
  oneWord(value) === undefined && !/[<>]/.test(value as string)
    ? undefined
    : 'an address without blanks and angle brackets'
