/**
 * The engine below `evaluate`, for who has samples but no streams: no rxjs, no clock, no timer, no module of Node. Time enters
 * as an argument, so that yesterday is judged in a loop, as fast as it can be read.
 *
 * @module
 */
import { resolveOptions } from '@tocsin/core'

import { createPlanEngine, type FaultEngine } from './engine/fault-engine.ts'
import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from './engine/limits.ts'
import { compilePlan } from './engine/plan.ts'
import { FaultError } from './errors.ts'
import type { FaultInput } from './fault-input.ts'
import { parseRuleSets } from './parse-rule-sets.ts'
import type { RuleSetInput } from './rule-set.ts'

export { series } from '@tocsin/core'
export { defaultFaultEngineOptions } from './engine/limits.ts'
export { FaultError } from './errors.ts'

export type { Histogram, SampleKind, Series, Tags } from '@tocsin/core'
export type { FaultEngine, FaultOutput } from './engine/fault-engine.ts'
export type { FaultEngineOptions } from './engine/limits.ts'
export type { Trouble } from './engine/trouble.ts'
export type { FaultErrorCode } from './errors.ts'
export type {
  Cause,
  CauseReason,
  FaultChange,
  FaultEvent,
  FaultNormal,
  RestoredFault,
} from './fault-event.ts'
export type { FaultInput } from './fault-input.ts'
export type { FlawReason } from './fault-problem.ts'
export type { Criterion, Rule, RuleSet, RuleSetInput, RuleWindow, Severity } from './rule-set.ts'

/**
 * Creates an engine that judges samples by rule sets and has seen nothing yet; `evaluate` is made of one.
 *
 * Errors: the call throws `FAULT_BAD_RULESET` and `FAULT_BAD_OPTION`; the engine never does, whatever JSON a sample is.
 *
 * Memory: that of `evaluate`: up to `maxInstances` pairs of rule set and series, kept as long as the engine.
 *
 * Time: `now`, see {@link FaultEngine}.
 *
 * @example
 * ```ts
 * import { createFaultEngine, series } from '@tocsin/fault/engine'
 *
 * const rules = [{ id: 'queue', select: '__name:queue', rules: [{ when: { above: 100 }, severity: 1 }] }] as const
 * const engine = createFaultEngine(rules)
 * for (const [index, value] of [3, 120, 90].entries()) {
 *   const sample = { series: series('queue'), time: index * 1000, value, kind: 'gauge' } as const
 *   for (const { text } of engine.sample(sample, sample.time).events) console.log(text) // => queue: 120 is above 100
 *   // => queue: cleared after 1s, 90 is not above 100
 * }
 * ```
 */
export function createFaultEngine<S extends FaultInput = FaultInput>(
  ruleSets: readonly RuleSetInput[],
  options?: FaultEngineOptions,
): FaultEngine<S> {
  const plans = parseRuleSets(ruleSets).map(compilePlan)
  const limits = resolveOptions(
    defaultFaultEngineOptions,
    options,
    limitChecks,
    (message) => new FaultError('FAULT_BAD_OPTION', message),
  )
  return createPlanEngine(plans, limits)
}
