/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { createResolver, defaultResolverOptions } from './exchange/names/caching-resolver.ts'
export { defaultMemcachedCheckOptions, memcachedCheck } from './stores/memcached-check.ts'
export { httpCheck } from './http/http-check.ts'
export { defaultHttpCheckOptions } from './http/http-check-options.ts'
export { csv } from './http/extract/csv.ts'
export { json } from './http/extract/json.ts'
export { keyValues } from './http/extract/key-values.ts'
export { promtext } from './http/extract/promtext.ts'
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
export type { CsvOptions } from './http/extract/csv.ts'
export type { ExtractKind } from './http/extract/extract-kinds.ts'
export type { ExtractOptions, Extractor, HttpAnswer } from './http/extract/extractor.ts'
export type { KeyValuesOptions } from './http/extract/key-values.ts'
export type { HttpCheckOptions, HttpCredentials } from './http/http-check-options.ts'
export type { Polled } from './poll-check.ts'
export type { RunOnceOptions } from './run-once.ts'
export type { Secret } from './secret.ts'
export type { WatchOptions } from './watch.ts'
