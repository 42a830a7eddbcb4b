/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { defaultExternalCheckOptions, externalCheck } from './agents/external-check.ts'
export { defaultMuninCheckOptions, muninCheck } from './agents/munin-check.ts'
export { anonymousTls, defaultNrpeCheckOptions, nrpeCheck } from './agents/nrpe-check.ts'
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { createResolver, defaultResolverOptions } from './exchange/names/caching-resolver.ts'
export { csv } from './http/extract/csv.ts'
export { json } from './http/extract/json.ts'
export { keyValues } from './http/extract/key-values.ts'
export { promtext } from './http/extract/promtext.ts'
export { defaultHttpCheckOptions } from './http/http-check-options.ts'
export { httpCheck } from './http/http-check.ts'
export { defaultImapCheckOptions, imapCheck } from './mail/imap-check.ts'
export { defaultPop3CheckOptions, pop3Check } from './mail/pop3-check.ts'
export { defaultSmtpCheckOptions, smtpCheck } from './mail/smtp-check.ts'
export { defaultDnsCheckOptions, dnsCheck } from './network/dns-check.ts'
export { defaultNtpCheckOptions, ntpCheck } from './network/ntp-check.ts'
export { defaultPingCheckOptions, pingCheck } from './network/ping-check.ts'
export { defaultTcpCheckOptions, tcpCheck } from './network/tcp-check.ts'
export { defaultTlsCheckOptions, tlsCheck } from './network/tls-check.ts'
export { pollCheck } from './poll-check.ts'
export { defaultRunOnceOptions, runOnce } from './run-once.ts'
export { defaultMemcachedCheckOptions, memcachedCheck } from './stores/memcached-check.ts'
export { defaultRedisCheckOptions, redisCheck } from './stores/redis-check.ts'
export { defaultSqlCheckOptions, sqlCheck } from './stores/sql-check.ts'
export { defaultWatchOptions, watch } from './watch.ts'

export type { CheckLimits } from '../ticking/check-limits.ts'
export type { ExternalCheckOptions } from './agents/external-check.ts'
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
export type { ChecksOptions, ChecksReason } from './checks.ts'
export type { CachingResolver, ResolverOptions, ResolverStats } from './exchange/names/caching-resolver.ts'
export type { NameLookup } from './exchange/names/name-lookup.ts'
export type { AddressFamily, HostAddress, Resolver } from './exchange/resolver.ts'
export type { SecureTargetOptions, TargetOptions } from './exchange/target-check.ts'
export type { TlsOptions } from './exchange/target.ts'
export type { Findings } from './findings.ts'
export type { Secret } from './http/auth/secret.ts'
export type { CsvOptions } from './http/extract/csv.ts'
export type { ExtractKind } from './http/extract/extract-kinds.ts'
export type { ExtractOptions, Extractor, HttpAnswer } from './http/extract/extractor.ts'
export type { KeyValuesOptions } from './http/extract/key-values.ts'
export type { HttpCheckOptions, HttpCredentials } from './http/http-check-options.ts'
export type { ImapCheckOptions } from './mail/imap-check.ts'
export type { Pop3CheckOptions } from './mail/pop3-check.ts'
export type { SmtpCheckOptions } from './mail/smtp-check.ts'
export type { DnsCheckOptions } from './network/dns-check.ts'
export type { DnsRecordType, DnsResponseCode } from './network/dns/record-types.ts'
export type { NtpCheckOptions } from './network/ntp-check.ts'
export type { PingCheckOptions } from './network/ping-check.ts'
export type { PingProgramName } from './network/ping/ping-programs.ts'
export type { TalkStep } from './network/talk-steps.ts'
export type { TcpCheckOptions } from './network/tcp-check.ts'
export type { TlsCheckOptions } from './network/tls-check.ts'
export type { Polled } from './poll-check.ts'
export type { RunOnceOptions } from './run-once.ts'
export type { RedisCheckOptions } from './stores/redis-check.ts'
export type { SqlCheckOptions, SqlClient, SqlConnection, SqlQuery } from './stores/sql-check.ts'
export type { WatchOptions } from './watch.ts'
