/**
 * The engine below `rollup`, for who has samples but no streams: no rxjs, no clock, no timer, no module of Node. Time enters as
 * an argument, so that a file of samples is rolled up in a loop, as fast as it can be read.
 *
 * @module
 */
import { type Defined, resolveOptions } from '@tocsin/core'

import { levelsRule, parseLevels } from './engine/levels.ts'
import type { RollupInput } from './engine/reading.ts'
import { createLevelEngine, type WindowEngine } from './engine/windows/window-engine.ts'
import { badOption } from './errors.ts'
import type { ReportRollupProblem } from './problem.ts'
import { defaultWindowEngineOptions, windowChecks, type WindowEngineOptions } from './window-options.ts'

export { series } from '@tocsin/core'
export { foldRollups } from './engine/cell.ts'
export { rollupValue } from './engine/value.ts'
export { RollupError } from './errors.ts'
export { defaultWindowEngineOptions } from './window-options.ts'

export type { Duration, Histogram, SampleKind, Series, Tags } from '@tocsin/core'
export type { RollupInput } from './engine/reading.ts'
export type {
  CounterPoint,
  CounterDoubles,
  CounterExact,
  CounterRollup,
  CounterWrap,
  HeldState,
  NumberPoint,
  NumericDoubles,
  NumericExact,
  NumericRollup,
  Rollup,
  SameTime,
  TextCount,
  TextPoint,
  TextRollup,
} from './engine/rollups.ts'
export type { RollupValue } from './engine/value.ts'
export type { RollupCause, RollupUpdate, WindowEngine } from './engine/windows/window-engine.ts'
export type { RollupErrorCode } from './errors.ts'
export type { ReportRollupProblem, RollupProblemFacts, RollupProblemReason } from './problem.ts'
export type { WindowEngineOptions } from './window-options.ts'

/**
 * Creates an engine that forms windows over many series and has no samples yet; `rollup` is made of one. `report` hears of
 * each sample that is not taken as it came; by default nobody does.
 *
 * Errors: the call throws `ROLLUP_BAD_OPTION`; the engine never does, whatever JSON a sample is.
 *
 * Memory: that of `rollup`: `maxSeries` series with the shortest windows of the last `maxLateMs` and their samples.
 *
 * Time: event time of the samples; `now`, see {@link WindowEngine}.
 *
 * @example
 * ```ts
 * import { createWindowEngine, rollupValue, series } from '@tocsin/rollup/engine'
 *
 * const engine = createWindowEngine({ windows: ['1m'] })
 * const updates = [10, 30, 20].flatMap((value, index) => {
 *   const sample = { series: series('cpu'), time: index * 35_000, value, kind: 'gauge' } as const
 *   return engine.add(sample, sample.time)
 * })
 * for (const { start, cause, aggregate } of [...updates, ...engine.end()]) {
 *   console.log(start, cause, rollupValue(aggregate, 'average')) // => 0 close 20
 *   // => 60000 end 20
 * }
 * ```
 */
export function createWindowEngine<S extends RollupInput = RollupInput>(
  options?: WindowEngineOptions,
  report: ReportRollupProblem = () => undefined,
): WindowEngine<S> {
  const { windows, ...bounds } = resolveOptions<Defined<WindowEngineOptions>>(
    defaultWindowEngineOptions,
    options,
    windowChecks,
    badOption,
  )
  const levels = parseLevels(windows)
  if (levels === undefined) throw badOption(`option "windows" must be ${levelsRule}`)
  return createLevelEngine({ ...bounds, levels }, report)
}
