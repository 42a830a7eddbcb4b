export { formatDuration, metric, parseDuration, series } from '@tocsin/core'
export { inEventTime } from '@tocsin/core/time'
export { FaultError } from './errors.ts'
export { evaluate } from './evaluate.ts'
export { defaultEvaluateOptions } from './options.ts'
export { parseRuleSets } from './parse-rule-sets.ts'
export { ruleSet } from './rule-set-builder.ts'
export { ruleSetSchema } from './rule-set-shape.ts'

export type {
  Batch,
  BatchPosition,
  Duration,
  Histogram,
  Metric,
  MetricOptions,
  Problem,
  ProblemListener,
  Sample,
  SampleKind,
  SampleOf,
  SampleValues,
  Series,
  Tags,
} from '@tocsin/core'
export type { JsonSchema } from '@tocsin/core/shape'
export type { EventTimeOptions, Timed } from '@tocsin/core/time'
export type { FaultEngineOptions } from './engine/limits.ts'
export type { FaultErrorCode } from './errors.ts'
export type {
  Cause,
  CauseReason,
  FaultChange,
  FaultEvent,
  FaultNormal,
  OpenFault,
  OpenFaultStore,
} from './fault-event.ts'
export type { FaultInput } from './fault-input.ts'
export type { FaultProblem, FaultProblemReason } from './fault-problem.ts'
export type { EvaluateOptions } from './options.ts'
export type { RuleSetBuilder, RuleSetDraft, RuleSetStart } from './rule-set-builder.ts'
export type { Criterion, Rule, RuleSet, RuleSetInput, RuleWindow, Severity } from './rule-set.ts'
