import { timeOf } from './ntp-packet.ts'

/** A peer of a server, by its number and its place in the choice of what the server follows. */
export interface ControlPeer {
  readonly association: number
  /** From 0; with 6 it is followed, and with 7 too, by its pulses. RFC 9327 section 3.2. */
  readonly selection: number
}

/** The peers in an answer to a question for the status; what is no whole one at the end is left. */
export function peersOf(answer: Buffer): readonly ControlPeer[] {
  return Array.from({ length: Math.floor(answer.length / 4) }, (_, at) => ({
    association: answer.readUInt16BE(4 * at),
    selection: answer.readUInt8(4 * at + 2) & 7,
  }))
}

/** The variables in an answer to a question for them, by their names, the first of each name; texts without their quotes. */
export function variablesOf(answer: Buffer): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const item of answer.toString('latin1').split(',')) {
    const at = item.indexOf('=')
    const name = item.slice(0, Math.max(at, 0)).trim()
    if (name !== '' && !variables.has(name)) variables.set(name, plain(item.slice(at + 1)))
  }
  return variables
}

/** Without blanks, the zeros that fill up the last fragment, and quotes. */
const plain = (value: string): string =>
  value
    .replaceAll('\0', '')
    .trim()
    .replace(/^"(.*)"$/, '$1')

const decimal = /^[+-]?\d{1,20}(?:\.\d{1,20})?$/
const hexadecimal = /^0x[0-9a-f]{1,8}$/i

/** The number that a variable is. */
export function numberOf(value = ''): number | undefined {
  return decimal.test(value) || hexadecimal.test(value) ? Number(value) : undefined
}

/** The time that a variable is, ms since the Unix epoch; `undefined` also for a time that never was. */
export function ntpTimeOf(value = '', now: number): number | undefined {
  const [, seconds, fraction] = /^0x([0-9a-f]{1,8})\.([0-9a-f]{1,8})$/i.exec(value) ?? []
  if (seconds === undefined || fraction === undefined || /^0+$/.test(seconds)) return undefined
  return timeOf(Number.parseInt(seconds, 16), Number.parseInt(fraction, 16), now)
}
