export { formatDuration, parseDuration, series } from '@tocsin/core'
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
  Problem,
  ProblemListener,
  Sample,
  SampleKind,
  Series,
  Tags,
} from '@tocsin/core'
export type { JsonSchema } from '@tocsin/core/shape'
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
export type { Criterion, Rule, RuleSet, RuleWindow, Severity } from './rule-set.ts'
