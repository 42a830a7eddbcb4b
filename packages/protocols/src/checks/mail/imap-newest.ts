import type { CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import { quoted } from '../quoted.ts'
import type { ImapDialogue } from './imap-dialogue.ts'
import { timed } from './mail-check.ts'

/** Most bytes of a message to ask for. */
const maxMessageBytes = 64 * 1024

/** Measures when a message came and how large it is, and how long it takes to read its beginning, which leaves it unread. */
export async function measureNewest(
  context: CheckContext,
  imap: ImapDialogue,
  number: number,
): Promise<void> {
  // By a command of its own: in an answer with the message, its words could pass for those of the server.
  const told = await imap.say(`FETCH ${number} (INTERNALDATE RFC822.SIZE)`)
  const facts = told.find((answer) => isOf(answer, number, 'INTERNALDATE')) ?? ''
  const date = /INTERNALDATE "([^"]{1,40})"/i.exec(facts)?.[1]
  const size = /RFC822\.SIZE (\d{1,15})\b/i.exec(facts)?.[1]
  if (date === undefined || size === undefined)
    throw answeredBadly(`did not tell when message ${number} came, and how large it is`)
  const time = timeOf(date)
  if (time === undefined) throw answeredBadly(`expected a time of IMAP, got ${quoted(date)}`)
  context.found.gauge('newest`age', (context.now() - time) / 1000)
  context.found.gauge('newest`size', Number(size))

  const read = await timed(context, 'fetch`duration', () =>
    imap.say(`FETCH ${number} BODY.PEEK[]<0.${maxMessageBytes}>`),
  )
  if (!read.some((answer) => isOf(answer, number, 'BODY[]')))
    throw answeredBadly(`did not give message ${number}`)
}

/** Whether an answer tells something of a message. */
const isOf = (answer: string, number: number, what: string): boolean =>
  answer.toUpperCase().startsWith(`${number} FETCH (`) && answer.toUpperCase().includes(what)

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayMs = 86_400_000
const timePattern = /^([ 0-3]?\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/

/** A `date-time` of RFC 3501, ms since the Unix epoch; `undefined` where it is none. */
export function timeOf(text: string): number | undefined {
  const [matched, day, name = '', year, hour, minute, second, sign, ...zone] = timePattern.exec(text) ?? []
  const month = months.indexOf(name.toUpperCase())
  if (matched === undefined || month < 0) return undefined
  const [zoneHours, zoneMinutes] = zone.map(Number) as [number, number]
  const aheadMs = (sign === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000
  const time = new Date(0)
  time.setUTCFullYear(Number(year), month, Number(day))
  // Of a day that the month does not have, this is another.
  const isDay = time.getUTCDate() === Number(day)
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 && Math.abs(aheadMs) < dayMs
  return isDay && isTime
    ? time.setUTCHours(Number(hour), Number(minute), Number(second)) - aheadMs
    : undefined
}
