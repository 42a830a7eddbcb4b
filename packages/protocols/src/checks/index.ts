/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { defaultHttpCheckOptions, httpCheck } from './http-check.ts'
export { checkResultOf } from './passive-result.ts'
export { pollCheck } from './poll-check.ts'
export { defaultRunOnceOptions, runOnce } from './run-once.ts'
export { defaultWatchOptions, watch } from './watch.ts'

export type { Check, CheckContext, CheckDefinition, CheckReason, CheckResult } from './check.ts'
export type { CheckAvailable, CheckOutcome, CheckState } from './check-outcome.ts'
export type { PassiveResult } from '../nagios/check-result.ts'
export type { CheckLimits } from '../ticking/check-limits.ts'
export type { ChecksOptions, ChecksReason } from './checks.ts'
export type { AddressFamily, HostAddress, Resolver } from './exchange/resolver.ts'
export type { Findings } from './findings.ts'
export type { HttpCheckOptions } from './http-check.ts'
export type { Polled } from './poll-check.ts'
export type { RunOnceOptions } from './run-once.ts'
export type { WatchOptions } from './watch.ts'
