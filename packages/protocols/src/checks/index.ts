/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { defaultHttpCheckOptions, httpCheck } from './http-check.ts'

export type {
  Check,
  CheckContext,
  CheckDefinition,
  CheckOutcome,
  CheckReason,
  CheckResult,
  CheckStatus,
} from './check.ts'
export type { CheckLimits } from '../ticking/check-limits.ts'
export type { ChecksOptions } from './checks.ts'
export type { HttpCheckOptions } from './http-check.ts'
