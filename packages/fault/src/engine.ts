/**
 * The engine below `evaluate`, for who has samples but no streams: no rxjs, no clock, no timer, no module of Node. Time enters
 * as an argument, so that yesterday is judged in a loop, as fast as it can be read.
 *
 * @module
 */
import { resolveOptions } from '@tocsin/core'

import { createEngine, type FaultEngine } from './engine/fault-engine.ts'
import { defaultFaultEngineOptions, type FaultEngineOptions, limitChecks } from './engine/limits.ts'
import { FaultError } from './errors.ts'
import type { FaultInput } from './model/fault-input.ts'
import type { RuleSetInput } from './model/rule-set.ts'
import { parseRuleSets } from './rules/parse-rule-sets.ts'

export { series } from '@tocsin/core'
export { defaultFaultEngineOptions } from './engine/limits.ts'
export { FaultError } from './errors.ts'
export { explainAt } from './explain/explain-at.ts'

export type { Histogram, SampleKind, Series, Tags } from '@tocsin/core'
export type { RuleDiff } from './engine/snapshot/diff.ts'
export type { FaultEngine, FaultEngineStats } from './engine/fault-engine.ts'
export type { FaultColumns, FaultColumnsOutput, FaultOutput } from './engine/fault-output.ts'
export type { FaultEngineOptions } from './engine/limits.ts'
export type { Trouble } from './model/fault-problem.ts'
export type { FaultErrorCode } from './errors.ts'
export type { ExplainAtOptions } from './explain/explain-at.ts'
export type {
  ExplainedPart,
  ExplainedRule,
  ExplainedTruth,
  Explanation,
  UnknownReason,
} from './explain/explanation.ts'
export type { ExploredInstance, ExploredPage, ExploreOptions } from './explain/explore.ts'
export type {
  Cause,
  CauseReason,
  FaultChange,
  FaultEvent,
  FaultMuted,
  FaultNormal,
  RestoredFault,
} from './model/fault-event.ts'
export type { FaultColumn } from './model/fault-column.ts'
export type { FaultInput } from './model/fault-input.ts'
export type { FaultProblemReason, FlawReason } from './model/fault-problem.ts'
export type { Condition, Rule, RuleSet, RuleSetInput, Severity } from './model/rule-set.ts'

/** What {@link createFaultEngine} takes beside rule sets. */
export interface CreateFaultEngineOptions extends FaultEngineOptions {
  /** Goes on from what {@link FaultEngine.snapshot} gave. Rule sets that were edited since keep what is alike. */
  readonly snapshot?: Uint8Array | undefined
}

/**
 * Creates an engine that judges samples by rule sets; `evaluate` is made of one. It has seen nothing yet, or what its snapshot had.
 *
 * Errors: the call throws `FAULT_BAD_RULESET`, `FAULT_BAD_OPTION`, and `FAULT_BAD_SNAPSHOT` for bytes that are damaged or of another version;
 * the engine never does, whatever JSON a sample is.
 *
 * Memory: up to `maxInstances` pairs of rule set and series, each until nothing came of it for its `forgetAfter`.
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
  { snapshot, ...options }: CreateFaultEngineOptions = {},
): FaultEngine<S> {
  const limits = resolveOptions(
    defaultFaultEngineOptions,
    options,
    limitChecks,
    (message) => new FaultError('FAULT_BAD_OPTION', message),
  )
  return createEngine(parseRuleSets(ruleSets), limits, snapshot)
}
