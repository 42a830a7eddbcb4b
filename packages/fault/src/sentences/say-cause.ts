import { compileComparison } from '../conditions/comparison.ts'
import type { Cause } from '../model/fault-event.ts'
import type { Condition, TermComparison } from '../model/rule-set.ts'
import { sayDuration, sayMs, sayTimeWindow } from './say-time.ts'
import { sayCondition, sayTerm } from './say-term.ts'
import { sayLimit, sayNumber, sayPattern, sayText } from './say-value.ts'

/** What a sentence needs beside a cause. */
export interface Moment {
  /** When it is said of, wall clock. */
  readonly time: number
  /** Whether a sample brought it about. */
  readonly isSampled: boolean
  /** Whether its absence was told before. */
  readonly isAgain?: boolean
  /** `was`: of what was so before. */
  readonly tense: 'is' | 'was'
}

/** What the part of a condition that decides is now: `97 is above 95`; by the numbers themselves, so that it cannot contradict them. */
export function sayCause(cause: Cause, moment: Moment): string {
  const { condition, reason } = cause
  if (condition === undefined) return reason
  if (condition.absentFor !== undefined) return saySilence(cause, condition.absentFor, moment)
  if (condition.missedDuring !== undefined) return sayMissed(cause, condition.missedDuring, moment)
  if (condition.members !== undefined) return sayMembers(cause, condition.members)
  const of = condition as TermComparison
  if (cause.value === undefined) return `${sayTerm(of.of, undefined, cause.window)} ${moment.tense} unknown`
  return sayComparedValue(cause, of, cause.value, moment.tense)
}

type Facts = Pick<Cause, 'isTrue' | 'sampleTime' | 'threshold'>

function saySilence({ isTrue, sampleTime, threshold }: Facts, absentFor: string, moment: Moment): string {
  const { time, tense } = moment
  const silence = time - sampleTime
  if (isTrue === true) return tense === 'is' ? `no sample for ${sayMs(silence)}` : 'no sample came'
  if (moment.isSampled) return sayReturn(moment)
  if (tense === 'is' && silence < Number(threshold))
    return `no sample for ${sayMs(silence)}, not yet ${sayDuration(absentFor)}`
  return `a silence of ${sayDuration(absentFor)} ${tense} not known`
}

const sayReturn = ({ tense, isAgain }: Moment): string =>
  tense === 'was' ? 'samples came' : isAgain === true ? 'samples come again' : 'samples come'

function sayMissed(
  { isTrue }: Facts,
  window: NonNullable<Condition['missedDuring']>,
  moment: Moment,
): string {
  const { isSampled, tense } = moment
  if (isTrue === true) return `no sample ${sayTimeWindow(window)}`
  if (isTrue === undefined) return `whether a sample came ${sayTimeWindow(window)} ${tense} unknown`
  if (isSampled) return sayReturn(moment)
  return `a sample came ${sayTimeWindow(window)} or since`
}

/** How many are such, and how many it takes. */
function sayMembers({ value, threshold, all }: Cause, members: Condition): string {
  const such = members.of === undefined && isComparison(members) ? ` ${sayCondition(members)}` : ' such'
  if (all === 0) return 'no members'
  return `${value ?? 0} of ${all ?? 'its'} members${such}, ${threshold ?? 0} needed`
}

const isComparison = ({ all, any, not, some, absentFor, missedDuring }: Condition): boolean =>
  [all, any, not, some, absentFor, missedDuring].every((part) => part === undefined)

type Verdict = readonly [words: string, limit?: number]

function sayComparedValue(
  { threshold, isTrue, window }: Cause,
  of: TermComparison,
  value: number | string,
  tense: Moment['tense'],
): string {
  if (of.changed !== undefined) {
    const said = typeof value === 'number' ? sayNumber(value) : sayText(value)
    return `${said} ${tense} ${isTrue === true ? 'new' : isTrue === false ? 'the same as before' : 'the last value'}`
  }
  const { reason, threshold: limit } = compared(of)
  if (typeof value === 'number' && typeof limit === 'number') {
    const [words, at] = ofNumbers(of, reason, value, limit, threshold, tense)
    return `${sayTerm(of.of, sayNumber(value, at), window)} ${words}`
  }
  if (typeof value === 'number') return `${sayNumber(value)} ${tense} no text`
  if (typeof limit !== 'string') return `${sayText(value)} ${tense} no number`
  return ofTexts(reason, value, limit, isTrue === true, tense)
}

/** What is compared with, without compiling a regular expression. */
function compared(of: TermComparison): { readonly reason: string; readonly threshold: unknown } {
  const [reason, threshold] = Object.entries(of).find(([key]) => comparisons.has(key)) ?? ['']
  return { reason, threshold }
}

const comparisons: ReadonlySet<string> = new Set([
  ...['above', 'below', 'atLeast', 'atMost', 'equals', 'notEquals'],
  ...['matches', 'notMatches', 'contains', 'notContains'],
])

const words: Readonly<Record<string, string>> = {
  above: 'above',
  below: 'below',
  atLeast: 'at least',
  atMost: 'at most',
}

/** By the numbers: `is above 95`, `is back to 75`, `is not back to 75`. */
function ofNumbers(
  of: TermComparison,
  reason: string,
  value: number,
  limit: number,
  threshold: Cause['threshold'],
  tense: Moment['tense'],
): Verdict {
  const word = words[reason]
  if (word === undefined) return [`${tense}${value === limit ? '' : ' not'} ${sayLimit(limit)}`, limit]
  const { until } = of
  if (compileComparison(of).ofNumber(value) === 1) return [`${tense} ${word} ${sayLimit(limit)}`, limit]
  if (until === undefined || until === limit) return [`${tense} not ${word} ${sayLimit(limit)}`, limit]
  const isUpward = reason === 'above' || reason === 'atLeast'
  const isBack = isUpward ? value <= until : value >= until
  if (isBack) return [`${tense} back to ${sayLimit(until)}`, until]
  if (threshold === until) return [`${tense} not back to ${sayLimit(until)}`, until]
  return [`${tense} not ${word} ${sayLimit(limit)}`, limit]
}

function ofTexts(
  reason: string,
  value: string,
  limit: string,
  isTrue: boolean,
  tense: Moment['tense'],
): string {
  const isSuch = isTrue !== reason.startsWith('not')
  const said = sayText(value)
  switch (reason) {
    case 'equals':
    case 'notEquals': {
      const other = sayText(limit)
      // Both may be cut before they differ.
      const subject = (said === other) === isSuch ? said : 'the text'
      return `${subject} ${tense}${isSuch ? '' : ' not'} ${other}`
    }
    case 'matches':
    case 'notMatches': {
      if (tense === 'was') return `${said} ${isSuch ? 'matched' : 'did not match'} ${sayPattern(limit)}`
      return `${said} ${isSuch ? 'matches' : 'does not match'} ${sayPattern(limit)}`
    }
    default: {
      if (tense === 'was') return `${said} ${isSuch ? 'contained' : 'did not contain'} ${sayText(limit)}`
      return `${said} ${isSuch ? 'contains' : 'does not contain'} ${sayText(limit)}`
    }
  }
}
