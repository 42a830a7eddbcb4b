import { singleNumber } from '../engine/numeric.ts'
import type {
  CounterPoint,
  CounterRollup,
  NumberPoint,
  NumericRollup,
  Rollup,
  TextCount,
  TextPoint,
} from '../engine/rollups.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** First byte of a rollup: its kind, and which parts follow. FORMAT.md has the table. */
const kinds = { numeric: 0, counter: 1, text: 2 } as const
const kindMask = 0x03
/** Numeric: one value only, from which {@link singleNumber} makes everything. Counter: one reading. */
const singleFlag = 0x04
/** Numeric: the low parts of sum and squares are there. Counter: `rest` is. */
const lowFlag = 0x08
const counterRestFlag = 0x08
/** Counter, text: an estimate. Numeric: `rest` is there. */
const inexactFlag = 0x10
const numericRestFlag = 0x10
/** Text: the counts are there. */
const countsFlag = 0x20
/** Counter: the first, the last reading has all its digits. */
const firstExactFlag = 0x40
const lastExactFlag = 0x80

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
  to.u32(point.time - start)
  to.f64(point.value)
}

function readPoint(from: ByteReader, start: number): NumberPoint {
  return { time: start + from.u32(), value: from.f64() }
}

function writeNumeric(to: ByteWriter, rollup: NumericRollup, start: number): void {
  const single = rollup.count === 1 && isSame(rollup, singleNumber(rollup.first))
  const low = !single && !(Object.is(rollup.sumLow, 0) && Object.is(rollup.squaresLow, 0))
  const rest = single ? undefined : rollup.rest
  let flags: number = kinds.numeric
  if (single) flags |= singleFlag
  if (low) flags |= lowFlag
  if (rest !== undefined) flags |= numericRestFlag
  to.u8(flags)
  writePoint(to, rollup.first, start)
  if (single) return
  writePoint(to, rollup.last, start)
  for (const field of [rollup.count, rollup.min, rollup.max, rollup.sum, rollup.squares]) to.f64(field)
  if (low) {
    to.f64(rollup.sumLow)
    to.f64(rollup.squaresLow)
  }
  if (rest !== undefined) for (const parts of [rest.count, rest.sum, rest.squares]) writeParts(to, parts)
}

/** Whether both are equal to the last bit, -0 and NaN included. */
function isSame(a: NumericRollup, b: NumericRollup): boolean {
  return (
    a.rest === undefined &&
    b.rest === undefined &&
    a.last.time === b.last.time &&
    Object.is(a.last.value, b.last.value) &&
    (['count', 'sum', 'sumLow', 'squares', 'squaresLow', 'min', 'max'] as const).every((field) =>
      Object.is(a[field], b[field]),
    )
  )
}

function readNumeric(from: ByteReader, flags: number, start: number): NumericRollup {
  const first = readPoint(from, start)
  if ((flags & singleFlag) !== 0) return singleNumber(first)
  const last = readPoint(from, start)
  const [count, min, max, sum, squares] = [from.f64(), from.f64(), from.f64(), from.f64(), from.f64()]
  const [sumLow, squaresLow] = (flags & lowFlag) === 0 ? [0, 0] : [from.f64(), from.f64()]
  const told = { kind: 'numeric', count, sum, sumLow, squares, squaresLow, min, max, first, last } as const
  if ((flags & numericRestFlag) === 0) return told
  return { ...told, rest: { count: readParts(from), sum: readParts(from), squares: readParts(from) } }
}

function writeParts(to: ByteWriter, parts: readonly number[]): void {
  to.u8(parts.length)
  for (const part of parts) to.f64(part)
}

const readParts = (from: ByteReader): number[] => Array.from({ length: from.u8() }, () => from.f64())

function writeCounter(to: ByteWriter, rollup: CounterRollup, start: number): void {
  const { first, last } = rollup
  const single = rollup.count === 1
  let flags: number = kinds.counter
  if (single) flags |= singleFlag
  if (rollup.inexact) flags |= inexactFlag
  if (rollup.rest !== undefined) flags |= counterRestFlag
  if (first.exact !== undefined) flags |= firstExactFlag
  if (last.exact !== undefined) flags |= lastExactFlag
  to.u8(flags)
  writePoint(to, first, start)
  if (first.exact !== undefined) to.text(first.exact)
  if (single) return
  writePoint(to, last, start)
  if (last.exact !== undefined) to.text(last.exact)
  const { count, resets, growth, decrease, afterResets, dropMs } = rollup
  for (const field of [count, resets, growth, decrease, afterResets, dropMs]) to.f64(field)
  if (rollup.rest === undefined) return
  for (const parts of [rollup.rest.growth, rollup.rest.decrease, rollup.rest.afterResets])
    writeParts(to, parts)
}

function readCounter(from: ByteReader, flags: number, start: number): CounterRollup {
  const first = readReading(from, (flags & firstExactFlag) !== 0, start)
  const inexact = (flags & inexactFlag) !== 0
  if ((flags & singleFlag) !== 0) {
    const none = { resets: 0, growth: 0, decrease: 0, afterResets: 0, dropMs: 0 }
    return { kind: 'counter', count: 1, first, last: first, ...none, inexact }
  }
  const last = readReading(from, (flags & lastExactFlag) !== 0, start)
  const [count, resets, growth] = [from.f64(), from.f64(), from.f64()]
  const [decrease, afterResets, dropMs] = [from.f64(), from.f64(), from.f64()]
  const told = { count, first, last, resets, growth, decrease, afterResets, dropMs, inexact }
  if ((flags & counterRestFlag) === 0) return { kind: 'counter', ...told }
  const rest = { growth: readParts(from), decrease: readParts(from), afterResets: readParts(from) }
  return { kind: 'counter', ...told, rest }
}

function readReading(from: ByteReader, exact: boolean, start: number): CounterPoint {
  const point = readPoint(from, start)
  return exact ? { ...point, exact: from.text() } : point
}

function writeText(to: ByteWriter, rollup: Extract<Rollup, { kind: 'text' }>, start: number): void {
  to.u8(kinds.text | (rollup.inexact ? inexactFlag : 0) | (rollup.counts === null ? 0 : countsFlag))
  to.f64(rollup.count)
  to.f64(rollup.changes)
  for (const point of [rollup.first, rollup.last]) {
    to.u32(point.time - start)
    to.text(point.value)
  }
  if (rollup.counts === null) return
  to.u16(rollup.counts.length)
  for (const { value, count } of rollup.counts) {
    to.text(value)
    to.f64(count)
  }
}

function readText(from: ByteReader, flags: number, start: number): Rollup {
  const [count, changes] = [from.f64(), from.f64()]
  const first: TextPoint = { time: start + from.u32(), value: from.text() }
  const last: TextPoint = { time: start + from.u32(), value: from.text() }
  const inexact = (flags & inexactFlag) !== 0
  if ((flags & countsFlag) === 0) return { kind: 'text', count, changes, first, last, counts: null, inexact }
  const counts: TextCount[] = []
  for (let left = from.u16(); left > 0; left -= 1) counts.push({ value: from.text(), count: from.f64() })
  return { kind: 'text', count, changes, first, last, counts, inexact }
}
