import type { ProblemReason } from '../problem.ts'
import { readDecimal } from './decimal.ts'
import { createPool, type Pool } from './pool.ts'
import { emptyHash, hashByte } from './series-cache.ts'

const colon = 0x3a
const pipe = 0x7c
const hash = 0x23
const at = 0x40
const capitalT = 0x54
const underscore = 0x5f

/** The types of statsd and DogStatsD. */
export type StatsdType = 'c' | 'g' | 'ms' | 'h' | 'd' | 's'

/** `values|type[|@rate]`: one measurement of a line; in the borders of `values` colons may stand between several. */
export interface StatsdBit {
  valuesStart: number
  valuesEnd: number
  type: StatsdType
  rate: number
}

/** The parts of one line, as borders in its bytes; one object is filled again for each line. */
export interface StatsdLine {
  nameStart: number
  nameEnd: number
  tagsStart: number
  tagsEnd: number
  /** Of the name and tags. */
  hash: number
  /** Seconds since the Unix epoch from a `T` field, else `undefined`. */
  seconds: number | undefined
  readonly bits: Pool<StatsdBit>
}

/** What is wrong with a line. */
export interface StatsdFault {
  readonly reason: ProblemReason
  readonly message: string
}

const fault = (reason: ProblemReason, message: string): StatsdFault => ({ reason, message })
const faults = {
  event: fault('unsupported', 'events (_e{…}) are not taken'),
  serviceCheck: fault('unsupported', 'service checks (_sc|…) are not taken'),
  noValue: fault('malformed', 'a line is name:value|type, this one has no colon'),
  noName: fault('bad-name', 'a line starts with the name of its metric'),
  noType: fault('malformed', 'a value needs a type: name:value|type'),
  unknownType: fault('unknown-type', 'a type is one of c, g, ms, h, d, s'),
  rate: fault('bad-rate', 'a sample rate is @ and a decimal number above 0, at most 1'),
  timestamp: fault('bad-timestamp', 'a timestamp is T and whole seconds since the Unix epoch, above 0'),
} as const

/** An empty line to fill. */
export const createStatsdLine = (): StatsdLine => ({
  nameStart: 0,
  nameEnd: 0,
  tagsStart: 0,
  tagsEnd: 0,
  hash: 0,
  seconds: undefined,
  bits: createPool((): StatsdBit => ({ valuesStart: 0, valuesEnd: 0, type: 'c', rate: 1 })),
})

/**
 * Reads `name:bit[:bit…][|field…]`. etsy's several bits and DogStatsD's packed values both use colons: a colon before a
 * type packs values, one behind a type starts a bit. Fields stand in any order; a field that is not known is skipped.
 */
export function readStatsdLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: StatsdLine,
): StatsdFault | undefined {
  if (bytes[start] === underscore) {
    if (bytes[start + 1] === 0x65 && bytes[start + 2] === 0x7b) return faults.event
    if (bytes[start + 1] === 0x73 && bytes[start + 2] === 0x63 && bytes[start + 3] === pipe) {
      return faults.serviceCheck
    }
  }
  let position = start
  let nameHash = emptyHash
  for (; position < end; position += 1) {
    const byte = bytes[position] ?? 0
    if (byte === colon) break
    nameHash = hashByte(nameHash, byte)
  }
  if (position === end) return faults.noValue
  if (position === start) return faults.noName
  line.nameStart = start
  line.nameEnd = line.tagsStart = line.tagsEnd = position
  line.hash = nameHash
  line.seconds = undefined
  line.bits.count = 0
  while (position < end && bytes[position] === colon) {
    const next = readBit(bytes, position + 1, end, line)
    if (typeof next !== 'number') return next
    position = next
  }
  return readFields(bytes, position, end, line)
}

/** Reads `values|type[|@rate]` and gives the offset behind it: of a colon, a pipe or the end. */
function readBit(bytes: Uint8Array, start: number, end: number, line: StatsdLine): number | StatsdFault {
  let position = start
  while (position < end && bytes[position] !== pipe) position += 1
  if (position === end) return faults.noType
  const valuesEnd = position
  const typeStart = position + 1
  position = endOfPart(bytes, typeStart, end)
  const type = readType(bytes, typeStart, position)
  if (type === undefined) return position === typeStart ? faults.noType : faults.unknownType
  let rate = 1
  if (bytes[position] === pipe && bytes[position + 1] === at && position + 1 < end) {
    const rateStart = position + 2
    position = endOfPart(bytes, rateStart, end)
    rate = readDecimal(bytes, rateStart, position)
    if (!(rate > 0 && rate <= 1)) return faults.rate
  }
  const bit = line.bits.next()
  bit.valuesStart = start
  bit.valuesEnd = valuesEnd
  bit.type = type
  bit.rate = rate
  return position
}

function endOfPart(bytes: Uint8Array, start: number, end: number): number {
  let position = start
  while (position < end && bytes[position] !== pipe && bytes[position] !== colon) position += 1
  return position
}

function readType(bytes: Uint8Array, start: number, end: number): StatsdType | undefined {
  if (end - start === 2) return bytes[start] === 0x6d && bytes[start + 1] === 0x73 ? 'ms' : undefined
  if (end - start !== 1) return undefined
  switch (bytes[start] ?? 0) {
    case 0x63:
      return 'c'
    case 0x67:
      return 'g'
    case 0x68:
      return 'h'
    case 0x64:
      return 'd'
    case 0x73:
      return 's'
    default:
      return undefined
  }
}

/** Reads the fields that hold for the whole line: tags, timestamp, and a rate that comes late. */
function readFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: StatsdLine,
): StatsdFault | undefined {
  let position = start
  while (position < end) {
    const fieldStart = position + 1
    position = fieldStart
    while (position < end && bytes[position] !== pipe) position += 1
    const mark = fieldStart < position ? bytes[fieldStart] : undefined
    if (mark === hash) {
      line.tagsStart = fieldStart + 1
      line.tagsEnd = position
    } else if (mark === at) {
      const rate = readDecimal(bytes, fieldStart + 1, position)
      if (!(rate > 0 && rate <= 1)) return faults.rate
      for (const bit of line.bits.items) bit.rate = rate
    } else if (mark === capitalT) {
      const seconds = readDecimal(bytes, fieldStart + 1, position)
      if (!Number.isSafeInteger(seconds * 1000) || !Number.isInteger(seconds) || seconds <= 0)
        return faults.timestamp
      line.seconds = seconds
    }
  }
  for (let tag = line.tagsStart; tag < line.tagsEnd; tag += 1)
    line.hash = hashByte(line.hash, bytes[tag] ?? 0)
  return undefined
}
