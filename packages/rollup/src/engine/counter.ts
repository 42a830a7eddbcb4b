import { add, addScaled, partsOf, type ExactSum } from '@tocsin/core/exact-sum'

import { decimalsOf, nearestTotal, powerOfTen, rescaled, scaledDecimal } from './decimals.ts'
import type { CounterExact, CounterPoint, CounterRollup, CounterWrap } from './rollups.ts'
import type { SequenceAlgebra } from './sequence.ts'

/** A counter's reading; a bigint where a double would not hold it. The language compares both exactly. */
export type CounterValue = number | bigint

/** The reading of a point. */
export const readingOf = ({ value, exact }: CounterPoint): CounterValue =>
  exact === undefined ? value : BigInt(exact)

/** A reading at its moment. */
export const counterPoint = (time: number, reading: CounterValue): CounterPoint =>
  typeof reading === 'number'
    ? { time, value: reading }
    : { time, value: Number(reading), exact: reading.toString() }

/** What the steps of a counter add up to. */
export interface CounterSteps {
  decimals: number
  resets: number
  growth: ExactSum
  afterResets: ExactSum
  readonly doubleGrowth: ExactSum
  readonly doubleAfterResets: ExactSum
  dropMs: number
}

/** Of no readings. */
export const createSteps = (): CounterSteps => ({
  decimals: 0,
  resets: 0,
  growth: [],
  afterResets: [],
  doubleGrowth: [],
  doubleAfterResets: [],
  dropMs: 0,
})

/** Adds the steps within a rollup. */
export function addSteps(steps: CounterSteps, { exact, resets, dropMs }: CounterRollup): void {
  raise(steps, exact.decimals)
  const factor = powerOfTen(steps.decimals - exact.decimals)
  addScaled(steps.growth, exact.growth, factor)
  addScaled(steps.afterResets, exact.afterResets, factor)
  addScaled(steps.doubleGrowth, exact.doubles?.growth ?? [], 1)
  addScaled(steps.doubleAfterResets, exact.doubles?.afterResets ?? [], 1)
  steps.resets += resets
  steps.dropMs += dropMs
}

/** Scales by 10^places from now on, where that is more. */
function raise(steps: CounterSteps, places: number): void {
  const { decimals } = steps
  if (places <= decimals) return
  steps.growth = rescaled(steps.growth, decimals, places)
  steps.afterResets = rescaled(steps.afterResets, decimals, places)
  steps.decimals = places
}

/** Adds the step from one reading to a later one. */
export function recordStep(
  steps: CounterSteps,
  from: CounterPoint,
  to: CounterPoint,
  wrap: CounterWrap,
): void {
  const [before, after] = [readingOf(from), readingOf(to)]
  if (after < before && !isWrapped(before, after, wrap)) {
    recordFall(steps, from.time, to.time, after)
    return
  }
  recordGrowth(steps, before, after)
  if (after < before) addGrowth(steps, modulus[wrap], 1)
}

function recordGrowth(steps: CounterSteps, from: CounterValue, to: CounterValue): void {
  addGrowth(steps, to, 1)
  addGrowth(steps, from, -1)
}

function recordFall(steps: CounterSteps, from: number, to: number, reading: CounterValue): void {
  const places = placesOf(reading)
  raise(steps, places)
  if (places < 0) add(steps.doubleAfterResets, Number(reading))
  else addReading(steps.afterResets, reading, places, steps.decimals, 1)
  steps.resets += 1
  steps.dropMs += to - from
}

function addGrowth(steps: CounterSteps, reading: CounterValue, sign: 1 | -1): void {
  const places = placesOf(reading)
  raise(steps, places)
  if (places < 0) add(steps.doubleGrowth, sign * Number(reading))
  else addReading(steps.growth, reading, places, steps.decimals, sign)
}

const placesOf = (reading: CounterValue): number => (typeof reading === 'number' ? decimalsOf(reading) : 0)

/** Adds a decimal to a sum that is scaled by 10^decimals. */
function addReading(
  sum: ExactSum,
  reading: CounterValue,
  places: number,
  decimals: number,
  sign: 1 | -1,
): void {
  const factor = powerOfTen(decimals - places)
  if (typeof reading === 'number') {
    addScaled(sum, [sign * scaledDecimal(reading, places)], factor)
    return
  }
  let left = reading
  while (left !== 0n) {
    const part = Number(left)
    addScaled(sum, [sign * part], factor)
    left -= BigInt(part)
  }
}

const modulus = { none: 0, '32': 2 ** 32, '64': 2n ** 64n } as const

/** Whether a fall is that of a counter that went on over its largest value. */
const isWrapped = (from: CounterValue, to: CounterValue, wrap: CounterWrap): boolean =>
  from < modulus[wrap] && to >= 0

type ToldSteps = Pick<CounterRollup, 'resets' | 'growth' | 'afterResets' | 'dropMs' | 'exact'>

function tell(steps: CounterSteps): ToldSteps {
  const { resets, dropMs, decimals } = steps
  const exact = exactOf(steps)
  return {
    resets,
    growth: nearestTotal(exact.growth, exact.doubles?.growth ?? [], decimals),
    afterResets: nearestTotal(exact.afterResets, exact.doubles?.afterResets ?? [], decimals),
    dropMs,
    exact,
  }
}

function exactOf(steps: CounterSteps): CounterExact {
  const exact = {
    decimals: steps.decimals,
    growth: partsOf(steps.growth),
    afterResets: partsOf(steps.afterResets),
  }
  const [growth, afterResets] = [partsOf(steps.doubleGrowth), partsOf(steps.doubleAfterResets)]
  return growth.length + afterResets.length === 0 ? exact : { ...exact, doubles: { growth, afterResets } }
}

const algebraOf = (wrap: CounterWrap): SequenceAlgebra<CounterValue, CounterRollup> => ({
  fold: (times, values, end) => fold(times, values, end, wrap),
  merge: (a, b) => mergeCounters(a, b, wrap),
  sizeOf: (value) => (typeof value === 'number' ? 1 : 3),
})

/** Counters: readings that only grow, but for restarts and, where it is said, for running over. */
export const counterAlgebras: Readonly<Record<CounterWrap, SequenceAlgebra<CounterValue, CounterRollup>>> = {
  none: algebraOf('none'),
  '32': algebraOf('32'),
  '64': algebraOf('64'),
}

function fold(
  times: readonly number[],
  values: readonly CounterValue[],
  end: number,
  wrap: CounterWrap,
): CounterRollup {
  const steps = createSteps()
  const timeAt = (at: number): number => times[at] ?? 0
  const [first = 0] = values
  // Steps up one after the other add up to one step.
  let [foot, last] = [first, first]
  for (let at = 0; at < end; at += 1) {
    const next = values[at] ?? 0
    // Also of readings that no sum needs: equal readings are to give equal states.
    raise(steps, placesOf(next))
    if (next < last) {
      recordGrowth(steps, foot, last)
      if (isWrapped(last, next, wrap)) {
        recordGrowth(steps, last, next)
        addGrowth(steps, modulus[wrap], 1)
      } else recordFall(steps, timeAt(at - 1), timeAt(at), next)
      foot = next
    }
    last = next
  }
  recordGrowth(steps, foot, last)
  return {
    kind: 'counter',
    count: end,
    first: counterPoint(timeAt(0), first),
    last: counterPoint(timeAt(end - 1), last),
    ...tell(steps),
    inexact: false,
  }
}

function comparePoints(a: CounterPoint, b: CounterPoint): number {
  const [one, other] = [readingOf(a), readingOf(b)]
  return a.time - b.time || (one < other ? -1 : one > other ? 1 : 0)
}

/** Of two that begin and end alike the one with more readings comes first: the order in which they are given decides nothing. */
const compareWindows = (a: CounterRollup, b: CounterRollup): number =>
  comparePoints(a.first, b.first) ||
  comparePoints(a.last, b.last) ||
  b.count - a.count ||
  b.resets - a.resets ||
  b.growth - a.growth ||
  b.afterResets - a.afterResets ||
  b.dropMs - a.dropMs

/** Two windows. Where they overlap in time the places of readings among others are gone: that of the earlier one stands, and the other adds what lies behind it. */
export function mergeCounters(one: CounterRollup, other: CounterRollup, wrap: CounterWrap): CounterRollup {
  const [a, b] = compareWindows(one, other) <= 0 ? [one, other] : [other, one]
  if (a.last.time < b.first.time) return joinCounters([a, b], wrap)
  const steps = createSteps()
  addSteps(steps, a)
  raise(steps, b.exact.decimals)
  const last = a.last.time < b.last.time ? b.last : a.last
  if (last !== a.last) recordStep(steps, a.last, last, wrap)
  return { kind: 'counter', count: a.count + b.count, first: a.first, last, ...tell(steps), inexact: true }
}

/** All together; in order of time they may not overlap, or {@link mergeCounters} has them. */
export function foldCounters(
  parts: readonly [CounterRollup, ...CounterRollup[]],
  wrap: CounterWrap,
): CounterRollup {
  const inOrder = parts.every((part, at) => at === 0 || (parts[at - 1]?.last.time ?? 0) < part.first.time)
  return inOrder ? joinCounters(parts, wrap) : parts.reduce((whole, part) => mergeCounters(whole, part, wrap))
}

/** Windows one behind the other. */
function joinCounters(parts: readonly [CounterRollup, ...CounterRollup[]], wrap: CounterWrap): CounterRollup {
  const steps = createSteps()
  const { first } = parts[0]
  let [last, count, inexact]: [CounterPoint | undefined, number, boolean] = [undefined, 0, false]
  for (const part of parts) {
    if (last !== undefined) recordStep(steps, last, part.first, wrap)
    addSteps(steps, part)
    last = part.last
    count += part.count
    if (part.inexact) inexact = true
  }
  return { kind: 'counter', count, first, last: last ?? first, ...tell(steps), inexact }
}
