import { partsOf, sumOf } from '@tocsin/core/exact-sum'

import { counterPoint, readingOf } from '../engine/counter.ts'
import { createTotals, numericRollup, recordNumber } from '../engine/numeric.ts'
import type {
  CounterExact,
  CounterPoint,
  CounterRollup,
  NumberPoint,
  NumericExact,
  NumericRollup,
  Rollup,
  TextCount,
  TextPoint,
} from '../engine/rollups.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** First byte of a rollup: its kind, and which parts follow. FORMAT.md has the table. */
const kinds = { numeric: 0, counter: 1, text: 2, plain: 3 } as const
const kindMask = 0x03
/** Numeric: one value only. Counter: one reading. */
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

/** Writes a rollup as it is. */
export function writeRollup(to: ByteWriter, rollup: Rollup): void {
  to.u8(kinds.plain)
  to.text(JSON.stringify(rollup))
}

/**
 * Reads what {@link writeRollup} or a release until 0.1 wrote, whose times are relative to the start of the window and whose sums
 * are those of binary fractions; throws a `RangeError` where the bytes are none.
 */
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
      return JSON.parse(from.text()) as Rollup
  }
}

function readPoint(from: ByteReader, start: number): NumberPoint {
  return { time: start + from.u32(), value: from.f64() }
}

function readNumeric(from: ByteReader, flags: number, start: number): NumericRollup {
  const first = readPoint(from, start)
  if ((flags & singleFlag) !== 0) return singleNumber(first)
  const last = readPoint(from, start)
  const [count, min, max, sum, squares] = [from.f64(), from.f64(), from.f64(), from.f64(), from.f64()]
  const [sumLow, squaresLow] = (flags & lowFlag) === 0 ? [0, 0] : [from.f64(), from.f64()]
  const rest =
    (flags & numericRestFlag) === 0 ? [[], [], []] : [readParts(from), readParts(from), readParts(from)]
  const [counts, sums, allSquares] = [[count], [sum, sumLow], [squares, squaresLow]].map((parts, at) =>
    partsOf(sumOf(parts, rest[at] ?? [])),
  )
  const exact = numericExact(counts ?? [], sums ?? [], allSquares ?? [], [min, max, first.value, last.value])
  return { kind: 'numeric', count, sum, min, max, first, last, exact, inexact: false }
}

/** The window of one value of weight 1; everything follows from that. */
function singleNumber({ time, value }: NumberPoint): NumericRollup {
  const totals = createTotals()
  recordNumber(totals, time, value, 1)
  const rollup = numericRollup(totals, false)
  if (rollup === undefined) throw new RangeError('a window of one value is empty')
  return rollup
}

/** Whole numbers are the same as decimals and as binary fractions. */
function numericExact(
  count: number[],
  sum: number[],
  squares: number[],
  values: readonly number[],
): NumericExact {
  return [...sum, ...squares, ...values].every(Number.isInteger)
    ? { decimals: 0, count, sum, squares }
    : { decimals: 0, count, sum: [], squares: [], doubles: { sum, squares } }
}

const readParts = (from: ByteReader): number[] => Array.from({ length: from.u8() }, () => from.f64())

function readCounter(from: ByteReader, flags: number, start: number): CounterRollup {
  const first = readReading(from, (flags & firstExactFlag) !== 0, start)
  const inexact = (flags & inexactFlag) !== 0
  if ((flags & singleFlag) !== 0) {
    const none = { resets: 0, growth: 0, afterResets: 0, dropMs: 0 }
    return { kind: 'counter', count: 1, first, last: first, ...none, exact: counterExact([], []), inexact }
  }
  const last = readReading(from, (flags & lastExactFlag) !== 0, start)
  const [count, resets, growth] = [from.f64(), from.f64(), from.f64()]
  // What it fell by altogether follows from the other sums.
  from.f64()
  const [afterResets, dropMs] = [from.f64(), from.f64()]
  const rest =
    (flags & counterRestFlag) === 0 ? [[], [], []] : [readParts(from), readParts(from), readParts(from)]
  const exact = counterExact(
    partsOf(sumOf([growth], rest[0] ?? [])),
    partsOf(sumOf([afterResets], rest[2] ?? [])),
  )
  return { kind: 'counter', count, first, last, resets, growth, afterResets, dropMs, exact, inexact }
}

/** As {@link numericExact}. */
function counterExact(growth: number[], afterResets: number[]): CounterExact {
  return [...growth, ...afterResets].every(Number.isInteger)
    ? { decimals: 0, growth, afterResets }
    : { decimals: 0, growth: [], afterResets: [], doubles: { growth, afterResets } }
}

function readReading(from: ByteReader, exact: boolean, start: number): CounterPoint {
  const point = readPoint(from, start)
  return exact ? counterPoint(point.time, readingOf({ ...point, exact: from.text() })) : point
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
