import type { Sample, SampleOf, Series } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import { asciiText } from '../wire/ascii.ts'
import { readDecimal } from '../wire/decimal.ts'
import { decimalMean } from './decimal-mean.ts'
import type { JsonNumber, JsonScalar } from './json/json-bytes.ts'

/** Longest text value, UTF-16 units (reconnoiter stores at most 4095 bytes). */
const maxTextLength = 4095

/** Value and kind of a sample, without its series and time. */
export type TrapValue =
  | Pick<SampleOf<'gauge' | 'delta'>, 'value' | 'kind' | 'exact'>
  | Pick<SampleOf<'text'>, 'value' | 'kind'>
  | Pick<SampleOf<'histogram'>, 'value' | 'kind'>

type Changing<T> = { -readonly [Name in keyof T]: T[Name] }

/** The sample of a value, with when it came where it brought its own time. Without a spread, which costs more than all else here. */
export function toSample(series: Series, time: number, taken: TrapValue, receivedAt: number): Sample {
  const { value, kind } = taken
  const sample = { series, time, value, kind } as Changing<SampleOf<'gauge'>>
  if ('exact' in taken) sample.exact = taken.exact
  if (time !== receivedAt) sample.receivedAt = receivedAt
  return sample
}

/** Why a value is not taken, or not as it was sent. */
export interface TrapFault {
  readonly reason: ProblemReason
  readonly message: string
}

export const fault = (reason: ProblemReason, message: string): TrapFault => ({ reason, message })

// reconnoiter's guess: a leading zero or an exponent without a decimal point means an identifier, so the text stays text.
const guessedNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?)?$/
const wholeNumber = /^[+-]?\d+$/
const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const ranges = new Map<string, readonly [bigint, bigint]>([
  ['i', [-(2n ** 31n), 2n ** 31n - 1n]],
  ['I', [0n, 2n ** 32n - 1n]],
  ['l', [-(2n ** 63n), 2n ** 63n - 1n]],
  ['L', [0n, 2n ** 64n - 1n]],
])
// As many as 64 bytes hold, far beyond any counter.
const maxExactDigits = 154

const badText = fault('bad-value', 'a text is well-formed Unicode')
const tooLong = fault('text-too-long', `a text or a number has at most ${maxTextLength} characters`)
const tooLarge = fault('bad-value', 'a number is at most 1.8e308')
const badMean = fault('bad-value', 'a list in _value holds numbers, or what a histogram is made of')

/** A number without `_type`, by far the most of all values. */
export function numberValue(bytes: Uint8Array, start: number, end: number): TrapValue | TrapFault {
  if (end - start > maxTextLength) return tooLong
  const value = plainNumber(bytes, start, end, untyped)
  return Number.isNaN(value) ? toNumber(asciiText(bytes, start, end)) : { value, kind: 'gauge' }
}

/** Stands for no `_type`. */
export const untyped = 0

/** The gauge that a number of a type is, given as its letter; NaN where that needs a second look, or it is none. */
export function plainNumber(bytes: Uint8Array, start: number, end: number, type: number): number {
  if (end - start > maxTextLength) return Number.NaN
  const value = readDecimal(bytes, start, end)
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return Number.NaN
  if (type === untyped || type === letterN) return value
  return isWhole(bytes, start, end) && isInRange(value, type) ? value : Number.NaN
}

const letterN = 0x6e

function isInRange(value: number, type: number): boolean {
  const range = ranges.get(String.fromCharCode(type))
  return range !== undefined && value >= range[0] && value <= range[1]
}

/**
 * A value without `_type`: numbers and booleans (1 or 0) are gauges; a string that is a number as a whole, with at most a
 * `%` behind it, is one too; any other string is text.
 */
export function guessValue(scalar: string | boolean | JsonNumber): TrapValue | TrapFault {
  if (typeof scalar === 'boolean') return { value: scalar ? 1 : 0, kind: 'gauge' }
  if (typeof scalar !== 'string') return numberValue(scalar.bytes, scalar.start, scalar.end)
  const number = guessedText(scalar)
  return number === undefined ? toText(scalar) : toNumber(number)
}

/** The number that a string is as a whole; `undefined` where it is a text. */
export function guessedText(text: string): string | undefined {
  const trimmed = text.length <= maxTextLength ? text.trim().replace(/%$/, '') : ''
  return guessedNumber.test(trimmed) ? trimmed : undefined
}

/** Whether there is such a `_type`. */
export const isType = (type: string): boolean => ranges.has(type) || ['n', 's', 'h', 'H'].includes(type)

/** A value with `_type`: `i I l L` whole numbers of 32 and 64 bits, `n` a number, `s` text. */
export function typedValue(scalar: string | boolean | JsonNumber, type: string): TrapValue | TrapFault {
  const range = ranges.get(type)
  if (typeof scalar === 'object' && scalar.end - scalar.start > maxTextLength) return tooLong
  if (typeof scalar === 'object' && type !== 's') {
    const value = plainNumber(scalar.bytes, scalar.start, scalar.end, type.charCodeAt(0))
    if (!Number.isNaN(value)) return { value, kind: 'gauge' }
  }
  const text = textOf(scalar)
  if (type === 's') return toText(typeof scalar === 'boolean' ? String(scalar) : text)
  const trimmed = text.length <= maxTextLength ? text.trim() : ''
  if (range === undefined) {
    return decimalNumber.test(trimmed)
      ? toNumber(trimmed)
      : fault('bad-value', 'a value of type n is a number')
  }
  const whole = wholeNumber.test(trimmed) && trimmed.length <= maxExactDigits
  const value = whole ? BigInt(trimmed.replace('+', '')) : undefined
  return value !== undefined && value >= range[0] && value <= range[1]
    ? toNumber(trimmed)
    : fault('bad-value', `a value of type ${type} is a whole number from ${range[0]} to ${range[1]}`)
}

/** The mean of a list, as reconnoiter takes one in `_value`, or its sum. */
export function meanOf(list: readonly JsonScalar[], divisor: number): TrapValue | TrapFault {
  const texts: string[] = []
  for (const scalar of list) {
    const text = scalar === null ? '' : textOf(scalar).trim()
    if (text.length > maxTextLength || !decimalNumber.test(text)) return badMean
    texts.push(text)
  }
  const roughly = (): number => texts.reduce((mean, text) => mean + Number(text) / divisor, 0)
  // With an exponent, the digits of a rounded mean are not taken for exact ones.
  return toNumber(decimalMean(texts, divisor) ?? roughly().toExponential())
}

const isWhole = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let at = bytes[start] === 0x2d ? start + 1 : start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}

function textOf(scalar: string | boolean | JsonNumber): string {
  if (typeof scalar === 'string') return scalar
  if (typeof scalar === 'boolean') return scalar ? '1' : '0'
  // One more than is allowed says that it is too long.
  return asciiText(scalar.bytes, scalar.start, Math.min(scalar.end, scalar.start + maxTextLength + 1))
}

function toNumber(text: string): TrapValue | TrapFault {
  const value = Number(text)
  if (!Number.isFinite(value)) return tooLarge
  const beyond = Math.abs(value) > Number.MAX_SAFE_INTEGER && text.length <= maxExactDigits
  return beyond && wholeNumber.test(text)
    ? { value, kind: 'gauge', exact: BigInt(text.replace('+', '')) }
    : { value, kind: 'gauge' }
}

function toText(value: string): TrapValue | TrapFault {
  if (value.length > maxTextLength) return tooLong
  return value.isWellFormed() ? { value, kind: 'text' } : badText
}
