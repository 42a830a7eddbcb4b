import type { CheckContext } from '../check.ts'
import type { HostTarget } from './target.ts'

/** What came back. */
export interface Answered<T> {
  readonly answer: T
  /** Time from the last request to the answer, ms. */
  readonly ms: number
  /** How many requests were sent; with more than one, `ms` may belong to an earlier one and be longer. */
  readonly attempts: number
}

/** When to ask again. */
export interface AskOptions {
  readonly attempts: number
  readonly retryMs: number
}

/** Asks by a datagram, and again until an acceptable answer comes from where it went. */
export declare function ask<T>(
  context: CheckContext,
  target: HostTarget,
  request: Uint8Array | ((attempt: number) => Uint8Array),
  accept: (answer: Buffer) => T | undefined,
  options?: Partial<AskOptions>,
): Promise<Answered<T>>
