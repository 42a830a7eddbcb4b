import type { CheckAvailable, CheckState } from './check-outcome.ts'

/** Why a run has no outcome of its own, where that is something else than `bad` and not available. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure'
  readonly state: CheckState
  readonly available: CheckAvailable

  constructor(message: string, state: CheckState, available: CheckAvailable, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.state = state
    this.available = available
  }
}

/** Nobody could ask: the fault is on this side, and says nothing about the target. */
export const notAsked = (message: string, cause?: unknown): CheckFailure =>
  new CheckFailure(message, 'unknown', 'unknown', cause)

/** The target answered, by what no healthy one would. */
export const answeredBadly = (message: string, cause?: unknown): CheckFailure =>
  new CheckFailure(message, 'bad', 'yes', cause)

/** What a rejection says of the target: as a rule that it gave no answer. */
export function failureOf(error: unknown): {
  readonly state: CheckState
  readonly available: CheckAvailable
} {
  try {
    if (error instanceof CheckFailure) return { state: error.state, available: error.available }
  } catch {
    // What a user's code throws may throw again where it is looked at.
  }
  return { state: 'bad', available: 'no' }
}
