import type { Sample } from '@tocsin/core'
import { add, addProduct, nearest, type ExactSum } from '@tocsin/core/exact-sum'

import { boundsOf } from '../writer/bin-bounds.ts'
import { valueText } from '../writer/numbers.ts'

/** The value of one series on a page. */
export interface PageValue {
  /** Takes a sample; gives why not, `'late'` where a newer one is there. */
  take(sample: Sample): string | undefined
  /** What stands behind each of its names, in their order. */
  texts(): readonly string[]
}

/** What is known to have been there before. */
export const late = 'late'

const falling = 'an increment of a counter is not negative, and no counter is'

/** The last value of a gauge. */
export function createGaugeValue(): PageValue {
  let [value, time, exact] = [0, -Infinity, undefined as bigint | undefined]
  return {
    take(sample) {
      if (sample.time < time) return late
      ;({ time, exact } = sample)
      value = Number(sample.value)
      return undefined
    },
    texts: () => [valueText(value, exact)],
  }
}

/** A counter that is told, or the sum of increments: those that come after a total count from it on. */
export function createCounterValue(): PageValue {
  let sum: ExactSum = []
  let time = -Infinity
  let exact: bigint | undefined
  return {
    take(sample) {
      const value = Number(sample.value)
      if (!(value >= 0)) return falling
      if (sample.kind === 'delta') {
        if (exact !== undefined) sum = partsOfInteger(exact)
        exact = undefined
        if (sample.exact === undefined) add(sum, value)
        else for (const part of partsOfInteger(sample.exact)) add(sum, part)
        return undefined
      }
      if (sample.time < time) return late
      ;({ time, exact } = sample)
      sum = value === 0 ? [] : [value]
      return undefined
    },
    texts: () => [exact === undefined ? sumText(sum) : exact.toString()],
  }
}

/** An integer as doubles that add up to it. */
function partsOfInteger(integer: bigint): ExactSum {
  const sum: ExactSum = []
  for (let rest = integer; rest !== 0n;) {
    const part = Number(rest)
    if (!Number.isFinite(part)) return [part]
    add(sum, part)
    rest -= BigInt(part)
  }
  return sum
}

/** All digits of a sum that is a whole number, else the nearest double. */
function sumText(sum: ExactSum): string {
  const value = nearest(sum)
  if (sum.length < 2 || !sum.every(Number.isInteger)) return valueText(value)
  return sum.reduce((total, part) => total + BigInt(part), 0n).toString()
}

/**
 * Buckets, and sum and count behind them. What has come as bins has no sum, and where a measurement is negative it may
 * fall, which the format does not allow: then its series has neither any more.
 */
export function createHistogramValue(buckets: readonly number[], isLatest: boolean): PageValue {
  let counts = new Float64Array(buckets.length + 1)
  // With negative bounds there is none either.
  let sum: ExactSum | undefined = (buckets[0] ?? 0) < 0 ? undefined : []
  let time = -Infinity

  const count = (value: number, weight: number): void => {
    let at = 0
    while (at < buckets.length && value > (buckets[at] ?? Infinity)) at += 1
    counts[at] = (counts[at] ?? 0) + weight
  }

  return {
    take(sample) {
      if (sample.kind !== 'histogram') {
        const value = Number(sample.value)
        if (!Number.isFinite(value)) return 'an observation is a finite number'
        count(value, sample.weight ?? 1)
        if (value < 0) sum = undefined
        else if (sum !== undefined) addProduct(sum, value, sample.weight ?? 1)
        return undefined
      }
      if (isLatest) {
        if (sample.time < time) return late
        time = sample.time
        counts = new Float64Array(buckets.length + 1)
      }
      sum = undefined
      for (const bin of sample.value.bins) count(boundsOf(bin)[1], bin.count)
      return undefined
    },
    texts() {
      const texts: string[] = []
      let total = 0
      for (const one of counts) texts.push(valueText((total += one)))
      if (sum !== undefined) texts.push(valueText(total), valueText(nearest(sum)))
      return texts
    },
  }
}
