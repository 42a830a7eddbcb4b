import { linearPattern } from '@tocsin/core'

import type { Comparison } from '../model/rule-set.ts'
import type { WindowSample } from '../windows/window-sample.ts'
import type { Truth } from './truth.ts'

/** A comparison, ready to test: what it says of a value. */
export interface CompiledComparison {
  readonly reason:
    | 'above'
    | 'below'
    | 'atLeast'
    | 'atMost'
    | 'equals'
    | 'notEquals'
    | 'matches'
    | 'notMatches'
    | 'contains'
    | 'notContains'
    | 'changed'
  /** What it compares with; none for `changed`. */
  readonly threshold: number | string | undefined
  /** Where it was true, it stays so up to this. */
  readonly until: number | undefined
  /** Of a number; unknown for NaN, and where it compares texts. */
  readonly ofNumber: (value: number) => Truth
  /** The same with `until` in place of the limit. */
  readonly ofNumberUntil: (value: number) => Truth
  /** Of a text; unknown where it compares numbers. */
  readonly ofText: (text: string) => Truth
}

const unknown = (): Truth => 2
const truthOf = (is: boolean): Truth => (is ? 1 : 0)

/** Compiles a comparison, which must be one that its shape takes. */
export function compileComparison(of: Comparison): CompiledComparison {
  if (of.above !== undefined) return limit('above', of.above, of.until, above)
  if (of.below !== undefined) return limit('below', of.below, of.until, below)
  if (of.atLeast !== undefined) return limit('atLeast', of.atLeast, of.until, atLeast, above)
  if (of.atMost !== undefined) return limit('atMost', of.atMost, of.until, atMost, below)
  if (of.equals !== undefined) return equality('equals', of.equals, true)
  if (of.notEquals !== undefined) return equality('notEquals', of.notEquals, false)
  if (of.matches !== undefined) return text('matches', of.matches, matcher(of.matches))
  if (of.notMatches !== undefined) return text('notMatches', of.notMatches, not(matcher(of.notMatches)))
  const { contains, notContains } = of
  if (contains !== undefined) return text('contains', contains, (value) => value.includes(contains))
  if (notContains !== undefined)
    return text('notContains', notContains, (value) => !value.includes(notContains))
  const changed = { reason: 'changed', threshold: undefined, until: undefined } as const
  return { ...changed, ofNumber: unknown, ofNumberUntil: unknown, ofText: unknown }
}

/** What a comparison says of a sample. */
export function sampleTest(of: Comparison): (sample: WindowSample) => Truth {
  const { reason, ofNumber, ofText } = compileComparison(of)
  if (reason === 'changed') return ({ changed }) => changed
  return ({ value, text }) => (text === undefined ? ofNumber(value) : ofText(text))
}

type Limit = (limit: number) => (value: number) => Truth

// NaN is not the same as itself.
const above: Limit = (limit) => (value) => (value > limit ? 1 : value === value ? 0 : 2)
const below: Limit = (limit) => (value) => (value < limit ? 1 : value === value ? 0 : 2)
const atLeast: Limit = (limit) => (value) => (value >= limit ? 1 : value === value ? 0 : 2)
const atMost: Limit = (limit) => (value) => (value <= limit ? 1 : value === value ? 0 : 2)

/** It ends where the value has come back to `until`, which therefore is no longer so, unless that is the limit itself. */
function limit(
  reason: CompiledComparison['reason'],
  threshold: number,
  until: number | undefined,
  test: Limit,
  untilTest: Limit = test,
): CompiledComparison {
  const ofNumber = test(threshold)
  const ofNumberUntil = until === undefined || until === threshold ? ofNumber : untilTest(until)
  return { reason, threshold, until, ofNumber, ofNumberUntil, ofText: unknown }
}

function equality(
  reason: CompiledComparison['reason'],
  threshold: number | string,
  isEqual: boolean,
): CompiledComparison {
  const test = (value: number | string): Truth =>
    value === value ? truthOf((value === threshold) === isEqual) : 2
  const ofNumber = typeof threshold === 'number' ? test : unknown
  const ofText = typeof threshold === 'string' ? test : unknown
  return { reason, threshold, until: undefined, ofNumber, ofNumberUntil: ofNumber, ofText }
}

function text(
  reason: CompiledComparison['reason'],
  threshold: string,
  test: (text: string) => boolean,
): CompiledComparison {
  const ofText = (value: string): Truth => truthOf(test(value))
  return { reason, threshold, until: undefined, ofNumber: unknown, ofNumberUntil: unknown, ofText }
}

const not =
  (test: (text: string) => boolean) =>
  (value: string): boolean =>
    !test(value)

function matcher(source: string): (text: string) => boolean {
  const pattern = linearPattern(source)
  if (!pattern.ok) throw new SyntaxError(`the regular expression ${source}: ${pattern.message}`)
  return pattern.value
}
