import { type Defined, optional } from '@tocsin/core'

import type { Check, CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import { readNumber } from '../values/read-number.ts'
import { createImapDialogue, type ImapDialogue } from './imap-dialogue.ts'
import { mailCheck, type MailCheckOptions, timed } from './mail-check.ts'

/** How {@link imapCheck} looks. */
export interface ImapCheckOptions extends MailCheckOptions {
  /**
   * The folder to look into, as IMAP writes it, in modified UTF-7.
   * @defaultValue `'INBOX'`
   */
  readonly folder?: string | undefined
  /**
   * What to count in the folder, in the words of IMAP: `'FROM "backup" SINCE 1-Nov-2026'`.
   * @defaultValue nothing
   */
  readonly search?: string | undefined
}

/** The defaults of {@link imapCheck}. */
export const defaultImapCheckOptions: Readonly<Defined<Pick<ImapCheckOptions, 'port' | 'folder'>>> & {
  /** Its port where it speaks TLS from the first byte. */
  readonly tlsPort: number
} = Object.freeze({ port: 143, tlsPort: 993, folder: 'INBOX' })

/**
 * A check of a mail server by IMAP (RFC 3501): its banner, STARTTLS, and with a user a login and a look into a folder, which changes
 * nothing in it. Its port is 143, and 993 with `tls`.
 *
 * Metrics: the banner as text `banner`; with a user the gauges `` messages`total ``, `` messages`recent ``, `` messages`unseen `` and with
 * a search `` search`total ``; how long the steps took, as gauges in ms: `` starttls`duration ``, `` login`duration ``,
 * `` status`duration ``, `` examine`duration ``, `` search`duration ``. And those of the connection, see `converse`.
 */
export function imapCheck(options: ImapCheckOptions): Check {
  const { port, tlsPort, folder } = defaultImapCheckOptions
  const kind = {
    kind: 'imap',
    port,
    tlsPort,
    defaults: { folder, search: undefined as string | undefined },
    checks: { folder: printable, search: optional(printable) },
  }
  return mailCheck(kind, options, 'z LOGOUT\r\n', async (context, connection, target) => {
    const { starttls, user, password = '' } = target
    const imap = createImapDialogue(connection)
    const banner = await imap.greeting()
    context.found.text('banner', banner)
    if (starttls !== false)
      await timed(context, 'starttls`duration', async () => {
        await imap.say('STARTTLS')
        await connection.startTls(starttls === true ? {} : starttls)
      })
    if (user === undefined) return context.found.good()
    if (!/^PREAUTH/i.test(banner)) {
      if ((await imap.capabilities()).has('LOGINDISABLED'))
        throw answeredBadly('takes no password over this connection')
      await timed(context, 'login`duration', () => imap.logIn(user, password))
    }
    await lookInto(context, imap, target.folder)
    if (target.search !== undefined) await count(context, imap, target.search)
    return context.found.good()
  })
}

async function lookInto(context: CheckContext, imap: ImapDialogue, folder: string): Promise<void> {
  const name = `"${folder.replace(/["\\]/g, '\\$&')}"`
  // What EXAMINE calls unseen is the number of a message, not how many there are.
  const status = await timed(context, 'status`duration', () => imap.say(`STATUS ${name} (UNSEEN)`))
  const unseen = lastNumber(status, (words) => words[0] === 'STATUS' && wordAfter(words, /^\(?UNSEEN$/))
  const examined = await timed(context, 'examine`duration', () => imap.say(`EXAMINE ${name}`))
  const total = lastNumber(examined, (words) => words[1] === 'EXISTS' && words[0])
  const recent = lastNumber(examined, (words) => words[1] === 'RECENT' && words[0])
  if (unseen === undefined || total === undefined)
    throw answeredBadly('did not tell how many messages there are')
  context.found.gauge('messages`total', total)
  // IMAP4rev2 does not have it.
  if (recent !== undefined) context.found.gauge('messages`recent', recent)
  context.found.gauge('messages`unseen', unseen)
}

async function count(context: CheckContext, imap: ImapDialogue, search: string): Promise<void> {
  // Of many messages it counts without a list of them, where it can.
  const canCount = (await imap.capabilities()).has('ESEARCH')
  const command = canCount ? `SEARCH RETURN (COUNT) ${search}` : `SEARCH ${search}`
  const answers = await timed(context, 'search`duration', () => imap.say(command))
  const total = lastNumber(answers, (words) => {
    if (words[0] === 'ESEARCH') return wordAfter(words, /^COUNT$/)
    return words[0] === 'SEARCH' && String(words.filter((word) => /^\d+$/.test(word)).length)
  })
  if (total === undefined) throw answeredBadly('did not tell how many messages it found')
  context.found.gauge('search`total', total)
}

const wordAfter = (words: readonly string[], pattern: RegExp): string | undefined =>
  words[words.findLastIndex((word) => pattern.test(word)) + 1]

/** The number in the last answer that has it. */
function lastNumber(
  answers: readonly string[],
  numberIn: (words: readonly string[]) => string | false | undefined,
): number | bigint | undefined {
  const numbers = answers.map((answer) => numberIn(answer.toUpperCase().split(' ')))
  const last = numbers.findLast((number) => typeof number === 'string' && /^\d+\)?$/.test(number))
  return typeof last === 'string' ? readNumber(last.replace(')', '')) : undefined
}

const printable = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[ -~]+$/.test(value) ? undefined : 'printable ASCII, not empty'
