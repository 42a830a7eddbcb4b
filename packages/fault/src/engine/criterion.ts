import { parseDuration } from '@tocsin/core'

import type { CauseReason } from '../fault-event.ts'
import type { Criterion } from '../rule-set.ts'

/** A value that rules can judge. */
export type Scalar = number | string

/** Whether a value violates a criterion; `previous` is the value judged before it, if any. */
type ValueTest = (value: Scalar, previous: Scalar | undefined) => boolean

/** What values a criterion compares: `any` compares both, `none` looks at no value. */
export type Comparand = 'number' | 'string' | 'any' | 'none'

/** A criterion ready to judge. */
export interface CompiledCriterion {
  readonly reason: CauseReason
  readonly compares: Comparand
  /** What the cause shows; for absence, the duration in ms. */
  readonly threshold: Scalar | undefined
  /** Never violated by a value where the criterion is absence. */
  readonly test: ValueTest
}

const typeOf = (operand: Scalar): Comparand => (typeof operand === 'number' ? 'number' : 'string')

/** Compiles a criterion once. Throws a `SyntaxError` for a bad regular expression. */
export function compileCriterion(when: Criterion): CompiledCriterion {
  if ('above' in when) {
    const threshold = when.above
    const test: ValueTest = (value) => typeof value === 'number' && value > threshold
    return { reason: 'above', compares: 'number', threshold, test }
  }
  if ('below' in when) {
    const threshold = when.below
    const test: ValueTest = (value) => typeof value === 'number' && value < threshold
    return { reason: 'below', compares: 'number', threshold, test }
  }
  if ('equals' in when) {
    const threshold = when.equals
    return { reason: 'equals', compares: typeOf(threshold), threshold, test: (value) => value === threshold }
  }
  if ('notEquals' in when) {
    const threshold = when.notEquals
    const test: ValueTest = (value) => value !== threshold
    return { reason: 'notEquals', compares: typeOf(threshold), threshold, test }
  }
  if ('changed' in when) {
    const test: ValueTest = (value, previous) => previous !== undefined && value !== previous
    return { reason: 'changed', compares: 'any', threshold: undefined, test }
  }
  if ('absentFor' in when) {
    const threshold = parseDuration(when.absentFor) ?? NaN
    return { reason: 'absent', compares: 'none', threshold, test: () => false }
  }
  return compileText(when)
}

type TextCriterion = Extract<
  Criterion,
  { matches: string } | { notMatches: string } | { contains: string } | { notContains: string }
>

function compileText(when: TextCriterion): CompiledCriterion {
  const text = (
    reason: CauseReason,
    threshold: string,
    test: (value: string) => boolean,
  ): CompiledCriterion => ({
    reason,
    compares: 'string',
    threshold,
    test: (value) => typeof value === 'string' && test(value),
  })
  if ('matches' in when) {
    const expression = new RegExp(when.matches, 'u')
    return text('matches', when.matches, (value) => expression.test(value))
  }
  if ('notMatches' in when) {
    const expression = new RegExp(when.notMatches, 'u')
    return text('notMatches', when.notMatches, (value) => !expression.test(value))
  }
  if ('contains' in when) return text('contains', when.contains, (value) => value.includes(when.contains))
  return text('notContains', when.notContains, (value) => !value.includes(when.notContains))
}
