import type { Sample } from '@tocsin/core'

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

import type { CounterWrap, SameTime } from '../../src/engine/rollups.ts'

/** How many doubles lie at most between a value and the one that is nearest to the exact result; 0 for all others. */
const promisedUlps: Readonly<Record<string, number>> = { stddev: 1 }

/** What a window is asked by, besides its samples. */
export interface OracleRules {
  readonly sameTime: SameTime
  readonly counterWrap: CounterWrap
}

const defaultRules: OracleRules = { sameTime: 'largest', counterWrap: 'none' }

/** Whether a value is what {@link exactValue} gave, as near as is promised. */
export function isPromised(actual: unknown, expected: number | string | null, value: string): boolean {
  return typeof actual === 'number' && typeof expected === 'number'
    ? ulpsBetween(actual, expected) <= (promisedUlps[value] ?? 0)
    : actual === expected
}

/**
 * What a value stands for: the decimal that its shortest text says, where that has at most nine places and is a whole number of
 * its last place up to 2^51 (up to 2^53 without places); or else the binary fraction.
 */
export function meantBy(value: number): Rational {
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = BigInt(whole + fraction)
  const places = fraction.length - Number(power)
  if (places <= 0) return fromDouble(value)
  const magnitude = digits < 0n ? -digits : digits
  return places <= 9 && magnitude <= 2n ** 51n ? rational(digits, 10n ** BigInt(places)) : fromDouble(value)
}

/** The samples that count, in order of time: all events, and of others one a moment. */
export function counted(samples: readonly Sample[], { sameTime }: OracleRules = defaultRules): Sample[] {
  const moments = new Map<number, Sample>()
  const events: Sample[] = []
  for (const one of samples) {
    if (['observation', 'delta', 'set'].includes(one.kind)) events.push(one)
    else {
      const known = moments.get(one.time)
      if (known === undefined || isPreferred(one, known, sameTime)) moments.set(one.time, one)
    }
  }
  const order = (a: Sample, b: Sample): number => {
    const [one, other] = [seenValue(a), seenValue(b)]
    return a.time - b.time || (one < other ? -1 : one > other ? 1 : 0)
  }
  return [...moments.values(), ...events].sort(order)
}

function isPreferred(one: Sample, other: Sample, rule: SameTime): boolean {
  if (typeof one.value === 'string') {
    return rule === 'smallest' ? one.value < other.value : one.value > other.value
  }
  const [a, b] = [readingOf(one), readingOf(other)]
  if (rule === 'smallest') return isLess(a, b)
  if (rule === 'largest') return isLess(b, a)
  const [far, near] = [times(a, a), times(b, b)]
  return isLess(near, far) || (!isLess(far, near) && isLess(b, a))
}

const isLess = (a: Rational, b: Rational): boolean => minus(a, b).numerator < 0n

/** What a window should say, computed anew from all its samples in fractions, rounded once at the end. */
export function exactValue(
  samples: readonly Sample[],
  value: string,
  rules: OracleRules = defaultRules,
): number | string | null {
  const sorted = counted(samples, rules)
  const first = sorted[0]
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) return null
  if (value === 'count') return nearestDouble(total(sorted.map(weightOf)))
  if (value === 'first') return seenValue(first)
  if (value === 'last') return seenValue(last)
  if (typeof first.value === 'string')
    return value === 'changes' ? pairs(sorted).filter(([a, b]) => a.value !== b.value).length : null
  return first.kind === 'counter'
    ? counterValue(sorted, value, rules.counterWrap)
    : numericValue(sorted, value)
}

/** As {@link exactValue}, for one of the windows of a series; the step into a counter's window belongs to it, if it is not too long. */
export function exactSlot(
  series: readonly Sample[],
  slot: number,
  periodMs: number,
  value: string,
): number | string | null {
  const sorted = [...series].sort((a, b) => a.time - b.time)
  const inside = sorted.filter(({ time }) => Math.floor(time / periodMs) === slot)
  const [first] = inside
  if (first?.kind !== 'counter' || (value !== 'rate' && value !== 'increase'))
    return exactValue(inside, value)
  const before = sorted[sorted.indexOf(first) - 1]
  const near = before !== undefined && first.time - before.time <= Math.max(periodMs, 300_000)
  return exactValue(near ? [before, ...inside] : inside, value)
}

/** A delta was scaled up by its sender; an observation was not. */
const seenValue = ({ kind, value, weight = 1 }: Sample): number | string =>
  kind === 'delta' ? value / weight : (value as number | string)

const weightOf = ({ kind, weight = 1 }: Sample): Rational =>
  fromDouble(kind === 'observation' || kind === 'delta' ? weight : 1)

function numericValue(samples: readonly Sample[], value: string): number | null {
  const parts = samples.map((one) => {
    const [number, weight] = [meantBy(one.value as number), weightOf(one)]
    return { weight, value: one.kind === 'delta' ? dividedBy(number, weight) : number }
  })
  const numbers = samples.map(seenValue) as number[]
  const count = total(parts.map((one) => one.weight))
  const sum = total(parts.map((one) => times(one.weight, one.value)))
  const average = dividedBy(sum, count)
  switch (value) {
    case 'sum':
      return nearestDouble(sum)
    case 'average':
      return nearestDouble(average)
    case 'min':
      return Math.min(...numbers)
    case 'max':
      return Math.max(...numbers)
    case 'stddev': {
      const squares = parts.map((one) => {
        const distance = minus(one.value, average)
        return times(one.weight, times(distance, distance))
      })
      return nearestRoot(dividedBy(total(squares), count))
    }
    default:
      return null
  }
}

const readingOf = ({ value, exact }: Sample): Rational =>
  exact === undefined ? meantBy(value as number) : rational(exact)

function counterValue(sorted: readonly Sample[], value: string, wrap: CounterWrap): number | null {
  const limit = rational(wrap === 'none' ? 0n : 2n ** BigInt(wrap))
  const steps = pairs(sorted).map(([from, to]) => {
    const [before, after] = [readingOf(from), readingOf(to)]
    const step = minus(after, before)
    const wrapped = step.numerator < 0n && isLess(before, limit) && after.numerator >= 0n
    return {
      step: wrapped ? plus(step, limit) : step,
      fell: step.numerator < 0n && !wrapped,
      to: after,
      ms: to.time - from.time,
    }
  })
  if (value === 'resets') return steps.filter(({ fell }) => fell).length
  if (steps.length === 0) return null
  if (value === 'increase') return nearestDouble(total(steps.map(({ step, fell, to }) => (fell ? to : step))))
  if (value !== 'rate') return null
  const up = steps.filter(({ fell }) => !fell)
  const ms = up.reduce((sum, one) => sum + one.ms, 0)
  const growth = up.map(({ step }) => step).reduce(plus, rational(0n))
  return ms > 0 ? nearestDouble(dividedBy(times(growth, rational(1000n)), rational(BigInt(ms)))) : null
}

const pairs = (sorted: readonly Sample[]): [Sample, Sample][] =>
  sorted.slice(1).map((one, index) => [sorted[index]!, one])
