import type { Sample } from '@tocsin/core'

import type { CounterWrap, SameTime } from '../../src/engine/rollups.ts'
import type { RollupValue } from '../../src/engine/value.ts'
import { countedSamples, windowValue } from '../../src/testing/expected-slots.ts'

export { exactNumber as meantBy } from '../../src/testing/exact-number.ts'
export { isPromised } from '../../src/testing/expected-slots.ts'

/** What a window is asked by, besides its samples. */
export interface OracleRules {
  readonly sameTime: SameTime
  readonly counterWrap: CounterWrap
}

const defaultRules: OracleRules = { sameTime: 'largest', counterWrap: 'none' }

/** The samples that count, in order of time: all events, and of others one a moment. */
export const counted = (
  samples: readonly Sample[],
  { sameTime }: OracleRules = defaultRules,
): readonly Sample[] => countedSamples(samples, sameTime)

/** What a window should say, computed anew from all its samples in fractions, rounded once at the end. */
export const exactValue = (
  samples: readonly Sample[],
  value: RollupValue,
  rules: OracleRules = defaultRules,
): number | string | null => windowValue(counted(samples, rules), undefined, value, rules.counterWrap)

/** As {@link exactValue}, for one of the windows of a series; the step into a counter's window belongs to it, if it is not too long. */
export function exactSlot(
  series: readonly Sample[],
  slot: number,
  periodMs: number,
  value: RollupValue,
): number | string | null {
  const sorted = [...series].sort((a, b) => a.time - b.time)
  const inside = sorted.filter(({ time }) => Math.floor(time / periodMs) === slot)
  const [first] = inside
  if (first?.kind !== 'counter' || (value !== 'rate' && value !== 'increase'))
    return exactValue(inside, value)
  const before = sorted[sorted.indexOf(first) - 1]
  const near = before !== undefined && first.time - before.time <= Math.max(periodMs, 300_000)
  return exactValue(near ? [before, ...inside] : inside, value)
}
