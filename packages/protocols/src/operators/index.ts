/**
 * Operators over samples on their way from a source to whatever keeps or judges them: which series go on and how many, of which kind
 * they are, and what their coming says about those who send them.
 *
 * @module
 */
export { alignakRules } from './alignak-rules.ts'
export { clockSkew, defaultClockSkewOptions } from './clock-skew.ts'
export { defaultFilterSamplesOptions, filterSamples } from './filter-samples.ts'
export { freshness } from './freshness.ts'
export { defaultFreshnessOptions } from './freshness-options.ts'
export { defaultGuessTypesOptions, guessTypes } from './guess-types.ts'

export type { AlignakRulesOptions } from './alignak-rules.ts'
export type { ClockSkewOptions } from './clock-skew.ts'
export type { SampleInput } from './each-sample.ts'
export type { AllowRule, ChangeRule, DenyRule, FilterRule, SeriesChange } from './engine/filter-rules.ts'
export type { GuessTypesOptions } from './engine/guess.ts'
export type { FilterSamplesOptions } from './filter-samples.ts'
export type { FreshnessOptions } from './freshness-options.ts'
export type { FreshnessSample } from './freshness.ts'
export type { OperatorProblem, OperatorProblemReason, ProblemOption } from './operator-problem.ts'
export type { SourceOf } from './source-of.ts'
