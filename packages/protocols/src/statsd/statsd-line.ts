import type { ProblemReason } from '../source/problem.ts'
import { readDecimal } from '../wire/decimal.ts'
import { createHeader, readName, readTags, type Header } from '../wire/header.ts'
import { createPool, type Pool } from '../wire/pool.ts'
import { emptyValue, type StatsdFault, type StatsdType, type StatsdValue } from './statsd-values.ts'

const colon = 0x3a
const pipe = 0x7c
const hash = 0x23
const at = 0x40
const capitalT = 0x54
const underscore = 0x5f

/** The parts of one line, as borders in its bytes; one object is filled again for each line. */
export interface StatsdLine {
  readonly header: Header
  /** Seconds since the Unix epoch from a `T` field, else `undefined`. */
  seconds: number | undefined
  readonly values: Pool<StatsdValue>
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
  header: createHeader(),
  seconds: undefined,
  values: createPool(emptyValue),
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
  let position = readName(line.header, bytes, start, end, colon, colon)
  if (position === end) return faults.noValue
  if (position === start) return faults.noName
  line.seconds = undefined
  line.values.count = 0
  while (position < end && bytes[position] === colon) {
    const next = readBit(bytes, position + 1, end, line)
    if (typeof next !== 'number') return next
    position = next
  }
  return readFields(bytes, position, end, line)
}

/** Reads `values|type[|@rate]` and gives the offset behind it: of a colon, a pipe or the end. */
function readBit(bytes: Uint8Array, start: number, end: number, line: StatsdLine): number | StatsdFault {
  const { values } = line
  const first = values.count
  const valuesEnd = readBorders(bytes, start, end, values)
  if (valuesEnd === end) return faults.noType
  const typeStart = valuesEnd + 1
  let position = endOfPart(bytes, typeStart, end)
  const type = readType(bytes, typeStart, position)
  if (type === undefined) return position === typeStart ? faults.noType : faults.unknownType
  let rate = 1
  if (position + 1 < end && bytes[position] === pipe && bytes[position + 1] === at) {
    const rateStart = position + 2
    position = endOfPart(bytes, rateStart, end)
    rate = readDecimal(bytes, rateStart, position)
    if (!(rate > 0 && rate <= 1)) return faults.rate
  }
  // A member may hold colons, so a set packs nothing.
  if (type === 's' || values.count === first) {
    values.count = first
    addBorders(values, start, type === 's' ? valuesEnd : start)
  }
  for (let index = first; index < values.count; index += 1) {
    const value = values.items[index]
    if (value === undefined) break
    value.type = type
    value.rate = rate
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
    const mark = fieldStart < end ? bytes[fieldStart] : pipe
    if (mark === hash) {
      position = readTags(line.header, bytes, fieldStart + 1, end, pipe)
      continue
    }
    position = fieldStart
    while (position < end && bytes[position] !== pipe) position += 1
    if (mark === at) {
      const rate = readDecimal(bytes, fieldStart + 1, position)
      if (!(rate > 0 && rate <= 1)) return faults.rate
      setRate(line.values, rate)
    } else if (mark === capitalT) {
      const seconds = readDecimal(bytes, fieldStart + 1, position)
      if (!Number.isSafeInteger(seconds * 1000) || !Number.isInteger(seconds) || seconds <= 0)
        return faults.timestamp
      line.seconds = seconds
    }
  }
  return undefined
}

function setRate({ items, count }: Pool<StatsdValue>, rate: number): void {
  for (let index = 0; index < count; index += 1) {
    const value = items[index]
    if (value !== undefined) value.rate = rate
  }
}
