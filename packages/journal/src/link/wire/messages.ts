import { uuidFromBytes, uuidToBytes } from '../../format/bytes.ts'
import { BodyReader, f64, text, u16, u32, u64, u8 } from './body-bytes.ts'
import { messageHeader } from './message-reader.ts'
import type { RawMessage } from './message-reader.ts'

// The bytes are drawn in FORMAT.md, under "The link".
const magic = 0x314c4a54 // "TJL1"

/** The version that this release speaks, and the oldest that it understands. */
export const linkVersion = 1

/** Longest message but FRAME, bytes. */
export const maxControlBytes = 65_536

/** Feature: frames may be compressed with zlib. */
export const featureZlib = 1

/** Flags of OPEN. */
const flagTransient = 1
const flagRuns = 2

const maxNameBytes = 1024
const maxTextBytes = 2048
const maxCodeBytes = 64

export interface Hello {
  readonly type: 'hello'
  readonly version: number
  readonly oldestVersion: number
  readonly role: 'server' | 'follower'
  readonly maxMessageBytes: number
  readonly features: number
}
export interface Open {
  readonly type: 'open'
  readonly journal: string
  readonly subscriber: string
  readonly transient: boolean
  /** Consecutive frames may come in one message. */
  readonly runs: boolean
}
export interface Welcome {
  readonly type: 'welcome'
  readonly journalId: string
  readonly oldestSeq: number
  readonly headSeq: number
  readonly ackedSeq: number
  readonly generation: number
}
export interface Resume {
  readonly type: 'resume'
  /** Absent where the follower has no position: the cursor decides. */
  readonly have: { readonly seq: number; readonly checksum: number } | undefined
  readonly credit: number
}
interface Credit {
  readonly type: 'credit'
  readonly bytes: number
}
export interface Ack {
  readonly type: 'ack'
  readonly seq: number
  readonly checksum: number
}
export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly headSeq: number
  readonly time: number
}
export interface LinkFault {
  readonly type: 'error'
  readonly code: string
  readonly retryable: boolean
  /** Where the histories part, for 'diverged'; else 0. */
  readonly seq: number
  readonly message: string
}
interface Bye {
  readonly type: 'bye'
  /** What is under way is dealt with first. */
  readonly drain: boolean
}

/** A message that is not FRAME. */
export type ControlMessage = Hello | Open | Welcome | Resume | Credit | Ack | Heartbeat | LinkFault | Bye

/** The type byte of FRAME. */
export const frameType = 5

const typeBytes = {
  hello: 1,
  open: 2,
  welcome: 3,
  resume: 4,
  ack: 6,
  credit: 7,
  heartbeat: 8,
  error: 9,
  bye: 10,
} as const satisfies Record<ControlMessage['type'], number>

/** A message, length first. */
export function encodeMessage(channel: number, message: ControlMessage): Uint8Array {
  const fields = fieldsOf(message)
  const length = fields.reduce((sum, field) => sum + field.length, 0)
  return Buffer.concat([messageHeader(typeBytes[message.type], channel, length), ...fields])
}

function fieldsOf(message: ControlMessage): readonly Uint8Array[] {
  switch (message.type) {
    case 'hello': {
      const { version, oldestVersion, role, maxMessageBytes, features } = message
      const side = u8(role === 'server' ? 1 : 2)
      return [u32(magic), u16(version), u16(oldestVersion), side, u32(maxMessageBytes), u32(features)]
    }
    case 'open':
      return [
        u8((message.transient ? flagTransient : 0) | (message.runs ? flagRuns : 0)),
        text(message.journal),
        text(message.subscriber),
      ]
    case 'welcome': {
      const { journalId, oldestSeq, headSeq, ackedSeq, generation } = message
      return [uuidToBytes(journalId), u64(oldestSeq), u64(headSeq), u64(ackedSeq), u64(generation)]
    }
    case 'resume': {
      const { have, credit } = message
      return [u8(have === undefined ? 0 : 1), u64(have?.seq ?? 0), u32(have?.checksum ?? 0), u64(credit)]
    }
    case 'credit':
      return [u64(message.bytes)]
    case 'ack':
      return [u64(message.seq), u32(message.checksum)]
    case 'heartbeat':
      return [u64(message.headSeq), f64(message.time)]
    case 'error': {
      const { code, retryable, seq } = message
      return [u8(retryable ? 1 : 0), u64(seq), text(code), text(shortened(message.message))]
    }
    case 'bye':
      return [u8(message.drain ? 1 : 0)]
  }
}

/** A message of these bytes; `undefined` where they are none. What stands behind the known fields is passed over. */
export function decodeMessage({ type, body }: RawMessage): ControlMessage | undefined {
  const reader = new BodyReader(body)
  const message = readers[type]?.(reader)
  return reader.isSound() ? message : undefined
}

const readers: Readonly<Record<number, (reader: BodyReader) => ControlMessage | undefined>> = {
  [typeBytes.hello]: (reader) => {
    if (reader.u32() !== magic) return undefined
    const version = reader.u16()
    const oldestVersion = reader.u16()
    const side = reader.u8()
    const more = { maxMessageBytes: reader.u32(), features: reader.u32() }
    if (side !== 1 && side !== 2) return undefined
    return { type: 'hello', version, oldestVersion, role: side === 1 ? 'server' : 'follower', ...more }
  },
  [typeBytes.open]: (reader) => {
    const flags = reader.u8()
    return {
      type: 'open',
      transient: (flags & flagTransient) !== 0,
      runs: (flags & flagRuns) !== 0,
      journal: reader.text(maxNameBytes),
      subscriber: reader.text(maxNameBytes),
    }
  },
  [typeBytes.welcome]: (reader) => ({
    type: 'welcome',
    journalId: uuidFromBytes(reader.bytes(16)),
    oldestSeq: reader.u64(),
    headSeq: reader.u64(),
    ackedSeq: reader.u64(),
    generation: reader.u64(),
  }),
  [typeBytes.resume]: (reader) => {
    const has = reader.u8() === 1
    const have = { seq: reader.u64(), checksum: reader.u32() }
    return { type: 'resume', have: has ? have : undefined, credit: reader.u64() }
  },
  [typeBytes.credit]: (reader) => ({ type: 'credit', bytes: reader.u64() }),
  [typeBytes.ack]: (reader) => ({ type: 'ack', seq: reader.u64(), checksum: reader.u32() }),
  [typeBytes.heartbeat]: (reader) => ({ type: 'heartbeat', headSeq: reader.u64(), time: reader.f64() }),
  [typeBytes.error]: (reader) => {
    const retryable = reader.u8() === 1
    const seq = reader.u64()
    const code = printable(reader.text(maxCodeBytes))
    return { type: 'error', code, retryable, seq, message: printable(reader.text(maxTextBytes)) }
  },
  [typeBytes.bye]: (reader) => ({ type: 'bye', drain: reader.u8() === 1 }),
}

const shortened = (message: string): string => Buffer.from(message).subarray(0, 512).toString().toWellFormed()

/** What the other side says goes into logs and onto terminals. */
const printable = (words: string): string => words.replaceAll(/\p{C}/gu, '\u{fffd}')
