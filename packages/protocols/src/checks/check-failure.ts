import type { CheckAvailable, CheckState } from './check-outcome.ts'

/** How a run is judged that gave no outcome. */
export interface FailedRun {
  readonly state: CheckState
  readonly available: CheckAvailable
}

/** Ends a run with a state of its own; any other rejection means that the target gave no answer. */
export class CheckFailure extends Error implements FailedRun {
  override readonly name = 'CheckFailure'
  readonly state: CheckState
  readonly available: CheckAvailable

  constructor(message: string, { state, available }: FailedRun, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.state = state
    this.available = available
  }
}

/** What a rejection says of the target. */
export const failureOf = (error: unknown): FailedRun =>
  error instanceof CheckFailure
    ? { state: error.state, available: error.available }
    : { state: 'bad', available: 'no' }
