/** When a failed attempt is made again. */
export interface RetryLimits {
  /** Longest wait after the first failure, ms. */
  readonly baseDelayMs: number
  /** Longest wait after any failure, ms. */
  readonly maxDelayMs: number
  /** Time from the planning of a notification after which a failure is final, ms. */
  readonly deadlineMs: number
}

/**
 * Wait after the `attempt`-th failure, ms: exponential with full jitter, at random between 0 and
 * `min(maxDelayMs, baseDelayMs * 2^(attempt - 1))`. Formula: M. Brooker, "Exponential Backoff and Jitter".
 * `random` is from 0 to below 1; whatever else a caller's function gives, the retry comes.
 */
export function backoffMs(limits: RetryLimits, attempt: number, random: number): number {
  const ceiling = Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** (attempt - 1))
  return Math.max(1, Math.round(Math.min(Math.max(random, 0), 1) * ceiling) || 0)
}
