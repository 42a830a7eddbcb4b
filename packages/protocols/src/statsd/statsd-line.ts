import type { ProblemReason } from '../source/problem.ts'
import { createHeader, readName, readTags, type Header } from '../wire/header.ts'
import { createPool, type Pool } from '../wire/pool.ts'
import {
  emptyValue,
  readBlankDecimal,
  skipBlanks,
  trimBlanks,
  type StatsdFault,
  type StatsdType,
  type StatsdValue,
} from './statsd-values.ts'

const colon = 0x3a
const pipe = 0x7c
const hash = 0x23
const at = 0x40
const capitalT = 0x54
const letterC = 0x63
const letterE = 0x65

/** The parts of one line, as borders in its bytes; one object is filled again for each line. */
export interface StatsdLine {
  readonly header: Header
  /** Seconds since the Unix epoch from a `T` field, else `undefined`. */
  seconds: number | undefined
  /** Has a field that only DogStatsD knows. */
  isDogStatsd: boolean
  /** The text behind `c:`, empty where there is none. */
  containerStart: number
  containerEnd: number
  /** The text behind `e:`, empty where there is none. */
  externalStart: number
  externalEnd: number
  readonly values: Pool<StatsdValue>
}

const fault = (reason: ProblemReason, message: string): StatsdFault => ({ reason, message })
const faults = {
  noValue: fault('malformed', 'a line is name:value|type, this one has no colon'),
  noName: fault('bad-name', 'a line starts with the name of its metric'),
  noType: fault('malformed', 'a value needs a type: name:value|type'),
  unknownType: fault('unknown-type', 'a type is one of c, g, ms, h, d, s'),
  rate: fault('bad-rate', 'a sample rate is @ and a decimal number above 0, at most 1'),
} as const
/** A time that is none. */
export const badTimestamp: StatsdFault = fault(
  'bad-timestamp',
  'a timestamp is whole seconds since the Unix epoch, above 0',
)

/** An empty line to fill. */
export const createStatsdLine = (): StatsdLine => ({
  header: createHeader(),
  seconds: undefined,
  isDogStatsd: false,
  containerStart: 0,
  containerEnd: 0,
  externalStart: 0,
  externalEnd: 0,
  values: createPool(emptyValue),
})

/**
 * Reads `name:bit[:bit…][|field…]`. etsy's several bits and DogStatsD's packed values both use colons: a colon before a
 * type packs values, one behind a type starts a bit. Fields stand in any order; a field that is not known is skipped. A bit
 * that is wrong is a value with a fault; what is given back is wrong with the whole line.
 */
export function readStatsdLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: StatsdLine,
): StatsdFault | undefined {
  let position = readName(line.header, bytes, start, end, colon, colon)
  if (position === end) return faults.noValue
  if (position === start) return faults.noName
  line.seconds = undefined
  line.isDogStatsd = false
  line.containerStart = line.containerEnd = line.externalStart = line.externalEnd = 0
  line.values.count = 0
  while (position < end && bytes[position] === colon) {
    position = readBit(bytes, position + 1, end, line.values)
  }
  return readFields(bytes, position, end, line)
}

/** Reads `values|type[|@rate]` and gives the offset behind it: of a colon, a pipe, a hash or the end. */
function readBit(bytes: Uint8Array, start: number, end: number, values: Pool<StatsdValue>): number {
  const first = values.count
  const valuesEnd = readBorders(bytes, start, end, values)
  const typeStart = valuesEnd + 1
  let position = valuesEnd === end ? end : endOfPart(bytes, typeStart, end)
  const type = valuesEnd === end ? undefined : readType(bytes, typeStart, position)
  let wrong = type === undefined ? faultOfType(bytes, typeStart, position) : undefined
  let rate = 1
  if (position < end && bytes[position] === pipe) {
    const rateStart = skipBlanks(bytes, position + 1, end)
    if (rateStart < end && bytes[rateStart] === at) {
      position = endOfPart(bytes, rateStart, end)
      rate = readBlankDecimal(bytes, rateStart + 1, position)
      if (!(rate > 0 && rate <= 1)) wrong ??= faults.rate
    }
  }
  // A member may hold colons, so a set packs nothing; nor does a bit without a value.
  if (wrong !== undefined || type === undefined || type === 's' || values.count === first) {
    values.count = first
    addBorders(values, start, valuesEnd)
  }
  for (let index = first; index < values.count; index += 1) {
    const value = values.items[index]
    if (value === undefined) break
    value.type = type ?? 'c'
    value.rate = rate
    value.fault = wrong
    value.pieceEnd = index === values.count - 1 ? position : value.end
  }
  return position
}

/** Adds the packed values up to the next pipe, and gives its offset; empty ones are skipped, as Datadog's agent does. */
function readBorders(bytes: Uint8Array, start: number, end: number, values: Pool<StatsdValue>): number {
  let valueStart = start
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position]
    if (byte !== colon && byte !== pipe) continue
    if (position > valueStart) addBorders(values, valueStart, position)
    if (byte === pipe) return position
    valueStart = position + 1
  }
  return end
}

function addBorders(values: Pool<StatsdValue>, start: number, end: number): void {
  const value = values.next()
  value.start = start
  value.end = end
}

/** reconnoiter takes tags from the first hash on, with or without a pipe before it. */
function endOfPart(bytes: Uint8Array, start: number, end: number): number {
  let position = start
  for (; position < end; position += 1) {
    const byte = bytes[position]
    if (byte === pipe || byte === colon || byte === hash) break
  }
  return position
}

const faultOfType = (bytes: Uint8Array, start: number, end: number): StatsdFault =>
  skipBlanks(bytes, start, end) >= end ? faults.noType : faults.unknownType

function readType(bytes: Uint8Array, from: number, to: number): StatsdType | undefined {
  const start = skipBlanks(bytes, from, to)
  const end = trimBlanks(bytes, start, to)
  if (end - start === 2) return bytes[start] === 0x6d && bytes[start + 1] === 0x73 ? 'ms' : undefined
  if (end - start !== 1) return undefined
  switch (bytes[start] ?? 0) {
    case letterC:
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

/** Reads the fields that hold for the whole line: tags, timestamp, origin, and a rate that comes late. */
function readFields(bytes: Uint8Array, from: number, end: number, line: StatsdLine): StatsdFault | undefined {
  let position = from
  while (position < end) {
    const start = bytes[position] === hash ? position : skipBlanks(bytes, position + 1, end)
    const mark = start < end ? bytes[start] : pipe
    if (mark === hash) {
      line.isDogStatsd = true
      position = readTags(line.header, bytes, start + 1, end, pipe)
      continue
    }
    position = start
    while (position < end && bytes[position] !== pipe) position += 1
    const hasColon = start + 1 < position && bytes[start + 1] === colon
    if (mark === at) {
      const rate = readBlankDecimal(bytes, start + 1, position)
      if (!(rate > 0 && rate <= 1)) return faults.rate
      setRate(line.values, rate)
    } else if (mark === capitalT) {
      const seconds = readBlankDecimal(bytes, start + 1, position)
      if (!Number.isSafeInteger(seconds * 1000) || !Number.isInteger(seconds) || seconds <= 0) {
        return badTimestamp
      }
      line.seconds = seconds
      line.isDogStatsd = true
    } else if (mark === letterC && (hasColon || isCardinality(bytes, start, position))) {
      line.isDogStatsd = true
      if (!hasColon) continue
      line.containerStart = start + 2
      line.containerEnd = position
    } else if (mark === letterE && hasColon) {
      line.isDogStatsd = true
      line.externalStart = start + 2
      line.externalEnd = position
    }
  }
  return undefined
}

/** `card:` asks an agent for more or fewer tags of its own. */
const isCardinality = (bytes: Uint8Array, start: number, end: number): boolean =>
  start + 4 < end &&
  bytes[start + 1] === 0x61 &&
  bytes[start + 2] === 0x72 &&
  bytes[start + 3] === 0x64 &&
  bytes[start + 4] === colon

function setRate({ items, count }: Pool<StatsdValue>, rate: number): void {
  for (let index = 0; index < count; index += 1) {
    const value = items[index]
    if (value !== undefined) value.rate = rate
  }
}
