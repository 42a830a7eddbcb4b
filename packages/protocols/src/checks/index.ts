/**
 * What is pulled: checks at their ticks.
 *
 * @module
 */
export { defaultExternalCheckOptions, externalCheck } from './agents/external-check.ts'
export { checkSamples } from './check-samples.ts'
export { checks, defaultChecksOptions } from './checks.ts'
export { defaultHttpCheckOptions, httpCheck } from './http-check.ts'
export { defaultDnsCheckOptions, dnsCheck } from './network/dns-check.ts'
export { defaultNtpCheckOptions, ntpCheck } from './network/ntp-check.ts'
export { defaultPingCheckOptions, pingCheck } from './network/ping-check.ts'
export { defaultTcpCheckOptions, tcpCheck } from './network/tcp-check.ts'
export { defaultTlsCheckOptions, tlsCheck } from './network/tls-check.ts'
export { pollCheck } from './poll-check.ts'
export { defaultRunOnceOptions, runOnce } from './run-once.ts'
export { defaultWatchOptions, watch } from './watch.ts'

export type { ExternalCheckOptions } from './agents/external-check.ts'
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
export type { Findings } from './findings.ts'
export type { TlsOptions } from './exchange/target.ts'
export type { SecureTargetOptions, TargetOptions } from './exchange/target-check.ts'
export type { HttpCheckOptions } from './http-check.ts'
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
export type { WatchOptions } from './watch.ts'
