import type { Sample } from '@tocsin/core'

/** How well a target is: the states of Nagios, `bad` being its `CRITICAL`. */
export type CheckState = 'good' | 'warning' | 'bad' | 'unknown'

/** Whether a target answered at all: one that answers that it is ill is available, and `bad`. */
export type CheckAvailable = 'yes' | 'no' | 'unknown'

/** What one run found. */
export interface CheckOutcome {
  /** How well the target is. */
  readonly state: CheckState
  /**
   * Whether it answered.
   * @defaultValue `'yes'`, and `'unknown'` where the state is
   */
  readonly available?: CheckAvailable | undefined
  /** How it is, as a sentence for people. */
  readonly status?: string | undefined
  /** What was measured, beside what the context's `found` was given. */
  readonly samples?: readonly Sample[] | undefined
}
