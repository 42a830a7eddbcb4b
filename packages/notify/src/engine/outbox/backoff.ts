import { durationIn } from '../../model/duration-in.ts'
import type { Policy } from '../../model/policy.ts'
import type { Severity } from '../../model/signal.ts'

/** When a failed attempt is made again. */
export interface RetryLimits {
  /** Longest wait after the first failure, ms. */
  readonly baseDelayMs: number
  /** Longest wait after any failure, ms. */
  readonly maxDelayMs: number
}

/**
 * Wait after the `attempt`-th failure, ms: exponential, half of it fixed and half at random, so between one half and the whole of
 * `min(maxDelayMs, baseDelayMs * 2^(attempt - 1))`. Never nothing, and apart from others that failed together.
 * Formula: "Equal Jitter" of M. Brooker, "Exponential Backoff and Jitter".
 * `random` is from 0 to below 1; whatever else a caller's function gives, the retry comes.
 */
export function backoffMs(limits: RetryLimits, attempt: number, random: number): number {
  const ceiling = Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** (attempt - 1))
  const jitter = Math.min(Math.max(random, 0), 1) || 0
  return Math.max(1, Math.round(((1 + jitter) / 2) * ceiling))
}

const defaultGiveUpMs: Readonly<Record<Severity, number>> = {
  1: 86_400_000,
  2: 43_200_000,
  3: 3_600_000,
  4: 3_600_000,
  5: 3_600_000,
}

/** How long a notification of this severity is tried, ms of attempts and of the pauses between them. */
export const giveUpMs = (giveUp: Policy['giveUp'], severity: Severity): number =>
  durationIn(giveUp, severity) ?? defaultGiveUpMs[severity]
