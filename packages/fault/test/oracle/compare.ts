import type { Comparison } from '../../src/model/rule-set.ts'
import { both, bothUnequal, exactly, type Interval } from './interval.ts'
import { type Truth, truthOf } from './kleene.ts'
import { isTold, numberOf, type Seen } from './windows.ts'

/** What a comparison says of a number, which may be known only to lie between two. */
export function compareNumber(of: Comparison, value: Interval, wasTrue = false): Truth {
  if (Number.isNaN(value.low)) return 'unknown'
  const { until } = of
  const kept = wasTrue && until !== undefined
  if (of.above !== undefined) return truthOf(both(value, (one) => one > (kept ? until : of.above)))
  if (of.below !== undefined) return truthOf(both(value, (one) => one < (kept ? until : of.below)))
  // What is kept ends at `until` itself, unless it is true there by itself.
  if (of.atLeast !== undefined)
    return truthOf(both(value, (one) => one >= of.atLeast || (kept && one > until)))
  if (of.atMost !== undefined) return truthOf(both(value, (one) => one <= of.atMost || (kept && one < until)))
  if (typeof of.equals === 'number') return truthOf(!bothUnequal(value, of.equals))
  if (typeof of.notEquals === 'number') return truthOf(bothUnequal(value, of.notEquals))
  return 'unknown'
}

/** What a comparison says of a text. */
export function compareText(of: Comparison, text: string): Truth {
  if (typeof of.equals === 'string') return truthOf(text === of.equals)
  if (typeof of.notEquals === 'string') return truthOf(text !== of.notEquals)
  if (of.contains !== undefined) return truthOf(text.includes(of.contains))
  if (of.notContains !== undefined) return truthOf(!text.includes(of.notContains))
  if (of.matches !== undefined) return truthOf(new RegExp(of.matches, 'u').test(text))
  if (of.notMatches !== undefined) return truthOf(!new RegExp(of.notMatches, 'u').test(text))
  return 'unknown'
}

/** Whether a sample is unlike the last one before it that told something; unknown where it tells nothing itself. */
export function changedOf(one: Seen): Truth {
  let last = one.before
  while (last !== undefined && !isTold(last)) last = last.before
  return last === undefined || !isTold(one) ? 'unknown' : truthOf(one.value !== last.value)
}

/** What a comparison says of one sample. */
export function compareSample(of: Comparison, one: Seen): Truth {
  if (of.changed !== undefined) return changedOf(one)
  if (typeof one.value === 'string') return compareText(of, one.value)
  return compareNumber(of, exactly(numberOf(one)))
}
