import { parseDuration } from '@tocsin/core'
import {
  dividedBy,
  fromDouble,
  minus,
  nearestDouble,
  nearestRoot,
  plus,
  rational,
  type Rational,
  times,
  total,
} from '@tocsin/core/testing'

import type { Comparison, PartTerm, Span, Term } from '../../src/model/rule-set.ts'
import { changedOf, compareSample } from './compare.ts'
import { around, exactly, type Interval } from './interval.ts'
import { filledMs, inWindow, isTold, numberOf, type Seen } from './windows.ts'

export const ms = (duration: string): number => parseDuration(duration) ?? NaN

/** What a term looks at: the samples of a row so far, and the moment. */
export interface View {
  readonly seen: readonly Seen[]
  readonly time: number
  readonly panes: number
  /** Of a group: what its last value is; of a series, that of its last sample. */
  readonly last: Interval
  /** The row of some of the members of a group. */
  readonly part: (select: string | undefined) => View
}

/** The window of a term; `undefined` where it has none of time. */
function windowOf(term: Term): number | undefined {
  const { average, min, max, sum, stddev, rate, delta, counter, zscore, over, changes } = term
  const span: Span | undefined =
    average ?? min ?? max ?? sum ?? stddev ?? rate ?? delta ?? counter ?? zscore ?? over ?? changes
  return typeof span === 'string' ? ms(span) : undefined
}

/** Whether so much of what a term looks at is covered. */
export function isFilled(term: Term, minFillMs: number, view: View): boolean {
  if (term.ratio !== undefined)
    return term.ratio.every((part) => isFilled(part as Term, minFillMs, view.part(part.select)))
  const durationMs = windowOf(term)
  return durationMs === undefined || filledMs(view.seen, view.time, durationMs) >= minFillMs
}

/** The number that a term is. */
export function valueOf(term: Term | PartTerm, view: View): Interval {
  if (term.last !== undefined) return view.last
  if ('ratio' in term) return ratioOf(term.ratio, view)
  const durationMs = windowOf(term)
  if (durationMs === undefined) return overSamples(term, view.seen)
  const within = inWindow(view.seen, view.time, durationMs, view.panes)
  if (term.changes !== undefined) return exactly(within.filter((one) => changedOf(one) === 'true').length)
  if (term.count !== undefined || term.share !== undefined) return matching(term, within)
  if (within.length === 0) return exactly(NaN)
  const values = within.map(numberOf)
  if (values.some(Number.isNaN)) return exactly(NaN)
  if (term.min !== undefined) return exactly(Math.min(...values))
  if (term.max !== undefined) return exactly(Math.max(...values))
  if (term.zscore !== undefined) return zscoreOf(view, durationMs)
  if (term.quantile !== undefined) return quantileOf(values, term.quantile)
  if (values.some((one) => !Number.isFinite(one))) return exactly(NaN)
  const result = finiteTerm(term, within, view)
  return Number.isFinite(result.low) && Number.isFinite(result.high) ? result : exactly(NaN)
}

function overSamples(term: Term | PartTerm, seen: readonly Seen[]): Interval {
  if (typeof term.changes === 'number') {
    const last = seen.filter(isTold).slice(-term.changes)
    return exactly(last.slice(1).filter((one) => changedOf(one) === 'true').length)
  }
  const of = term.count ?? term.share
  const known = seen.filter((one) => compareSample(of as Comparison, one) !== 'unknown')
  return matching(term, known.slice(-(term.over as number)))
}

function matching({ count, share }: Term | PartTerm, within: readonly Seen[]): Interval {
  const truths = within.map((one) => compareSample((count ?? share) as Comparison, one))
  const trues = truths.filter((one) => one === 'true').length
  if (count !== undefined) return exactly(trues)
  return exactly(trues / truths.filter((one) => one !== 'unknown').length)
}

const whole = (value: number): Rational => rational(BigInt(value))
const exactOf = (one: Seen): Rational => fromDouble(numberOf(one))

function finiteTerm(term: Term | PartTerm, within: readonly Seen[], view: View): Interval {
  const values = within.map(exactOf)
  const doubles = within.map(numberOf)
  const greatest = Math.max(...doubles.map(Math.abs))
  const sum = total(values)
  const mean = dividedBy(sum, whole(within.length))
  const [least, most] = [Math.min(...doubles), Math.max(...doubles)]
  if (term.average !== undefined) {
    const { low, high } = rounded(mean)
    return { low: Math.max(least, low), high: Math.min(most, high) }
  }
  if (term.sum !== undefined) return within.length === 1 ? exactly(least) : rounded(sum)
  if (term.stddev !== undefined) {
    if (least === most) return exactly(0)
    const squares = total(values.map((one) => times(minus(one, mean), minus(one, mean))))
    const right = nearestRoot(dividedBy(squares, whole(within.length)))
    return around(right, right * 1e-12 + greatest * 1e-14)
  }
  if (term.counter !== undefined) return counterOf(within, view, greatest)
  if (term.forecast !== undefined) return forecastOf(within, view.time + ms(term.forecast), greatest)
  const oldest = within.toSorted((a, b) => a.time - b.time)[0]
  const newest = within.toReversed().toSorted((a, b) => b.time - a.time)[0]
  if (oldest === undefined || newest === undefined || oldest.time === newest.time) return exactly(NaN)
  const change = minus(exactOf(newest), exactOf(oldest))
  if (term.delta !== undefined) return exactly(nearestDouble(change) + 0)
  return rounded(dividedBy(times(change, whole(1000)), whole(newest.time - oldest.time)), 2 ** -50)
}

/** The nearest double, and what lies within a place or so of it. */
function rounded(value: Rational, by = 2 ** -52): Interval {
  const near = nearestDouble(value)
  const off = minus(fromDouble(near), value)
  return off.numerator === 0n && by === 2 ** -52 ? exactly(near + 0) : around(near, Math.abs(near) * by)
}

/** Each sample's increase since the one before it, per second since the earliest of those before. */
function counterOf(within: readonly Seen[], view: View, greatest: number): Interval {
  const steps = within.flatMap((one) => {
    const { before } = one
    if (before === undefined || !Number.isFinite(numberOf(before))) return []
    const fell = numberOf(one) < numberOf(before)
    return [{ by: fell ? exactOf(one) : minus(exactOf(one), exactOf(before)), since: before.time }]
  })
  const span =
    Math.max(...view.seen.map(({ time }) => time)) - Math.min(Infinity, ...steps.map(({ since }) => since))
  if (steps.length === 0 || span <= 0) return exactly(NaN)
  const increase = steps.map(({ by }) => by).reduce(plus, rational(0n))
  if (increase.numerator === 0n) return exactly(0)
  const right = nearestDouble(dividedBy(times(increase, whole(1000)), whole(span)))
  return around(right, right * 1e-12 + (greatest * 1e-12) / Math.min(1, span / 1000))
}

/** The sample of that rank, within 5 %; below the least normal double there are no 5 %. */
function quantileOf(doubles: readonly number[], quantile: number): Interval {
  const sorted = doubles.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil(Number((quantile * sorted.length).toFixed(9))))
  const right = sorted[rank - 1] ?? NaN
  return Number.isFinite(right) ? around(right, Math.max(2 ** -1022, Math.abs(right) * 0.05)) : exactly(right)
}

/** Least squares. */
function forecastOf(within: readonly Seen[], at: number, greatest: number): Interval {
  if (new Set(within.map(({ time }) => time)).size < 2) return exactly(NaN)
  const n = whole(within.length)
  const meanTime = dividedBy(total(within.map(({ time }) => whole(time))), n)
  const mean = dividedBy(total(within.map(exactOf)), n)
  const late = within.map(({ time }) => minus(whole(time), meanTime))
  const off = within.map((one) => minus(exactOf(one), mean))
  const squares = total(late.map((one) => times(one, one)))
  const slope = dividedBy(total(late.map((one, index) => times(one, off[index] ?? one))), squares)
  const ahead = minus(whole(at), meanTime)
  const right = nearestDouble(plus(mean, times(slope, ahead)))
  // How far a value's last place is thrown by a line so steep.
  const lever =
    1 + (Math.abs(nearestDouble(ahead)) * Math.sqrt(within.length)) / Math.sqrt(nearestDouble(squares))
  return around(right, greatest * lever * lever * 1e-12 + 1e-300)
}

/** How far the last sample is from the window as it was before it, in its standard deviations. */
function zscoreOf(view: View, durationMs: number): Interval {
  const last = view.seen.at(-1)
  if (last === undefined) return exactly(NaN)
  const rest = view.seen.slice(0, -1)
  const at = Math.max(last.time, ...rest.map(({ time }) => time))
  const before = rest.length === 0 ? [] : inWindow(rest, at, durationMs, view.panes)
  const value = numberOf(last)
  if (before.length < 2 || !before.every((one) => Number.isFinite(numberOf(one)))) return exactly(NaN)
  if (!Number.isFinite(value)) return exactly(NaN)
  const mean = dividedBy(total(before.map(exactOf)), whole(before.length))
  const squares = total(before.map((one) => times(minus(exactOf(one), mean), minus(exactOf(one), mean))))
  const off = nearestDouble(minus(fromDouble(value), mean))
  if (squares.numerator === 0n) return exactly(off === 0 ? 0 : Math.sign(off) * Infinity)
  const right = off / nearestRoot(dividedBy(squares, whole(before.length)))
  return around(right, Math.abs(right) * 1e-8 + 1e-12)
}

/** 0 of 0 is unknown; all else of 0 is infinite, of its own sign. */
function ratioOf([top, bottom]: readonly [PartTerm, PartTerm], view: View): Interval {
  const [above, below] = [valueOf(top, view.part(top.select)), valueOf(bottom, view.part(bottom.select))]
  if (Number.isNaN(above.low) || Number.isNaN(below.low)) return exactly(NaN)
  const divided = (a: number, b: number): number => a / (b + 0)
  if (above.low === above.high && below.low === below.high) return exactly(divided(above.low, below.low))
  const corners = [above.low, above.high].flatMap((a) => [below.low, below.high].map((b) => divided(a, b)))
  return { low: Math.min(...corners) - 1e-300, high: Math.max(...corners) + 1e-300 }
}
