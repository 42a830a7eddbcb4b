import type { CheckResult, CheckState } from '../check.ts'

/** Counts runs in a row that are not good, until they are as many as make it hard. */
export interface CheckAttempts {
  /** Counts one run more. */
  count(state: CheckState): Pick<CheckResult, 'attempt' | 'attempts' | 'hard'>
}

export function createCheckAttempts(attempts: number): CheckAttempts {
  let bad = 0
  return {
    count(state) {
      bad = state === 'good' ? 0 : Math.min(bad + 1, attempts)
      return { attempt: Math.max(1, bad), attempts, hard: state === 'good' || bad >= attempts }
    },
  }
}
