import {
  dividedBy,
  fromDouble,
  minus,
  nearestDouble,
  plus,
  rational,
  times,
  type Rational,
} from '@tocsin/core/testing'

import type {
  CounterPoint,
  CounterRollup,
  HeldState,
  NumericRollup,
  Rollup,
  TextRollup,
} from '../../src/engine/rollups.ts'
import type { WindowRules } from '../../src/memory/window-readings.ts'

/** A reading as the log has it. */
export type LoggedReading =
  | {
      readonly kind: 'numeric'
      readonly series: number
      readonly time: number
      readonly value: number
      readonly weight: number
      readonly total: number | undefined
      readonly event: boolean
    }
  | {
      readonly kind: 'counter'
      readonly series: number
      readonly time: number
      readonly value: number
      readonly exact: string | undefined
    }
  | {
      readonly kind: 'text'
      readonly series: number
      readonly time: number
      readonly value: string
      readonly event: boolean
    }

type Of<Kind extends LoggedReading['kind']> = Extract<LoggedReading, { kind: Kind }>

const zero = rational(0n)

/** The window of a set of readings, in fractions of whole numbers and with nothing of the code that it judges. */
export function exactWindow(
  readings: readonly LoggedReading[],
  { sameTime, counterWrap, timeAverage = false }: WindowRules,
): Rollup {
  const kinds = ['numeric', 'counter', 'text'] as const
  const earliest = [...readings].sort(
    (a, b) => a.time - b.time || kinds.indexOf(a.kind) - kinds.indexOf(b.kind),
  )[0]!
  const prefers = (a: LoggedReading, b: LoggedReading): boolean => {
    const [one, other] = [comparable(a), comparable(b)]
    if (sameTime === 'smallest') return one < other
    if (sameTime === 'furthest' && typeof one === 'bigint' && typeof other === 'bigint') {
      const [far, near] = [one < 0n ? -one : one, other < 0n ? -other : other]
      return far > near || (far === near && one > other)
    }
    return one > other
  }
  const moments = new Map<number, LoggedReading>()
  const all: LoggedReading[] = []
  for (const reading of readings) {
    if (reading.kind !== earliest.kind) continue
    if ('event' in reading && reading.event) {
      all.push(reading)
      continue
    }
    const known = moments.get(reading.time)
    if (known === undefined || prefers(reading, known)) moments.set(reading.time, reading)
  }
  const kept = [...all, ...moments.values()].sort(
    (a, b) => a.time - b.time || (comparable(a) < comparable(b) ? -1 : comparable(a) > comparable(b) ? 1 : 0),
  )
  if (earliest.kind === 'numeric') {
    const numeric = kept as Of<'numeric'>[]
    const isHeld = timeAverage && numeric.every(({ event }) => !event)
    return { ...numbers(numeric), ...(isHeld && { held: heldBy(numeric) }) }
  }
  if (earliest.kind === 'counter') return counter(kept as Of<'counter'>[], counterWrap)
  return texts(kept as Of<'text'>[])
}

/** Numbers as whole ones, all of them at the same scale: doubles have no bits below 2^-1074. */
function comparable(reading: LoggedReading): bigint | string {
  if (reading.kind === 'text') return reading.value
  const { numerator, denominator } =
    reading.kind === 'counter' && reading.exact !== undefined
      ? rational(BigInt(reading.exact))
      : fromDouble(reading.value)
  return (numerator << 1074n) / denominator
}

interface Exact {
  readonly sum: Rational
  /** Behind the point; -1 where it is no short decimal, but the binary fraction. */
  readonly places: number
}

/** What a double stands for, by its shortest text. */
function exactNumber(value: number): Exact {
  if (Number.isSafeInteger(value)) return { sum: rational(BigInt(value)), places: 0 }
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = BigInt(whole + fraction)
  const places = fraction.length - Number(power)
  const isShort = places > 0 && places <= 9 && digits <= 2n ** 51n && digits >= -(2n ** 51n)
  if (!isShort) return { sum: fromDouble(value), places: -1 }
  return { sum: rational(digits, 10n ** BigInt(places)), places }
}

/** Nearest double, then that of what is missing, and so on. */
function parts(sum: Rational): number[] {
  const list: number[] = []
  for (let rest = sum; rest.numerator !== 0n;) {
    const part = nearestDouble(rest)
    list.push(part)
    rest = minus(rest, fromDouble(part))
  }
  return list
}

const scaled = (sum: Rational, decimals: number): Rational => times(sum, rational(10n ** BigInt(decimals)))

function numbers(kept: readonly Of<'numeric'>[]): NumericRollup {
  const sums = { count: zero, sum: zero, squares: zero, doubleSum: zero, doubleSquares: zero }
  let decimals = 0
  for (const { value, weight, total } of kept) {
    const isTotal = total !== undefined
    const given = total ?? value
    const { sum: exact, places } = exactNumber(given)
    const factor = fromDouble(weight)
    sums.count = plus(sums.count, factor)
    const sum = isTotal ? exact : times(exact, factor)
    const squares = isTotal ? dividedBy(times(exact, exact), factor) : times(times(exact, exact), factor)
    decimals = Math.max(decimals, places)
    if (places >= 0) {
      sums.sum = plus(sums.sum, sum)
      sums.squares = plus(sums.squares, squares)
    } else {
      sums.doubleSum = plus(sums.doubleSum, sum)
      sums.doubleSquares = plus(sums.doubleSquares, squares)
    }
  }
  const values = kept.map(({ value }) => value)
  const [first, last] = [kept[0]!, kept.at(-1)!]
  const doubles = { sum: parts(sums.doubleSum), squares: parts(sums.doubleSquares) }
  return {
    kind: 'numeric',
    count: nearestDouble(sums.count),
    sum: nearestDouble(plus(sums.sum, sums.doubleSum)),
    min: Math.min(...values),
    max: Math.max(...values),
    first: { time: first.time, value: first.value },
    last: { time: last.time, value: last.value },
    exact: {
      decimals,
      count: parts(sums.count),
      sum: parts(scaled(sums.sum, decimals)),
      squares: parts(scaled(sums.squares, 2 * decimals)),
      ...(doubles.sum.length + doubles.squares.length > 0 ? { doubles } : {}),
    },
    inexact: false,
  }
}

/** Each value by the ms until the next; the last one decides how the sums are scaled all the same. */
function heldBy(kept: readonly Of<'numeric'>[]): HeldState {
  let [area, doubleArea, decimals] = [zero, zero, 0]
  for (const [at, { time, value }] of kept.entries()) {
    const { sum, places } = exactNumber(value)
    const share = times(sum, rational(BigInt((kept[at + 1]?.time ?? time) - time)))
    decimals = Math.max(decimals, places)
    if (places >= 0) area = plus(area, share)
    else doubleArea = plus(doubleArea, share)
  }
  const doubles = parts(doubleArea)
  return { decimals, area: parts(scaled(area, decimals)), ...(doubles.length > 0 && { doubles }) }
}

interface Split {
  readonly decimal: Rational
  readonly double: Rational
}

function counter(kept: readonly Of<'counter'>[], wrap: WindowRules['counterWrap']): CounterRollup {
  const modulus = { none: 0n, '32': 2n ** 32n, '64': 2n ** 64n }[wrap]
  const exactOf = (one: Of<'counter'>): Rational =>
    one.exact === undefined ? fromDouble(one.value) : rational(BigInt(one.exact))
  const splitOf = (one: Of<'counter'>): Split => {
    if (one.exact !== undefined) return { decimal: rational(BigInt(one.exact)), double: zero }
    const { sum, places } = exactNumber(one.value)
    return places >= 0 ? { decimal: sum, double: zero } : { decimal: zero, double: sum }
  }
  let [growth, afterResets]: Split[] = [
    { decimal: zero, double: zero },
    { decimal: zero, double: zero },
  ] as [Split, Split]
  const added = (a: Split, b: Split, sign: bigint): Split => ({
    decimal: plus(a.decimal, times(b.decimal, rational(sign))),
    double: plus(a.double, times(b.double, rational(sign))),
  })
  let [resets, dropMs, decimals] = [0, 0, 0]
  for (const one of kept)
    if (one.exact === undefined) decimals = Math.max(decimals, exactNumber(one.value).places)
  for (const [index, to] of kept.entries()) {
    const from = kept[index - 1]
    if (from === undefined) continue
    const fell = minus(exactOf(to), exactOf(from)).numerator < 0n
    const isWrapped =
      fell && minus(exactOf(from), rational(modulus)).numerator < 0n && exactOf(to).numerator >= 0n
    if (fell && !isWrapped) {
      resets += 1
      dropMs += to.time - from.time
      afterResets = added(afterResets, splitOf(to), 1n)
      continue
    }
    growth = added(added(growth, splitOf(to), 1n), splitOf(from), -1n)
    if (isWrapped) growth = added(growth, { decimal: rational(modulus), double: zero }, 1n)
  }
  const point = ({ time, value, exact }: Of<'counter'>): CounterPoint =>
    exact === undefined ? { time, value } : { time, value, exact }
  const doubles = { growth: parts(growth.double), afterResets: parts(afterResets.double) }
  return {
    kind: 'counter',
    count: kept.length,
    first: point(kept[0]!),
    last: point(kept.at(-1)!),
    resets,
    growth: nearestDouble(plus(growth.decimal, growth.double)),
    afterResets: nearestDouble(plus(afterResets.decimal, afterResets.double)),
    dropMs,
    exact: {
      decimals,
      growth: parts(scaled(growth.decimal, decimals)),
      afterResets: parts(scaled(afterResets.decimal, decimals)),
      ...(doubles.growth.length + doubles.afterResets.length > 0 ? { doubles } : {}),
    },
    inexact: false,
  }
}

function texts(kept: readonly Of<'text'>[]): TextRollup {
  const counts = new Map<string, number>()
  for (const { value } of kept) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [first, last] = [kept[0]!, kept.at(-1)!]
  return {
    kind: 'text',
    count: kept.length,
    changes: kept.filter(({ value }, index) => index > 0 && value !== kept[index - 1]!.value).length,
    first: { time: first.time, value: first.value },
    last: { time: last.time, value: last.value },
    counts: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, count]) => ({ value, count })),
    inexact: false,
  }
}
