import type { Cause } from '../model/fault-event.ts'
import type { Comparison, Condition, Span, Term } from '../model/rule-set.ts'
import { sayLimit, sayPattern, sayText } from './say-value.ts'
import { sayDuration, sayMs, sayTimeWindow } from './say-time.ts'

/** A term with what it gave, if that is said: `average 97 over 5m`, `average over 5m`; of the last value, the value alone. */
export function sayTerm(term: Term | undefined, said: string | undefined, window?: Cause['window']): string {
  const value = said === undefined ? '' : ` ${said}`
  const over = (span: Span): string => ` over ${saySpan(span, window)}`
  if (term === undefined || term.last === true) return said ?? 'the value'
  if (term.average !== undefined) return `average${value}${over(term.average)}`
  if (term.min !== undefined) return `minimum${value}${over(term.min)}`
  if (term.max !== undefined) return `maximum${value}${over(term.max)}`
  if (term.sum !== undefined) return `sum${value}${over(term.sum)}`
  if (term.stddev !== undefined) return `standard deviation${value}${over(term.stddev)}`
  if (term.rate !== undefined) return `rate${value} per second${over(term.rate)}`
  if (term.delta !== undefined) return `difference${value}${over(term.delta)}`
  if (term.counter !== undefined) return `increase${value} per second${over(term.counter)}`
  if (term.changes !== undefined) return `number of changes${value}${over(term.changes)}`
  if (term.zscore !== undefined) return `z-score${value}${over(term.zscore)}`
  if (term.ratio !== undefined) return `ratio${value}`
  if (term.quantile !== undefined)
    return `${sayQuantile(term.quantile)}${said === undefined ? '' : ` about ${said}`}${over(term.over)}`
  if (term.forecast !== undefined)
    return `forecast${value} in ${sayDuration(term.forecast)}${over(term.over)}`
  if (term.count !== undefined)
    return `count${value} of samples ${sayComparison(term.count)}${over(term.over)}`
  return `share${value} of samples ${sayComparison(term.share)}${over(term.over)}`
}

/** How much of the window samples cover; of a window of one moment, how many there are. */
function saySpan(span: Span, window: Cause['window']): string {
  if (typeof span === 'number') return span === 1 ? '1 sample' : `${span} samples`
  if (window === undefined || window.count === 0 || window.filledMs >= window.durationMs)
    return sayDuration(span)
  if (window.filledMs >= 1) return sayMs(window.filledMs)
  return window.count === 1 ? '1 sample' : `${window.count} samples`
}

/** The quantile 0.99 is the 99th of 100. */
const sayQuantile = (quantile: number): string => `p${Number((quantile * 100).toPrecision(12))}`

/** A comparison without a verb: `above 95`. */
function sayComparison(of: Comparison): string {
  const of1 = (value: number | string): string =>
    typeof value === 'string' ? sayText(value) : sayLimit(value)
  if (of.above !== undefined) return `above ${sayLimit(of.above)}`
  if (of.below !== undefined) return `below ${sayLimit(of.below)}`
  if (of.atLeast !== undefined) return `at least ${sayLimit(of.atLeast)}`
  if (of.atMost !== undefined) return `at most ${sayLimit(of.atMost)}`
  if (of.equals !== undefined) return `equal to ${of1(of.equals)}`
  if (of.notEquals !== undefined) return `not equal to ${of1(of.notEquals)}`
  if (of.matches !== undefined) return `matching ${sayPattern(of.matches)}`
  if (of.notMatches !== undefined) return `not matching ${sayPattern(of.notMatches)}`
  if (of.contains !== undefined) return `containing ${sayText(of.contains)}`
  if (of.notContains !== undefined) return `not containing ${sayText(of.notContains)}`
  return 'that changed'
}

/** A condition as a name, which claims nothing: `average over 5m above 95`. */
export function sayCondition(condition: Condition): string {
  if (condition.absentFor !== undefined) return `absent for ${sayDuration(condition.absentFor)}`
  if (condition.missedDuring !== undefined) return `missed ${sayTimeWindow(condition.missedDuring)}`
  if (condition.all !== undefined) return `all of ${condition.all.length} conditions`
  if (condition.any !== undefined) return `any of ${condition.any.length} conditions`
  if (condition.not !== undefined) return 'not so'
  if (condition.some !== undefined)
    return condition.of === undefined
      ? `${condition.some} members`
      : `${condition.some} of ${condition.of.length} conditions`
  const term = condition.of
  const said = sayComparison(condition)
  return term === undefined || term.last === true ? said : `${sayTerm(term, undefined)} ${said}`
}
