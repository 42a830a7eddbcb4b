import { series, type Sample } from '@tocsin/protocols'
import type { CheckDefinition } from '@tocsin/protocols/checks'
import { map, mergeAll, pairwise, type OperatorFunction } from 'rxjs'

import { judged } from './rules.ts'

/** Of each target that is taken out of the list, that nothing more is to come: a fault of it ends as `gone`, and none is opened. */
export const removedSamples = (): OperatorFunction<readonly CheckDefinition[], Sample> => (definitions) =>
  definitions.pipe(
    pairwise(),
    map(([before, after]) => {
      const names = new Set(after.map(({ check }) => check.name))
      const removed = before.map(({ check }) => check.name).filter((name) => !names.has(name))
      const time = Date.now()
      return removed.flatMap((check) =>
        judged.map((metric): Sample => ({
          series: series(metric, { check }),
          time,
          value: NaN,
          kind: 'stale',
        })),
      )
    }),
    mergeAll(),
  )
