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

/**
 * What a window should say, computed anew from all its samples in fractions, rounded once at the end. Of one that was not told to keep how
 * long values held.
 */
export const exactValue = (
  samples: readonly Sample[],
  value: RollupValue,
  rules: OracleRules = defaultRules,
): number | string | null =>
  value === 'timeAverage' ? null : windowValue(counted(samples, rules), undefined, value, rules.counterWrap)
