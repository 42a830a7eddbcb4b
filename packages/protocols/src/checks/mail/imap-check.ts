import { type Defined, flag, optional } from '@tocsin/core'

import type { Check, CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import { createImapDialogue, type ImapDialogue } from './imap-dialogue.ts'
import { measureNewest } from './imap-newest.ts'
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
  /**
   * Whether to fetch the newest message of the folder, with `search` the newest that it finds: how old it is, and its first 64 KiB, which stays
   * unread.
   * @defaultValue false
   */
  readonly fetch?: boolean | undefined
}

/** The defaults of {@link imapCheck}. */
export const defaultImapCheckOptions: Readonly<
  Defined<Pick<ImapCheckOptions, 'port' | 'folder' | 'fetch'>>
> & {
  /** Its port where it speaks TLS from the first byte. */
  readonly tlsPort: number
} = Object.freeze({ port: 143, tlsPort: 993, folder: 'INBOX', fetch: false })

/**
 * A check of a mail server by IMAP (RFC 3501): its banner, STARTTLS, and with a user a login and a look into a folder, which changes
 * nothing in it. Its port is 143, and 993 with `tls`.
 *
 * Metrics: the banner as text `banner`; with a user the gauges `` messages`total ``, `` messages`recent ``, `` messages`unseen `` and with
 * a search `` search`total ``; with `fetch`, where there is a message, `` newest`age `` (s, since it came into the folder) and `` newest`size ``
 * (bytes); how long the steps took, as gauges in ms: `` starttls`duration ``, `` login`duration ``,
 * `` status`duration ``, `` examine`duration ``, `` search`duration ``,
 * `` fetch`duration ``. And those of the connection, see `converse`.
 */
export function imapCheck(options: ImapCheckOptions): Check {
  const { port, tlsPort, folder, fetch } = defaultImapCheckOptions
  const kind = {
    kind: 'imap',
    port,
    tlsPort,
    defaults: { folder, fetch, search: undefined as string | undefined },
    checks: { folder: printable, search: optional(printable), fetch: flag },
    goodbye: () => 'z LOGOUT\r\n',
  }
  return mailCheck(kind, options, async (context, connection, target) => {
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
    let newest = await lookInto(context, imap, target.folder)
    if (target.search !== undefined) newest = await count(context, imap, target.search)
    if (target.fetch && newest > 0) await measureNewest(context, imap, newest)
    return context.found.good()
  })
}

/** Counts the messages of a folder, and gives the number of the newest; 0 where there is none. */
async function lookInto(context: CheckContext, imap: ImapDialogue, folder: string): Promise<number> {
  const name = `"${folder.replace(/["\\]/g, '\\$&')}"`
  // What EXAMINE calls unseen is the number of a message, not how many there are.
  const status = wordsOf(await timed(context, 'status`duration', () => imap.say(`STATUS ${name} (UNSEEN)`)))
  const unseen = lastNumber(status, (words) => words[0] === 'STATUS' && wordAfter(words, /^\(?UNSEEN$/))
  const examined = wordsOf(await timed(context, 'examine`duration', () => imap.say(`EXAMINE ${name}`)))
  const total = lastNumber(examined, (words) => words[1] === 'EXISTS' && words[0])
  const recent = lastNumber(examined, (words) => words[1] === 'RECENT' && words[0])
  if (unseen === undefined || total === undefined)
    throw answeredBadly('did not tell how many messages there are')
  context.found.gauge('messages`total', total)
  // IMAP4rev2 does not have it.
  if (recent !== undefined) context.found.gauge('messages`recent', recent)
  context.found.gauge('messages`unseen', unseen)
  return total
}

/** Counts the messages that are found, and gives the number of the newest; 0 where there is none. */
async function count(context: CheckContext, imap: ImapDialogue, search: string): Promise<number> {
  // Of many messages it counts without a list of them, where it can.
  const canCount = (await imap.capabilities()).has('ESEARCH')
  const command = canCount ? `SEARCH RETURN (COUNT MAX) ${search}` : `SEARCH ${search}`
  const answers = wordsOf(await timed(context, 'search`duration', () => imap.say(command))).map(counted)
  const find = (pattern: RegExp): number | undefined =>
    lastNumber(answers, (words) => words[0] === 'ESEARCH' && wordAfter(words, pattern))
  const total = find(/^COUNT$/)
  if (total === undefined) throw answeredBadly('did not tell how many messages it found')
  context.found.gauge('search`total', total)
  return find(/^MAX$/) ?? 0
}

/** An answer to SEARCH as the one to a count would be; others as they are. */
function counted(words: readonly string[]): readonly string[] {
  if (words[0] !== 'SEARCH') return words
  let [count, most] = [0, 0]
  for (const word of words) {
    if (!/^\d+$/.test(word)) continue
    count += 1
    most = Math.max(most, Number(word))
  }
  return ['ESEARCH', 'COUNT', String(count), 'MAX', String(most)]
}

/** The words of answers, which may be long: they are taken apart once. */
const wordsOf = (answers: readonly string[]): readonly (readonly string[])[] =>
  answers.map((answer) => answer.toUpperCase().split(' '))

const wordAfter = (words: readonly string[], pattern: RegExp): string | undefined =>
  words[words.findLastIndex((word) => pattern.test(word)) + 1]

/** The number in the last answer that has it; those of IMAP have 32 bits. */
function lastNumber(
  answers: readonly (readonly string[])[],
  numberIn: (words: readonly string[]) => string | false | undefined,
): number | undefined {
  const numbers = answers.map(numberIn)
  const last = numbers.findLast((number) => typeof number === 'string' && /^\d+\)?$/.test(number))
  return typeof last === 'string' ? Number(last.replace(')', '')) : undefined
}

const printable = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[ -~]+$/.test(value) ? undefined : 'printable ASCII, not empty'
