import type { ProblemReason } from '../../source/problem.ts'

/** What is wrong with a line, and so with the exposition. */
export interface Fault {
  readonly reason: ProblemReason
  readonly message: string
}

export const malformed = (message: string): Fault => ({ reason: 'malformed', message })

export const badShape: Fault = malformed('a line is name{label="value",…} value, possibly with a time')
export const badValue: Fault = { reason: 'bad-value', message: 'a value is a decimal number, NaN or Inf' }
export const badTime: Fault = {
  reason: 'bad-timestamp',
  message: 'a time is a whole number of milliseconds, in OpenMetrics seconds, possibly with a fraction',
}
export const afterEnd: Fault = malformed('behind # EOF stands nothing')
export const noEnd: Fault = { reason: 'truncated', message: 'an exposition in OpenMetrics ends with # EOF' }
export const blankLine: Fault = malformed('an exposition in OpenMetrics has no blank line')
