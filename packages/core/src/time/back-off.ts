import { wholeNumber, type Checks } from '../options.ts'

/** How long the waits between attempts are: `random() * min(maxDelayMs, minDelayMs * 2^n)`, n = 0, 1, 2 … */
export interface BackOff {
  /** Longest wait before the first repetition, ms. */
  readonly minDelayMs: number
  /** Longest wait before any repetition, ms. */
  readonly maxDelayMs: number
}

/** The waits unless told otherwise. */
export const defaultBackOff: BackOff = Object.freeze({ minDelayMs: 100, maxDelayMs: 30_000 })

/** Longest delay that a timer of JavaScript can hold; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1

export const backOffChecks: Checks<BackOff> = {
  minDelayMs: wholeNumber(1, longestDelayMs),
  maxDelayMs: wholeNumber(1, longestDelayMs),
}

/** The wait after this failed attempt (1, 2, 3 …). Whatever `random` gives, it is a wait that ends. */
export function backOffMs(
  { minDelayMs, maxDelayMs }: BackOff,
  attempt: number,
  random: () => number,
): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** (attempt - 1))
  return Math.min(Math.max(random(), 0), 1) * ceiling || 0
}

/**
 * Whether repeating cannot mend it: it says so with `retryable: false`, or it is a `TypeError` or `ReferenceError`, which is the
 * fault of a program. `fetch` tells of a network that is down by a `TypeError` with a `cause`: there the cause decides.
 */
export function isHopeless(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('retryable' in error && typeof error.retryable === 'boolean') return !error.retryable
  return isProgramFault(error instanceof TypeError ? (error.cause ?? error) : error)
}

const isProgramFault = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof ReferenceError
