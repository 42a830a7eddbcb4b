import type { Defined } from '@tocsin/core'

import type { Check } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import type { Connection } from '../exchange/connection.ts'
import { quoted } from '../quoted.ts'
import { readNumber } from '../values/read-number.ts'
import { mailCheck, type MailCheckOptions, timed } from './mail-check.ts'

/** How {@link pop3Check} looks. */
export type Pop3CheckOptions = MailCheckOptions

/** The defaults of {@link pop3Check}. */
export const defaultPop3CheckOptions: Readonly<Defined<Pick<Pop3CheckOptions, 'port'>>> & {
  /** Its port where it speaks TLS from the first byte. */
  readonly tlsPort: number
} = Object.freeze({
  port: 110,
  tlsPort: 995,
})

/**
 * A check of a mail server by POP3 (RFC 1939): its banner, STLS (option `starttls`), and with a user a login and how much mail there is,
 * which stays as it is. Its port is 110, and 995 with `tls`.
 *
 * Metrics: the banner as text `banner`; with a user the gauges `` stat`message_count `` and `` stat`message_size `` (bytes); how long the
 * steps took, as gauges in ms: `` starttls`duration ``, `` login`duration ``, `` stat`duration ``. And those of the connection, see
 * `converse`.
 */
export function pop3Check(options: Pop3CheckOptions): Check {
  const kind = {
    kind: 'pop3',
    ...defaultPop3CheckOptions,
    defaults: {},
    checks: {},
    goodbye: () => 'QUIT\r\n',
  }
  return mailCheck(kind, options, async (context, connection, { starttls, user, password = '' }) => {
    const { found } = context
    found.text('banner', await say(connection, 'the connection'))
    if (starttls !== false)
      await timed(context, 'starttls`duration', async () => {
        await say(connection, 'STLS', 'STLS')
        await connection.startTls(starttls === true ? {} : starttls)
      })
    if (user === undefined) return found.good()
    await timed(context, 'login`duration', async () => {
      await say(connection, 'USER', `USER ${user}`)
      await say(connection, 'PASS', `PASS ${password}`, true)
    })
    const stat = await timed(context, 'stat`duration', () => say(connection, 'STAT', 'STAT'))
    const [, count, size = ''] = /^(\d+) (\d+)(?: |$)/.exec(stat) ?? []
    if (count === undefined) return found.bad(`expected two numbers as answer to STAT, got ${quoted(stat)}`)
    found.gauge('stat`message_count', readNumber(count) ?? NaN)
    found.gauge('stat`message_size', readNumber(size) ?? NaN)
    return found.good()
  })
}

/** Says a line, where there is one, and gives the words of the answer; of a secret one only its code is told where it is a refusal. */
async function say(
  connection: Connection,
  command: string,
  line?: string,
  isSecret = false,
): Promise<string> {
  if (line !== undefined) connection.send(`${line}\r\n`)
  const said = await connection.line()
  const [, state, words = ''] = /^(\+OK|-ERR)(?: (.*))?$/.exec(said) ?? []
  if (state === '+OK') return words
  if (state === undefined)
    throw answeredBadly(`expected an answer of POP3 to ${command}${isSecret ? '' : `, got ${quoted(said)}`}`)
  const shown = isSecret ? (/^\[[A-Z/-]{1,40}\]/.exec(words)?.[0] ?? '') : words
  throw answeredBadly(`${command} was answered by ${quoted(`${state} ${shown}`.trim())}`)
}
