import { nearestTotal } from '../engine/decimals.ts'
import type {
  CounterExact,
  CounterPoint,
  CounterRollup,
  HeldState,
  NumberPoint,
  NumericExact,
  NumericRollup,
  Rollup,
  TextCount,
  TextPoint,
  TextRollup,
} from '../engine/rollups.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** First byte of a rollup: its kind, and what else follows. FORMAT.md has the table. */
const kinds = { numeric: 0, counter: 1, text: 2 } as const
const kindMask = 3
const inexactFlag = 4
/** Numeric, counter: sums of doubles. Text: counts. */
const partsFlag = 8
/** Numeric: how long values held. Counter: the first reading has digits. */
const heldFlag = 16
const firstDigitsFlag = 16
/** Counter: the last reading has digits. Numeric: doubles of how long values held. */
const lastDigitsFlag = 32
const heldDoublesFlag = 32

/** Writes a rollup; times relative to the start of its window. */
export function writeRollup(to: ByteWriter, rollup: Rollup, start: number): void {
  switch (rollup.kind) {
    case 'numeric':
      writeNumeric(to, rollup, start)
      return
    case 'counter':
      writeCounter(to, rollup, start)
      return
    case 'text':
      writeText(to, rollup, start)
  }
}

/** Reads what {@link writeRollup} wrote; throws a `RangeError` where the bytes are none. */
export function readRollup(from: ByteReader, start: number): Rollup {
  const flags = from.u8()
  switch (flags & kindMask) {
    case kinds.numeric:
      return readNumeric(from, flags, start)
    case kinds.counter:
      return readCounter(from, flags, start)
    case kinds.text:
      return readText(from, flags, start)
    default:
      throw new RangeError(`unknown kind of rollup ${flags & kindMask}`)
  }
}

function writePoint(to: ByteWriter, point: NumberPoint, start: number): void {
  to.varint(point.time - start)
  to.f64(point.value)
}

const readPoint = (from: ByteReader, start: number): NumberPoint => ({
  time: start + from.varint(),
  value: from.f64(),
})

function writeParts(to: ByteWriter, parts: readonly number[]): void {
  to.u8(parts.length)
  for (const part of parts) to.f64(part)
}

const readParts = (from: ByteReader): number[] => Array.from({ length: from.u8() }, () => from.f64())

function writeNumeric(to: ByteWriter, rollup: NumericRollup, start: number): void {
  const { exact, held } = rollup
  let flags: number = kinds.numeric
  if (rollup.inexact) flags |= inexactFlag
  if (exact.doubles !== undefined) flags |= partsFlag
  if (held !== undefined) flags |= heldFlag
  if (held?.doubles !== undefined) flags |= heldDoublesFlag
  to.u8(flags)
  writePoint(to, rollup.first, start)
  writePoint(to, rollup.last, start)
  to.f64(rollup.min)
  to.f64(rollup.max)
  to.u8(exact.decimals)
  for (const parts of [exact.count, exact.sum, exact.squares]) writeParts(to, parts)
  if (exact.doubles !== undefined) {
    writeParts(to, exact.doubles.sum)
    writeParts(to, exact.doubles.squares)
  }
  if (held === undefined) return
  to.u8(held.decimals)
  writeParts(to, held.area)
  if (held.doubles !== undefined) writeParts(to, held.doubles)
}

function readNumeric(from: ByteReader, flags: number, start: number): NumericRollup {
  const [first, last] = [readPoint(from, start), readPoint(from, start)]
  const [min, max] = [from.f64(), from.f64()]
  const sums = {
    decimals: from.u8(),
    count: readParts(from),
    sum: readParts(from),
    squares: readParts(from),
  }
  const exact: NumericExact =
    (flags & partsFlag) === 0
      ? sums
      : { ...sums, doubles: { sum: readParts(from), squares: readParts(from) } }
  const inexact = (flags & inexactFlag) !== 0
  const count = exact.count[0] ?? 0
  const sum = nearestTotal(exact.sum, exact.doubles?.sum ?? [], exact.decimals)
  const told = { kind: 'numeric', count, sum, min, max, first, last, exact, inexact } as const
  return (flags & heldFlag) === 0 ? told : { ...told, held: readHeld(from, flags) }
}

function readHeld(from: ByteReader, flags: number): HeldState {
  const held = { decimals: from.u8(), area: readParts(from) }
  return (flags & heldDoublesFlag) === 0 ? held : { ...held, doubles: readParts(from) }
}

function writeCounter(to: ByteWriter, rollup: CounterRollup, start: number): void {
  const { exact, first, last } = rollup
  let flags: number = kinds.counter
  if (rollup.inexact) flags |= inexactFlag
  if (exact.doubles !== undefined) flags |= partsFlag
  if (first.exact !== undefined) flags |= firstDigitsFlag
  if (last.exact !== undefined) flags |= lastDigitsFlag
  to.u8(flags)
  for (const point of [first, last]) {
    writePoint(to, point, start)
    if (point.exact !== undefined) to.text(point.exact)
  }
  for (const field of [rollup.count, rollup.resets, rollup.dropMs]) to.f64(field)
  to.u8(exact.decimals)
  writeParts(to, exact.growth)
  writeParts(to, exact.afterResets)
  if (exact.doubles === undefined) return
  writeParts(to, exact.doubles.growth)
  writeParts(to, exact.doubles.afterResets)
}

function readCounter(from: ByteReader, flags: number, start: number): CounterRollup {
  const first = readReading(from, (flags & firstDigitsFlag) !== 0, start)
  const last = readReading(from, (flags & lastDigitsFlag) !== 0, start)
  const [count, resets, dropMs] = [from.f64(), from.f64(), from.f64()]
  const sums = { decimals: from.u8(), growth: readParts(from), afterResets: readParts(from) }
  const exact: CounterExact =
    (flags & partsFlag) === 0
      ? sums
      : { ...sums, doubles: { growth: readParts(from), afterResets: readParts(from) } }
  const inexact = (flags & inexactFlag) !== 0
  const { decimals, doubles } = exact
  const growth = nearestTotal(exact.growth, doubles?.growth ?? [], decimals)
  const afterResets = nearestTotal(exact.afterResets, doubles?.afterResets ?? [], decimals)
  return { kind: 'counter', count, first, last, resets, growth, afterResets, dropMs, exact, inexact }
}

function readReading(from: ByteReader, hasDigits: boolean, start: number): CounterPoint {
  const point = readPoint(from, start)
  return hasDigits ? { ...point, exact: from.text() } : point
}

function writeText(to: ByteWriter, rollup: TextRollup, start: number): void {
  const { counts } = rollup
  to.u8(kinds.text | (rollup.inexact ? inexactFlag : 0) | (counts === null ? 0 : partsFlag))
  to.f64(rollup.count)
  to.f64(rollup.changes)
  for (const point of [rollup.first, rollup.last]) {
    to.varint(point.time - start)
    to.text(point.value)
  }
  if (counts === null) return
  to.varint(counts.length)
  for (const { value, count } of counts) {
    to.text(value)
    to.f64(count)
  }
}

function readText(from: ByteReader, flags: number, start: number): TextRollup {
  const [count, changes] = [from.f64(), from.f64()]
  const first: TextPoint = { time: start + from.varint(), value: from.text() }
  const last: TextPoint = { time: start + from.varint(), value: from.text() }
  const inexact = (flags & inexactFlag) !== 0
  if ((flags & partsFlag) === 0) return { kind: 'text', count, changes, first, last, counts: null, inexact }
  const counts: TextCount[] = []
  for (let left = from.varint(); left > 0; left -= 1) counts.push({ value: from.text(), count: from.f64() })
  return { kind: 'text', count, changes, first, last, counts, inexact }
}
