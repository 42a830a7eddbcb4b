import { addScaled, nearest, partsOf, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

import { cellRollup, createCell, recordReading } from '../../engine/cell.ts'
import { decimalsOf, nearestTotal, powerOfTen } from '../../engine/decimals.ts'
import type {
  CounterPoint,
  CounterRollup,
  NumberPoint,
  NumericRollup,
  Rollup,
  TextRollup,
} from '../../engine/rollups.ts'
import type { FieldReader } from './field-reader.ts'

/** First byte of a window: its kind, and which parts follow. */
const kinds = { numeric: 0, counter: 1, text: 2 } as const
const kindMask = 0x03
const singleFlag = 0x04
/** Numeric: the low parts of sum and squares are there. Counter: `rest` is. */
const lowFlag = 0x08
const counterRestFlag = 0x08
/** Counter, text: an estimate. Numeric: `rest` is there. */
const inexactFlag = 0x10
const numericRestFlag = 0x10
const countsFlag = 0x20
const firstExactFlag = 0x40
const lastExactFlag = 0x80

/** Reads a window of versions 1 and 2 as it is kept today; a `RangeError` where the bytes are none. */
export function readOldRollup(from: FieldReader, start: number): Rollup {
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

const readPoint = (from: FieldReader, start: number): NumberPoint => ({
  time: start + from.u32(),
  value: from.f64(),
})

function readNumeric(from: FieldReader, flags: number, start: number): Rollup {
  const first = readPoint(from, start)
  if ((flags & singleFlag) !== 0) return singleValue(first)
  const last = readPoint(from, start)
  const [count, min, max, sum, squares] = [from.f64(), from.f64(), from.f64(), from.f64(), from.f64()]
  const [sumLow, squaresLow] = (flags & lowFlag) === 0 ? [0, 0] : [from.f64(), from.f64()]
  const hasRest = (flags & numericRestFlag) !== 0
  const [countRest, sumRest, squaresRest] = hasRest
    ? [from.parts(), from.parts(), from.parts()]
    : [[], [], []]
  const places = placesOf(first.value, last.value, min, max)
  const counts = partsOf(sumOf([count], countRest))
  const whole = wholeSums(places, sumOf([sum, sumLow], sumRest), sumOf([squares, squaresLow], squaresRest))
  const exact: NumericRollup['exact'] = {
    decimals: whole.decimals,
    count: counts,
    sum: whole.once,
    squares: whole.twice,
    ...(whole.doubles && { doubles: { sum: whole.doubles.once, squares: whole.doubles.twice } }),
  }
  const total = nearestTotal(exact.sum, exact.doubles?.sum ?? [], exact.decimals)
  return { kind: 'numeric', count: nearest(counts), sum: total, min, max, first, last, exact, inexact: false }
}

/** A window of one value. */
function singleValue({ time, value }: NumberPoint): Rollup {
  const cell = createCell('numeric')
  recordReading(cell, { kind: 'numeric', time, value, weight: 1, event: true })
  const rollup = cellRollup(cell)
  if (rollup === undefined) throw new RangeError('a window without a value')
  return rollup
}

/** Most places behind the point; -1 where one is no short decimal. */
function placesOf(...values: readonly number[]): number {
  const places = values.map(decimalsOf)
  return places.includes(-1) ? -1 : Math.max(...places)
}

interface WholeSums {
  readonly decimals: number
  readonly once: readonly number[]
  readonly twice: readonly number[]
  readonly doubles?: { readonly once: readonly number[]; readonly twice: readonly number[] }
}

/**
 * Sums as they were kept: of the doubles, not of the decimals that these stand for. Where they are whole numbers at the places of the
 * values that are known, they may as well be sums of decimals; else they stay what they are.
 */
function wholeSums(places: number, once: ExactSum, twice: ExactSum, twicePlaces = 2 * places): WholeSums {
  if (places >= 0) {
    const scaled = [scaledParts(once, places), scaledParts(twice, twicePlaces)] as const
    if (scaled.every((parts) => parts.every(Number.isInteger))) {
      return { decimals: places, once: scaled[0], twice: scaled[1] }
    }
  }
  return { decimals: 0, once: [], twice: [], doubles: { once: partsOf(once), twice: partsOf(twice) } }
}

function scaledParts(parts: ExactSum, places: number): number[] {
  const sum: ExactSum = []
  addScaled(sum, parts, powerOfTen(places))
  return partsOf(sum)
}

function readCounter(from: FieldReader, flags: number, start: number): Rollup {
  const first = readReading(from, (flags & firstExactFlag) !== 0, start)
  const inexact = (flags & inexactFlag) !== 0
  const isSingle = (flags & singleFlag) !== 0
  const last = isSingle ? first : readReading(from, (flags & lastExactFlag) !== 0, start)
  const numbers = isSingle ? [1, 0, 0, 0, 0, 0] : Array.from({ length: 6 }, () => from.f64())
  // What a counter fell by is the difference of what else is kept.
  const [count = 1, resets = 0, grown = 0, , restarted = 0, dropMs = 0] = numbers
  const hasRest = !isSingle && (flags & counterRestFlag) !== 0
  const [growthRest, , resetsRest] = hasRest ? [from.parts(), from.parts(), from.parts()] : [[], [], []]
  const places = placesOf(first.value, last.value)
  const whole = wholeSums(places, sumOf([grown], growthRest), sumOf([restarted], resetsRest), places)
  const exact: CounterRollup['exact'] = {
    decimals: whole.decimals,
    growth: whole.once,
    afterResets: whole.twice,
    ...(whole.doubles && { doubles: { growth: whole.doubles.once, afterResets: whole.doubles.twice } }),
  }
  const growth = nearestTotal(exact.growth, exact.doubles?.growth ?? [], exact.decimals)
  const afterResets = nearestTotal(exact.afterResets, exact.doubles?.afterResets ?? [], exact.decimals)
  return { kind: 'counter', count, first, last, resets, growth, afterResets, dropMs, exact, inexact }
}

function readReading(from: FieldReader, exact: boolean, start: number): CounterPoint {
  const point = readPoint(from, start)
  return exact ? { ...point, exact: from.text() } : point
}

function readText(from: FieldReader, flags: number, start: number): TextRollup {
  const [count, changes] = [from.f64(), from.f64()]
  const first = { time: start + from.u32(), value: from.text() }
  const last = { time: start + from.u32(), value: from.text() }
  const inexact = (flags & inexactFlag) !== 0
  const told = { kind: 'text', count, changes, first, last, inexact } as const
  if ((flags & countsFlag) === 0) return { ...told, counts: null }
  const length = from.u16()
  return { ...told, counts: Array.from({ length }, () => ({ value: from.text(), count: from.f64() })) }
}
