import { messageOf } from '../errors.ts'
import type { CheckReason } from './check.ts'
import type { CheckAvailable, CheckOutcome, CheckState } from './check-outcome.ts'

/** What a failure says of a target: that it gave no answer, gave one that no healthy one would, or was not asked. */
export type CheckFailureCode = 'PROTOCOL_NO_ANSWER' | 'PROTOCOL_ANSWERED_BADLY' | 'PROTOCOL_NOT_ASKED'

/** Why a run has no outcome of its own. Its message is the status of the result: no secret is in it. */
export class CheckFailure extends Error {
  /** Always `'CheckFailure'`. */
  override readonly name = 'CheckFailure'
  /** What it says of the target; the same over versions and duplicate installs, so test it and not `instanceof`. */
  readonly code: CheckFailureCode

  /** One with a code and a status. */
  constructor(code: CheckFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** The target gave no answer: bad, and not available. Whatever else is thrown says the same. */
export const noAnswer = (message: string, cause?: unknown): CheckFailure =>
  new CheckFailure('PROTOCOL_NO_ANSWER', message, cause)

/**
 * To be thrown where a target answered by what no healthy one would: the result is bad, and available, with the reason `not-good`.
 *
 * @param message - the status
 */
export const answeredBadly = (message: string, cause?: unknown): CheckFailure =>
  new CheckFailure('PROTOCOL_ANSWERED_BADLY', message, cause)

/**
 * To be thrown where nobody could ask, by a fault on this side, which says nothing about the target: the result is unknown, with the
 * reason `not-asked`.
 *
 * @param message - the status
 */
export const notAsked = (message: string, cause?: unknown): CheckFailure =>
  new CheckFailure('PROTOCOL_NOT_ASKED', message, cause)

/** What a rejection says of a target. */
export interface SaidByFailure {
  readonly state: CheckState
  readonly available: CheckAvailable
  readonly reason: CheckReason
}

const asNoAnswer: SaidByFailure = { state: 'bad', available: 'no', reason: 'no-answer' }
const asAnswer: SaidByFailure = { state: 'bad', available: 'yes', reason: 'not-good' }
const asNotAsked: SaidByFailure = { state: 'unknown', available: 'unknown', reason: 'not-asked' }

/** What a rejection says of the target: as a rule that it gave no answer. The other errors of this package are faults on this side. */
export function failureOf(error: unknown): SaidByFailure {
  try {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
    if (code === 'PROTOCOL_ANSWERED_BADLY') return asAnswer
    // By its name, since drivers of MySQL have codes that begin in the same way.
    if (code === 'PROTOCOL_NOT_ASKED' || name === 'ProtocolError') return asNotAsked
  } catch {
    // What a user's code throws may be nothing, or throw again where it is looked at.
  }
  return asNoAnswer
}

/** A target that answered, and is ill, as an outcome; whatever else was thrown is thrown again. */
export function outcomeOfFailure(error: unknown): CheckOutcome {
  const { state, available } = failureOf(error)
  if (available !== 'yes') throw error
  return { state, available, status: messageOf(error) }
}
