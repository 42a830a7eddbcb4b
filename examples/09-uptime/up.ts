import { series, type Sample } from '@tocsin/protocols'
import type { CheckResult } from '@tocsin/protocols/checks'
import { mergeMap, type OperatorFunction } from 'rxjs'

/**
 * Whether targets were up: 1 or 0 for each look that could tell, and nothing for the others. A target that answers 503 is available to a
 * check, and not to those who want something of it.
 */
export const upSamples = (): OperatorFunction<CheckResult, Sample> =>
  mergeMap(({ check, time, state }): readonly Sample[] =>
    state === 'unknown'
      ? []
      : [{ series: series('up', { check }), time, value: state === 'bad' ? 0 : 1, kind: 'gauge' }],
  )
