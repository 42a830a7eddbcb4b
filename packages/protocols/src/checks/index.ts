/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { createResolver, defaultResolverOptions } from './exchange/names/caching-resolver.ts'
export { defaultMemcachedCheckOptions, memcachedCheck } from './stores/memcached-check.ts'
export { defaultHttpCheckOptions, httpCheck } from './http-check.ts'
export { pollCheck } from './poll-check.ts'
export { defaultRunOnceOptions, runOnce } from './run-once.ts'
export { defaultWatchOptions, watch } from './watch.ts'

export type {
  Check,
  CheckAvailable,
  CheckContext,
  CheckDefinition,
  CheckOutcome,
  CheckReason,
  CheckResult,
  CheckState,
} from './check.ts'
export type { CheckLimits } from '../ticking/check-limits.ts'
export type { ChecksOptions, ChecksReason } from './checks.ts'
export type { AddressFamily, HostAddress, Resolver } from './exchange/resolver.ts'
export type { CachingResolver, ResolverOptions, ResolverStats } from './exchange/names/caching-resolver.ts'
export type { NameLookup } from './exchange/names/name-lookup.ts'
export type { TlsOptions } from './exchange/target.ts'
export type { SecureTargetOptions, TargetOptions } from './exchange/target-check.ts'
export type { Findings } from './findings.ts'
export type { HttpCheckOptions } from './http-check.ts'
export type { Polled } from './poll-check.ts'
export type { RunOnceOptions } from './run-once.ts'
export type { WatchOptions } from './watch.ts'
