import type { Readable } from 'node:stream'

import type { ProblemReason } from '../source/problem.ts'

/** A request, from whatever server it comes. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string
  /** Path and query, as they were sent. */
  readonly url: string
  /** A header by its name in small letters. */
  header(name: string): string | undefined
  /** Who sent it, `address:port`. */
  readonly peer: string
  /** The body, as it comes over the wire. */
  readonly body: Readable
}

/** The answer to a request. */
export interface HttpReply {
  /** The status. */
  readonly status: number
  /** Headers by their names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  /** The body; empty for none. */
  readonly body: string | Uint8Array
}

/** A request that is not taken, and why. */
export interface HttpRefusal {
  /** The status of the reply. */
  readonly status: number
  /** Which problem it is. */
  readonly reason: ProblemReason
  /** What is wrong and what is allowed, as a sentence. */
  readonly message: string
  /** Headers of the reply beside its type. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A reply with JSON in it. */
export const jsonReply = (
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** Whatever has a path that nobody takes. */
export const nothingHere: HttpReply = jsonReply(404, { error: 'nothing here' })
