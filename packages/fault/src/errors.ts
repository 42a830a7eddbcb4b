/** What went wrong: a wrong option, a document that holds no valid rule sets, or a snapshot that is not whole. */
export type FaultErrorCode = 'FAULT_BAD_OPTION' | 'FAULT_BAD_RULESET' | 'FAULT_BAD_SNAPSHOT'

/** The error of this package. Thrown at the call, never at subscribe; tell kinds apart by `code`. */
export class FaultError extends Error {
  /** Always `FaultError`, also across duplicate installs. */
  override readonly name = 'FaultError'
  /** Which kind of error it is. */
  readonly code: FaultErrorCode
  /** Always `false`: what is wrong is wrong again. */
  readonly retryable = false
  /** Facts about the place, such as `path: 'rulesets[0].rules[2].severity'`. */
  readonly facts: Readonly<Record<string, string | number>>

  constructor(code: FaultErrorCode, message: string, facts: Readonly<Record<string, string | number>> = {}) {
    super(`${code}: ${message}`)
    this.code = code
    this.facts = facts
  }
}

/** The error of everything that is wrong in rule sets: where, what is allowed, and what was found. */
export const badRuleSet = (path: string, words: string): FaultError =>
  new FaultError('FAULT_BAD_RULESET', `${path} ${words}`, { path })
