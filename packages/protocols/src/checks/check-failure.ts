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

/** What a rejection says of the target: as a rule that it gave no answer. */
export const failureOf = (
  error: unknown,
): { readonly state: CheckState; readonly available: CheckAvailable } =>
  error instanceof CheckFailure
    ? { state: error.state, available: error.available }
    : { state: 'bad', available: 'no' }
