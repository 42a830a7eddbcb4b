/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { defaultMuninCheckOptions, muninCheck } from './agents/munin-check.ts'
export { anonymousTls, defaultNrpeCheckOptions, nrpeCheck } from './agents/nrpe-check.ts'
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { createResolver, defaultResolverOptions } from './exchange/names/caching-resolver.ts'
export { defaultHttpCheckOptions, httpCheck } from './http-check.ts'
export { defaultImapCheckOptions, imapCheck } from './mail/imap-check.ts'
export { defaultPop3CheckOptions, pop3Check } from './mail/pop3-check.ts'
export { defaultSmtpCheckOptions, smtpCheck } from './mail/smtp-check.ts'
export { pollCheck } from './poll-check.ts'
export { defaultRunOnceOptions, runOnce } from './run-once.ts'
export { defaultLdapCheckOptions, ldapCheck } from './stores/ldap/ldap-check.ts'
export { defaultMemcachedCheckOptions, memcachedCheck } from './stores/memcached-check.ts'
export { defaultRedisCheckOptions, redisCheck } from './stores/redis-check.ts'
export { defaultSqlCheckOptions, sqlCheck } from './stores/sql-check.ts'
export { defaultWatchOptions, watch } from './watch.ts'

export type { MuninCheckOptions } from './agents/munin-check.ts'
export type { NrpeCheckOptions } from './agents/nrpe-check.ts'
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
export type { ImapCheckOptions } from './mail/imap-check.ts'
export type { Pop3CheckOptions } from './mail/pop3-check.ts'
export type { SmtpCheckOptions } from './mail/smtp-check.ts'
export type { Polled } from './poll-check.ts'
export type { RunOnceOptions } from './run-once.ts'
export type { LdapCheckOptions } from './stores/ldap/ldap-check.ts'
export type { RedisCheckOptions } from './stores/redis-check.ts'
export type { SqlCheckOptions, SqlClient, SqlConnection, SqlQuery } from './stores/sql-check.ts'
export type { WatchOptions } from './watch.ts'
