import type { ProblemReason } from '../source/problem.ts'
import { exactInteger, readDecimal } from '../wire/decimal.ts'
import type { Pool } from '../wire/pool.ts'
import { decodeUtf8 } from '../wire/utf8.ts'

/** The types of statsd and DogStatsD. */
export type StatsdType = 'c' | 'g' | 'ms' | 'h' | 'd' | 's'

/** What is wrong with a line. */
export interface StatsdFault {
  readonly reason: ProblemReason
  readonly message: string
}

/** One value of a line: its borders, which the reader of lines fills, and what stands there. */
export interface StatsdValue {
  start: number
  /** Equal to `start` where a measurement has no value. */
  end: number
  type: StatsdType
  rate: number
  /** The member of a set. */
  member: string
  number: number
  /** A gauge that is added to the last one. */
  relative: boolean
  exact: bigint | undefined
}

/** A value to fill. */
export const emptyValue = (): StatsdValue => ({
  start: 0,
  end: 0,
  type: 'c',
  rate: 1,
  member: '',
  number: 0,
  relative: false,
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

/** Reads what stands between the borders of the values; all are checked before anything of the line is emitted. */
export function readValues(bytes: Uint8Array, { items, count }: Pool<StatsdValue>): StatsdFault | undefined {
  for (let at = 0; at < count; at += 1) {
    const value = items[at]
    if (value === undefined) break
    const wrong = value.type === 's' ? readMember(bytes, value) : readNumber(bytes, value)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function readMember(bytes: Uint8Array, value: StatsdValue): StatsdFault | undefined {
  const member = decodeUtf8(bytes, value.start, value.end)
  if (member === undefined) return badMember
  value.member = member
  value.relative = false
  value.exact = undefined
  return undefined
}

function readNumber(bytes: Uint8Array, value: StatsdValue): StatsdFault | undefined {
  const { start, end, type, rate } = value
  if (start === end) return noValue
  const number = readDecimal(bytes, start, end)
  if (Number.isNaN(number)) return badValue
  if (type === 'ms' && number < 0) return badTimer
  const scaled = type === 'c' ? number / rate : number
  if (!Number.isFinite(scaled) || !Number.isFinite(1 / rate)) return pastRange
  value.number = scaled
  value.relative = type === 'g' && (bytes[start] === 0x2b || bytes[start] === 0x2d)
  value.exact = value.relative || scaled !== number ? undefined : exactInteger(bytes, start, end, number)
  return undefined
}
