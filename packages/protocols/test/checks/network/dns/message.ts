import { encodeName } from '../../../../src/checks/network/dns/domain-name.ts'

/** A name on the wire, as a test writes it. */
export const wireName = (name: string): Buffer => Buffer.from(encodeName(name) as Uint8Array)

export const u16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt16BE(value, 2 * at)
  return bytes
}

export const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at)
  return bytes
}

/** A pointer to the name of the question. */
export const toQuestion: Buffer = u16(0xc00c)

/** A record on the wire. */
export const record = (name: Buffer, type: number, ttl: number, data: Uint8Array): Buffer =>
  Buffer.concat([name, u16(type, 1), u32(ttl), u16(data.length), data])

/** An answer to a question: its header and question, with other flags, and records. */
export const answerTo = (question: Buffer, records: readonly Buffer[], flags = 0x8180): Buffer =>
  Buffer.concat([
    question.subarray(0, 2),
    u16(flags, 1, records.length, 0, 0),
    question.subarray(12, endOf(question)),
    ...records,
  ])

/** Where the question ends in a message that asks, and what it adds begins. */
export const endOf = (question: Buffer): number => question.indexOf(0, 12) + 5

/** What a question adds to say of the one who asks; empty where it says nothing. */
export const extensionOf = (question: Buffer): Buffer => question.subarray(endOf(question))
