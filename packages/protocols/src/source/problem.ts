import type { Problem as CoreProblem } from '@tocsin/core'

/** Why a piece of data was not taken, or a reading not made. */
export type ProblemReason =
  | 'bad-json'
  | 'bad-method'
  | 'bad-name'
  | 'bad-rate'
  | 'bad-timestamp'
  | 'bad-value'
  | 'body-too-large'
  | 'connection-failed'
  | 'forbidden'
  | 'line-too-long'
  | 'lost'
  | 'malformed'
  | 'not-acknowledged'
  | 'not-available'
  | 'not-utf8'
  | 'overflow'
  | 'overloaded'
  | 'reading-failed'
  | 'repeated'
  | 'replayed'
  | 'still-running'
  | 'text-too-long'
  | 'too-deep'
  | 'too-many-connections'
  | 'too-many-series'
  | 'too-many-values'
  | 'too-slow'
  | 'truncated'
  | 'unknown-type'
  | 'unsupported'

/** Bad data, or data that had to be dropped, as a value: what, where, from whom. */
export interface Problem<Reason extends string = ProblemReason> extends CoreProblem<Reason> {
  /** Who sent it, `address:port`. */
  readonly peer?: string
  /** Where it starts in the datagram or body, bytes from 0. */
  readonly offset?: number
  /** The data itself, at most 200 characters, unprintable bytes as dots. */
  readonly excerpt?: string
}

/** What a parser says about a piece that it could not take. */
export interface ParseProblem {
  /** Which kind of problem. */
  readonly reason: ProblemReason
  /** What is wrong and what is allowed, as a sentence. */
  readonly message: string
  /** Where the piece starts in the bytes given, from 0. */
  readonly start: number
  /** Where the piece ends, exclusive. */
  readonly end: number
}
