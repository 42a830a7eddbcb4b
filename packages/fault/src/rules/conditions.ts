import type { Duration } from '@tocsin/core'

import { badRuleSet } from '../errors.ts'
import type { Condition, TermComparison } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'

/** How far a number must come back. */
export interface UntilOption {
  /** Stays true until the number has come back to this limit, on the good side of the first one. @defaultValue the limit itself */
  readonly until?: number
}

/** How many: a number, or a share of all. */
export type Amount = number | `${number}%`

/** True for a number greater than `limit`; with `until`, until it has come back to that. */
export const above = (limit: number, options?: UntilOption): TermComparison => ({ above: limit, ...options })

/** True for a number less than `limit`; with `until`, until it has come back to that. */
export const below = (limit: number, options?: UntilOption): TermComparison => ({ below: limit, ...options })

/** True for `limit` and more; with `until`, until it has come back to that. */
export const atLeast = (limit: number, options?: UntilOption): TermComparison => ({
  atLeast: limit,
  ...options,
})

/** True for `limit` and less; with `until`, until it has come back to that. */
export const atMost = (limit: number, options?: UntilOption): TermComparison => ({
  atMost: limit,
  ...options,
})

/** True for exactly this number or text. */
export const equals = (value: number | string): TermComparison => ({ equals: value })

/** True for every other number, or every other text. */
export const notEquals = (value: number | string): TermComparison => ({ notEquals: value })

/** True for a text in which the expression finds a match. Throws `FAULT_BAD_RULESET` for flags that rules cannot keep, such as `i`. */
export const matches = (expression: RegExp | string): TermComparison => ({
  matches: sourceOf(expression, 'matches'),
})

/** True for a text in which the expression finds no match. Throws `FAULT_BAD_RULESET` for flags that rules cannot keep, such as `i`. */
export const notMatches = (expression: RegExp | string): TermComparison => ({
  notMatches: sourceOf(expression, 'notMatches'),
})

/** True for a text that holds `text`. */
export const contains = (text: string): TermComparison => ({ contains: text })

/** True for a text that does not hold `text`. */
export const notContains = (text: string): TermComparison => ({ notContains: text })

/** True for a number or text unlike the one before. */
export const changed = (): TermComparison => ({ changed: true })

/** True once no sample has come for `duration`. */
export const absentFor = (duration: Duration): Condition => ({ absentFor: duration })

/** True where no sample came in the last such window of time, when it ended; until the next sample. */
export const missedDuring = (window: TimeWindow): Condition => ({ missedDuring: window })

/** True where each of these is. */
export const all = (...conditions: readonly Condition[]): Condition => ({ all: conditions })

/** True where one of these is. */
export const any = (...conditions: readonly Condition[]): Condition => ({ any: conditions })

/** True where this is false. */
export const not = (condition: Condition): Condition => ({ not: condition })

/** True where at least so many, or this share, of these are. */
export const some = (amount: Amount, ...conditions: readonly Condition[]): Condition => ({
  some: amount,
  of: conditions,
})

/** True where the condition is true for at least so many, or this share, of the members of the group. */
export const someMembers = (amount: Amount, condition: Condition): Condition => ({
  some: amount,
  members: condition,
})

/** A regular expression as a rule keeps it; rules keep no flags. */
function sourceOf(expression: RegExp | string, name: string): string {
  if (typeof expression === 'string') return expression
  if (!/[imsvy]/.test(expression.flags)) return expression.source
  throw badRuleSet(
    name,
    `must be a regular expression without the flags ${expression.flags}; write it without them`,
  )
}
