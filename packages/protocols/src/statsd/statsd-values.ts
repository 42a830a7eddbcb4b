import type { ProblemReason } from '../source/problem.ts'
import { exactInteger, readDecimal } from '../wire/decimal.ts'
import { decodeUtf8 } from '../wire/utf8.ts'

/** The types of statsd and DogStatsD. */
export type StatsdType = 'c' | 'g' | 'ms' | 'h' | 'd' | 's'

/** What is wrong with a line, or with a part of it. */
export interface StatsdFault {
  readonly reason: ProblemReason
  readonly message: string
}

/** One value of a line: its borders, which the reader of lines fills, and what stands there. */
export interface StatsdValue {
  start: number
  /** Equal to `start` where a measurement has no value. */
  end: number
  /** Where the piece ends that is refused if the value is. */
  pieceEnd: number
  type: StatsdType
  rate: number
  /** Why there is none. */
  fault: StatsdFault | undefined
  /** The member of a set. */
  member: string
  number: number
  /** Has a sign in front, so that etsy's daemon adds it to the last one of the gauge. */
  signed: boolean
  exact: bigint | undefined
}

/** A value to fill. */
export const emptyValue = (): StatsdValue => ({
  start: 0,
  end: 0,
  pieceEnd: 0,
  type: 'c',
  rate: 1,
  fault: undefined,
  member: '',
  number: 0,
  signed: false,
  exact: undefined,
})

const badValue: StatsdFault = { reason: 'bad-value', message: 'a value is a decimal number: 12, -3.5, 1e-3' }
const badTimer: StatsdFault = { reason: 'bad-value', message: 'a timer in ms is not negative' }
const badMember: StatsdFault = { reason: 'not-utf8', message: 'the member of a set is UTF-8 text' }
const noValue: StatsdFault = { reason: 'bad-value', message: 'a line needs at least one value' }
/** A result that a double cannot hold. */
export const pastRange: StatsdFault = {
  reason: 'bad-value',
  message: 'a value divided by its sample rate, or added to its gauge, must be finite',
}

/** A space, or a control character that counts as one; `Number()` of etsy's daemon passes over them. */
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** The first byte that is not blank. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isBlank(bytes[at] ?? 0)) at += 1
  return at
}

/** The end without the blanks before it. */
export function trimBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && isBlank(bytes[at - 1] ?? 0)) at -= 1
  return at
}

/** The decimal number between blanks, or NaN. */
export function readBlankDecimal(bytes: Uint8Array, start: number, end: number): number {
  return readDecimal(bytes, skipBlanks(bytes, start, end), trimBlanks(bytes, start, end))
}

/** Reads what stands between the borders of a value, and says what is wrong with it. */
export function readValue(bytes: Uint8Array, value: StatsdValue): StatsdFault | undefined {
  if (value.fault !== undefined) return value.fault
  return value.type === 's' ? readMember(bytes, value) : readNumber(bytes, value)
}

function readMember(bytes: Uint8Array, value: StatsdValue): StatsdFault | undefined {
  const member = decodeUtf8(bytes, value.start, value.end)
  if (member === undefined) return badMember
  value.member = member
  value.exact = undefined
  return undefined
}

function readNumber(bytes: Uint8Array, value: StatsdValue): StatsdFault | undefined {
  const { type, rate } = value
  const start = skipBlanks(bytes, value.start, value.end)
  const end = trimBlanks(bytes, start, value.end)
  if (start === end) return noValue
  const number = readDecimal(bytes, start, end)
  if (Number.isNaN(number)) return badValue
  if (type === 'ms' && number < 0) return badTimer
  const scaled = type === 'c' ? number / rate : number
  if (!Number.isFinite(scaled) || !Number.isFinite(1 / rate)) return pastRange
  value.number = scaled
  value.signed = bytes[start] === 0x2b || bytes[start] === 0x2d
  value.exact = scaled === number ? exactInteger(bytes, start, end, number) : undefined
  return undefined
}
