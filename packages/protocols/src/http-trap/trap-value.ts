import type { SampleOf } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import { decimalMean } from './decimal-mean.ts'
import type { JsonScalar } from '../wire/json-cursor.ts'

/** Longest text value, UTF-16 units (reconnoiter stores at most 4095 bytes). */
const maxTextLength = 4095

/** Value and kind of a sample, without its series and time. */
export type TrapValue =
  Pick<SampleOf<'gauge'>, 'value' | 'kind' | 'exact'> | Pick<SampleOf<'text'>, 'value' | 'kind'>

/** Why a value is not taken. */
export interface TrapFault {
  readonly reason: ProblemReason
  readonly message: string
}

const fault = (reason: ProblemReason, message: string): TrapFault => ({ reason, message })

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

/**
 * A value without `_type`: numbers and booleans (1 or 0) are gauges; a string that is a number as a whole, with at most a
 * `%` behind it, is one too; any other string is text.
 */
export function guessValue(scalar: string | boolean | { readonly number: string }): TrapValue | TrapFault {
  if (typeof scalar === 'boolean') return { value: scalar ? 1 : 0, kind: 'gauge' }
  if (typeof scalar !== 'string') return toNumber(scalar.number)
  const trimmed = scalar.length <= maxTextLength ? scalar.trim().replace(/%$/, '') : ''
  return guessedNumber.test(trimmed) ? toNumber(trimmed) : toText(scalar)
}

/** A value with `_type`: `i I l L` whole numbers of 32 and 64 bits, `n` a number, `s` text. */
export function typedValue(
  scalar: string | boolean | { readonly number: string },
  type: string,
): TrapValue | TrapFault {
  const text =
    typeof scalar === 'object' ? scalar.number : typeof scalar === 'boolean' ? (scalar ? '1' : '0') : scalar
  if (type === 's') return toText(typeof scalar === 'boolean' ? String(scalar) : text)
  const trimmed = text.length <= maxTextLength ? text.trim() : ''
  if (type === 'n') {
    return decimalNumber.test(trimmed)
      ? toNumber(trimmed)
      : fault('bad-value', 'a value of type n is a number')
  }
  const range = ranges.get(type)
  if (range === undefined) {
    return type === 'h' || type === 'H'
      ? fault('unsupported', 'histograms (_type h and H) are not taken')
      : fault('unknown-type', 'a _type is one of i, I, l, L, n, s')
  }
  const whole = wholeNumber.test(trimmed) && trimmed.length <= maxExactDigits
  const value = whole ? BigInt(trimmed.replace('+', '')) : undefined
  return value !== undefined && value >= range[0] && value <= range[1]
    ? toNumber(trimmed)
    : fault('bad-value', `a value of type ${type} is a whole number from ${range[0]} to ${range[1]}`)
}

function toNumber(text: string): TrapValue | TrapFault {
  const value = Number(text)
  if (!Number.isFinite(value)) return fault('bad-value', 'a number is at most 1.8e308')
  const beyond = Math.abs(value) > Number.MAX_SAFE_INTEGER && text.length <= maxExactDigits
  return beyond && wholeNumber.test(text)
    ? { value, kind: 'gauge', exact: BigInt(text.replace('+', '')) }
    : { value, kind: 'gauge' }
}

function toText(value: string): TrapValue | TrapFault {
  if (value.length > maxTextLength) {
    return fault('text-too-long', `a text has at most ${maxTextLength} characters`)
  }
  return value.isWellFormed() ? { value, kind: 'text' } : fault('bad-value', 'a text is well-formed Unicode')
}

/** The mean of a list of numbers, as reconnoiter takes a list in `_value`; `undefined` where one is no number. */
export function meanOf(list: readonly JsonScalar[]): { readonly number: string } | undefined {
  const texts: string[] = []
  for (const scalar of list) {
    if (typeof scalar !== 'object' || scalar === null) return undefined
    texts.push(scalar.number)
  }
  if (texts.length === 0) return undefined
  const roughly = (): number => texts.reduce((mean, text) => mean + Number(text) / texts.length, 0)
  // With an exponent, the digits of a rounded mean are not taken for exact ones.
  return { number: decimalMean(texts) ?? roughly().toExponential() }
}
