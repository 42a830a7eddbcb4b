export { formatDuration, metric, parseDuration, series } from '@tocsin/core'
export { inEventTime } from '@tocsin/core/time'
export { FaultError } from './errors.ts'
export { ruleSetSchema } from './model/rule-set-shape.ts'
export { lint } from './rules/lint.ts'
export { parseRuleSets } from './rules/parse-rule-sets.ts'
export { ruleSet } from './rules/rule-set-builder.ts'
export { evaluate } from './runtime/evaluate.ts'
export { defaultEvaluateOptions } from './runtime/options.ts'
export { replay } from './runtime/replay.ts'

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
  FaultMuted,
  FaultNormal,
  OpenFault,
  OpenFaultStore,
} from './model/fault-event.ts'
export type { FaultColumn } from './model/fault-column.ts'
export type { FaultInput } from './model/fault-input.ts'
export type { FaultProblem, FaultProblemReason } from './model/fault-problem.ts'
export type {
  Comparison,
  Condition,
  PartTerm,
  Rule,
  RuleMute,
  RuleSet,
  RuleSetInput,
  Severity,
  Span,
  Term,
  TermComparison,
} from './model/rule-set.ts'
export type { TimeWindow, Weekday } from './model/time-window.ts'
export type { Finding } from './rules/lint.ts'
export type {
  LimitOptions,
  RuleOptions,
  RuleSetBuilder,
  RuleSetDraft,
  RuleSetStart,
} from './rules/rule-set-builder.ts'
export type { EvaluateOptions, FaultStateStore, JudgeOptions, ReplayOptions } from './runtime/options.ts'
export type { Evaluation } from './runtime/evaluate.ts'
export type { OpenQuestion, StillOpenAnswer } from './runtime/still-open.ts'
export type { ReplayColumns, ReplaySource } from './runtime/replay.ts'
