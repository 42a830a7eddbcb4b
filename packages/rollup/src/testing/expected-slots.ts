import { windowStart } from '@tocsin/core'
import {
  dividedBy,
  fromDouble,
  minus,
  nearestDouble,
  nearestRoot,
  plus,
  rational,
  times,
  total,
  ulpsBetween,
  type Rational,
} from '@tocsin/core/testing'

import type { RollupInput } from '../engine/reading.ts'
import type { CounterWrap, SameTime } from '../engine/rollups.ts'
import type { RollupValue } from '../engine/value.ts'
import { exactNumber } from './exact-number.ts'

/** What is asked of {@link expectedSlots}. */
export interface ExpectedSlotsQuery {
  /** First moment, ms since the Unix epoch; the window that holds it is the first slot. */
  readonly from: number
  /** End, exclusive, ms since the Unix epoch. */
  readonly to: number
  /** Length of the slots, ms. */
  readonly periodMs: number
  /** Which value of each. */
  readonly value: RollupValue
  /** As the option of a store. @defaultValue `'largest'` */
  readonly sameTime?: SameTime | undefined
  /** As the option of a store. @defaultValue `'none'` */
  readonly counterWrap?: CounterWrap | undefined
  /** As the option of a store: without it, no slot has a `timeAverage`. @defaultValue false */
  readonly timeAverage?: boolean | undefined
}

/**
 * What the slots of one series must say, counted anew from all its samples: in fractions of whole numbers, rounded once, to the
 * nearest double. Shares nothing with the engine that it judges; slow, for tests.
 *
 * The samples are good ones of one family: all numbers (`gauge`, `state`, `observation`, `delta`), all counters, or all texts (`text`, `set`).
 *
 * @returns one value a slot, `null` where there is none
 *
 * @example
 * ```ts
 * import { expectedSlots, samples } from '@tocsin/rollup/testing'
 *
 * const { list } = samples('load 0.1 0.2 0.3 @20s')
 * console.log(expectedSlots(list, { from: 0, to: 120_000, periodMs: 60_000, value: 'sum' })) // => [ 0.6, null ]
 * ```
 */
export function expectedSlots(
  samples: readonly RollupInput[],
  {
    from,
    to,
    periodMs,
    value,
    sameTime = 'largest',
    counterWrap = 'none',
    timeAverage = false,
  }: ExpectedSlotsQuery,
): readonly (number | string | null)[] {
  const counted = countedSamples(samples, sameTime)
  const slots: (number | string | null)[] = []
  for (let start = windowStart(from, periodMs); start < to; start += periodMs) {
    const inside = counted.filter((one) => timeOf(one) >= start && timeOf(one) < start + periodMs)
    const [first] = inside
    // The step into a window belongs to it, and the time until its first sample.
    const before = first && counted[counted.indexOf(first) - 1]
    const isKept = timeAverage || value !== 'timeAverage'
    slots.push(isKept ? windowValue(inside, before, value, counterWrap) : null)
  }
  return slots
}

/** How many doubles lie at most between a value and the one that is nearest to the exact result; 0 for all others. */
const promisedUlps: Readonly<Partial<Record<RollupValue, number>>> = { stddev: 1 }

/** Whether a value is what {@link expectedSlots} gave, as near to it as a store promises. */
export const isPromised = (
  actual: number | string | null,
  expected: number | string | null,
  value: RollupValue,
): boolean =>
  typeof actual === 'number' && typeof expected === 'number'
    ? ulpsBetween(actual, expected) <= (promisedUlps[value] ?? 0)
    : actual === expected

/** A store cuts fractions of a millisecond off. */
const timeOf = ({ time }: RollupInput): number => Math.floor(time)

const isEvent = ({ kind }: RollupInput): boolean =>
  kind === 'observation' || kind === 'delta' || kind === 'set'

/** Those that count, by time, then by value: all events, and of others one of each moment. */
export function countedSamples<S extends RollupInput>(samples: readonly S[], rule: SameTime): readonly S[] {
  const events = samples.filter(isEvent)
  const chosen = new Map<number, S>()
  for (const sample of samples) {
    if (isEvent(sample)) continue
    const before = chosen.get(timeOf(sample))
    if (before === undefined || counts(sample, before, rule)) chosen.set(timeOf(sample), sample)
  }
  return [...events, ...chosen.values()].sort((a, b) => timeOf(a) - timeOf(b) || compareValues(a, b))
}

/** Whether a sample counts and not another one of the same moment. */
function counts(sample: RollupInput, other: RollupInput, rule: SameTime): boolean {
  const order = compareValues(sample, other)
  if (rule !== 'furthest' || typeof sample.value === 'string')
    return rule === 'smallest' ? order < 0 : order > 0
  const distance = compare(magnitude(readingOf(sample)), magnitude(readingOf(other)))
  return distance === 0 ? order > 0 : distance > 0
}

const compareValues = (a: RollupInput, b: RollupInput): number =>
  typeof a.value === 'string' || typeof b.value === 'string'
    ? a.value < b.value
      ? -1
      : Number(a.value > b.value)
    : compare(fromDouble(seenNumber(a)), fromDouble(seenNumber(b))) || compare(readingOf(a), readingOf(b))

const magnitude = (one: Rational): Rational =>
  one.numerator < 0n ? rational(-one.numerator, one.denominator) : one

function compare(a: Rational, b: Rational): number {
  const { numerator } = minus(a, b)
  return numerator < 0n ? -1 : Number(numerator > 0n)
}

const readingOf = ({ value, exact }: RollupInput): Rational =>
  exact === undefined ? exactNumber(value as number) : rational(exact)

/** A delta was scaled up by its sender; an observation was not. */
const seenNumber = ({ kind, value, weight = 1 }: RollupInput): number =>
  kind === 'delta' ? (value as number) / weight : (value as number)

const seenValue = (sample: RollupInput): number | string =>
  typeof sample.value === 'string' ? sample.value : seenNumber(sample)

/** One value of a window of samples that count; a step begins at the one before it, where that is known. */
export function windowValue(
  inside: readonly RollupInput[],
  before: RollupInput | undefined,
  value: RollupValue,
  wrap: CounterWrap,
): number | string | null {
  const [first, last] = [inside[0], inside.at(-1)]
  if (first === undefined || last === undefined) return null
  if (value === 'count') return nearestDouble(total(inside.map(weightOf)))
  if (value === 'first') return seenValue(first)
  if (value === 'last') return seenValue(last)
  if (first.kind === 'counter') return counterValue(inside, before, value, wrap)
  if (typeof first.value === 'string')
    return value === 'changes' ? pairs(inside).filter(([a, b]) => a.value !== b.value).length : null
  return value === 'timeAverage' ? timeAverage(inside, before) : numericValue(inside, value)
}

const weightOf = ({ kind, weight = 1 }: RollupInput): Rational =>
  fromDouble(kind === 'observation' || kind === 'delta' ? weight : 1)

function numericValue(samples: readonly RollupInput[], value: RollupValue): number | null {
  const parts = samples.map((one) => {
    const [number, weight] = [exactNumber(one.value as number), weightOf(one)]
    return { weight, value: one.kind === 'delta' ? dividedBy(number, weight) : number }
  })
  const count = total(parts.map((one) => one.weight))
  const sum = total(parts.map((one) => times(one.weight, one.value)))
  const average = dividedBy(sum, count)
  if (value === 'sum') return nearestDouble(sum)
  if (value === 'average') return nearestDouble(average)
  if (value === 'min') return Math.min(...samples.map(seenNumber))
  if (value === 'max') return Math.max(...samples.map(seenNumber))
  if (value !== 'stddev') return null
  const squares = parts.map((one) => {
    const distance = minus(one.value, average)
    return times(one.weight, times(distance, distance))
  })
  return nearestRoot(dividedBy(total(squares), count))
}

/** Each value by the time until the next; of windows without events. */
function timeAverage(inside: readonly RollupInput[], before: RollupInput | undefined): number | null {
  if (inside.some(isEvent)) return null
  const all = before === undefined ? inside : [before, ...inside]
  const areas = pairs(all).map(([from, to]) =>
    times(exactNumber(seenNumber(from)), rational(BigInt(timeOf(to) - timeOf(from)))),
  )
  const [first, last] = [all[0], all.at(-1)]
  const ms = first === undefined || last === undefined ? 0 : timeOf(last) - timeOf(first)
  return ms === 0 ? null : nearestDouble(dividedBy(total(areas), rational(BigInt(ms))))
}

const modulus: Readonly<Record<CounterWrap, bigint>> = { none: 0n, '32': 2n ** 32n, '64': 2n ** 64n }

function counterValue(
  inside: readonly RollupInput[],
  before: RollupInput | undefined,
  value: RollupValue,
  wrap: CounterWrap,
): number | null {
  const all = value === 'resets' || before === undefined ? inside : [before, ...inside]
  const steps = pairs(all).map(([from, to]) => stepOf(from, to, wrap))
  if (value === 'resets') return steps.filter(({ fell }) => fell).length
  if (steps.length === 0) return null
  if (value === 'increase') return nearestDouble(total(steps.map(({ step, fell, to }) => (fell ? to : step))))
  if (value !== 'rate') return null
  const up = steps.filter(({ fell }) => !fell)
  const ms = up.reduce((sum, one) => sum + one.ms, 0)
  const growth = total(up.map(({ step }) => step))
  return ms > 0 ? nearestDouble(dividedBy(times(growth, rational(1000n)), rational(BigInt(ms)))) : null
}

/** A fall is a restart from 0, or runs over the end of a counter of 32 or 64 bits. */
function stepOf(
  from: RollupInput,
  to: RollupInput,
  wrap: CounterWrap,
): { readonly step: Rational; readonly fell: boolean; readonly to: Rational; readonly ms: number } {
  const [before, after, end] = [readingOf(from), readingOf(to), rational(modulus[wrap])]
  const step = minus(after, before)
  const falls = step.numerator < 0n
  const wraps = falls && after.numerator >= 0n && compare(before, end) < 0
  const ms = timeOf(to) - timeOf(from)
  return { step: wraps ? plus(step, end) : step, fell: falls && !wraps, to: after, ms }
}

const pairs = (sorted: readonly RollupInput[]): readonly (readonly [RollupInput, RollupInput])[] =>
  sorted.slice(1).flatMap((to, index) => {
    const from = sorted[index]
    return from === undefined ? [] : [[from, to] as const]
  })
