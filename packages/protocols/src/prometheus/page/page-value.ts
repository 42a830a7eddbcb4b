import type { Histogram, Sample } from '@tocsin/core'
import { add, addProduct, nearest, type ExactSum } from '@tocsin/core/exact-sum'

import { boundsOf } from '../writer/bin-bounds.ts'
import { valueText } from '../writer/numbers.ts'

interface Taking {
  /** Takes a sample; gives why not, `'late'` where a newer one is there. */
  take(sample: Sample): string | undefined
}

/** A value that is one number. */
interface OneValue extends Taking {
  text(): string
}

/** A value that is several, in the order of their names. */
interface SeveralValues extends Taking {
  texts(): readonly string[]
}

/** The value of one series on a page. */
export type PageValue = OneValue | SeveralValues

/** What is known to have been there before. */
export const late = 'late'

const endless = 'what counts is finite'
const falling = 'an increment of a counter is not negative, and no counter is'

/** The last value of a gauge. A class, as are the others: of closures a page would take twice the memory, and the time to read it. */
class GaugeValue implements OneValue {
  private value = 0
  private time = -Infinity
  private exact: bigint | undefined

  take(sample: Sample): string | undefined {
    if (sample.time < this.time) return late
    this.time = sample.time
    this.exact = sample.exact
    this.value = Number(sample.value)
    return undefined
  }

  text(): string {
    return valueText(this.value, this.exact)
  }
}

/** A counter that is told, or the sum of increments: those that come after a total count from it on. */
class CounterValue implements OneValue {
  private value = 0
  private time = -Infinity
  private exact: bigint | undefined
  /** In place of `value`, once that would be rounded. */
  private sum: ExactSum | undefined

  take(sample: Sample): string | undefined {
    const value = Number(sample.value)
    if (!(value >= 0)) return falling
    // Of a sum with it nothing could be said any more.
    if (value === Infinity) return endless
    if (sample.kind === 'delta') {
      this.add(value, sample.exact)
      return undefined
    }
    if (sample.time < this.time) return late
    this.time = sample.time
    this.exact = sample.exact
    this.value = value
    this.sum = undefined
    return undefined
  }

  private add(value: number, exact: bigint | undefined): void {
    const total = this.value + value
    if (
      this.sum === undefined &&
      this.exact === undefined &&
      Number.isSafeInteger(total) &&
      Number.isInteger(value)
    ) {
      this.value = total
      return
    }
    this.sum ??=
      this.exact === undefined ? [this.value].filter((part) => part !== 0) : partsOfInteger(this.exact)
    this.exact = undefined
    if (exact === undefined) add(this.sum, value)
    else for (const part of partsOfInteger(exact)) add(this.sum, part)
  }

  text(): string {
    return this.sum === undefined ? valueText(this.value, this.exact) : sumText(this.sum)
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

/** All digits of a sum that is a whole number, else the nearest double, or infinity beyond the largest. */
function sumText(sum: ExactSum): string {
  const value = nearest(sum)
  if (!Number.isFinite(value)) return valueText(Infinity)
  if (sum.length < 2 || !sum.every(Number.isInteger)) return valueText(value)
  return sum.reduce((total, part) => total + BigInt(part), 0n).toString()
}

/**
 * Buckets, and sum and count behind them. What has come as bins has no sum, and where a measurement is negative it may
 * fall, which the format does not allow: then its series has neither any more, nor where it is beyond the largest double.
 */
class HistogramValue implements SeveralValues {
  private readonly buckets: readonly number[]
  private readonly isLatest: boolean
  private readonly counts: Float64Array
  private sum: ExactSum | undefined
  private time = -Infinity

  constructor(buckets: readonly number[], isLatest: boolean) {
    this.buckets = buckets
    this.isLatest = isLatest
    this.counts = new Float64Array(buckets.length + 1)
    // With negative bounds there is none either.
    this.sum = (buckets[0] ?? 0) < 0 ? undefined : []
  }

  take(sample: Sample): string | undefined {
    if (sample.kind === 'histogram') return this.takeBins(sample.value, sample.time)
    const value = Number(sample.value)
    if (!Number.isFinite(value)) return 'an observation is a finite number'
    const { weight = 1 } = sample
    this.count(value, weight)
    if (value < 0) this.sum = undefined
    else if (this.sum !== undefined) addProduct(this.sum, value, weight)
    return undefined
  }

  private takeBins({ bins }: Histogram, time: number): string | undefined {
    if (this.isLatest) {
      if (time < this.time) return late
      this.time = time
      this.counts.fill(0)
    }
    this.sum = undefined
    for (const bin of bins) this.count(boundsOf(bin)[1], bin.count)
    return undefined
  }

  private count(value: number, weight: number): void {
    let at = 0
    while (at < this.buckets.length && value > (this.buckets[at] ?? Infinity)) at += 1
    this.counts[at] = (this.counts[at] ?? 0) + weight
  }

  texts(): readonly string[] {
    const texts: string[] = []
    let total = 0
    for (const one of this.counts) texts.push(valueText((total += one)))
    const sum = this.sum === undefined ? Number.NaN : nearest(this.sum)
    if (Number.isFinite(sum)) texts.push(valueText(total), valueText(sum))
    return texts
  }
}

/** A value of a type, before its first sample. */
export function createValue(
  type: 'gauge' | 'counter' | 'histogram',
  buckets: readonly number[],
  isLatest: boolean,
): PageValue {
  if (type === 'gauge') return new GaugeValue()
  return type === 'counter' ? new CounterValue() : new HistogramValue(buckets, isLatest)
}
