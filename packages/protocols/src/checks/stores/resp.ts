import { answeredBadly } from '../check-failure.ts'
import type { Connection } from '../exchange/connection.ts'
import { readNumber } from '../values/read-number.ts'

/** An error that a server of RESP answers with. */
export interface RespError {
  /** Its first word, such as `WRONGPASS`. */
  readonly code: string
  readonly message: string
}

/** What a server of RESP2 answers with; `null` where there is nothing. */
export type RespValue = string | number | bigint | null | RespError | readonly RespValue[]

/** Arrays in arrays in so many; more of them is none of the answers that there are. */
const maxDepth = 8

/** A command as an array of byte strings, which takes every character. */
export const respCommand = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

/** Reads one answer (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export async function readResp(
  connection: Pick<Connection, 'line' | 'bytes'>,
  depth = 0,
): Promise<RespValue> {
  const line = await connection.line()
  const text = line.slice(1)
  switch (line.slice(0, 1)) {
    case '+':
      return text
    case '-':
      return { code: /^[A-Z]{1,40}(?= |$)/.exec(text)?.[0] ?? 'an error', message: text }
    case ':':
      // Of 64 bits at most.
      if (/^-?\d{1,20}$/.test(text)) return readNumber(text) ?? null
      break
    case '$':
      if (text === '-1') return null
      if (!/^\d{1,15}$/.test(text)) break
      return (await connection.bytes(Number(text) + 2)).subarray(0, -2).toString()
    case '*': {
      if (text === '-1') return null
      if (!/^\d{1,15}$/.test(text) || depth === maxDepth) break
      const values: RespValue[] = []
      while (values.length < Number(text)) values.push(await readResp(connection, depth + 1))
      return values
    }
    default:
  }
  // Not shown, since it may repeat a password.
  throw answeredBadly('expected an answer of RESP2, got another')
}

/** Whether a server answered with an error. */
export const isRespError = (value: RespValue): value is RespError =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
