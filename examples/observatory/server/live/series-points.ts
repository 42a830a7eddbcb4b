import type { Sample } from '@tocsin/protocols'

import type { Drawn, SeriesName, Value } from '../wire.ts'

/** Longest text that is kept, as in the rollups. */
const maxTextLength = 512
/** Steps that the usual one is taken from. */
const stepsLookedAt = 16

/** As JSON carries it. */
export const asValue = (value: number | string): Value =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** Points in the order of their time. */
export interface Points {
  readonly times: readonly number[]
  readonly values: readonly (number | string)[]
}

/** What is drawn of one series: its samples, or of a counter what it grew per second between two of them. */
export class SeriesPoints {
  readonly series: SeriesName
  drawn: Drawn = 'number'
  #times: number[] = []
  #values: (number | string)[] = []
  /** Those before were dropped; the arrays are cut once it pays. */
  #first = 0
  #isSorted = true
  #weight = 0
  #latest: { readonly time: number; readonly value: number | string } | undefined
  #counted: { readonly time: number; readonly value: number; readonly exact: bigint | undefined } | undefined

  constructor(series: SeriesName) {
    this.series = series
  }

  /** Memory that it takes, in points. */
  get weight(): number {
    return this.#weight
  }

  get length(): number {
    return this.#times.length - this.#first
  }

  get latest(): { readonly time: number; readonly value: number | string } | undefined {
    return this.#latest
  }

  /** Time of the newest sample that is known; also of a counter's first, which makes no point. */
  get newest(): number {
    return Math.max(this.#latest?.time ?? -Infinity, this.#counted?.time ?? -Infinity)
  }

  /** Takes a sample; gives the value to draw, `undefined` where there is none. */
  add(sample: Sample): number | string | undefined {
    const value = this.#valueOf(sample)
    if (value === undefined) return undefined
    const { time } = sample
    if (time < (this.#times.at(-1) ?? -Infinity)) this.#isSorted = false
    this.#times.push(time)
    this.#values.push(value)
    this.#weight += weightOf(value)
    if (time >= (this.#latest?.time ?? -Infinity)) this.#latest = { time, value }
    return value
  }

  #valueOf(sample: Sample): number | string | undefined {
    switch (sample.kind) {
      case 'counter':
        this.drawn = 'rate'
        return this.#rate(sample.time, sample.value, sample.exact)
      case 'text':
      case 'set':
      case 'state':
      case 'gauge':
      case 'observation':
        if (typeof sample.value === 'number') return sample.value
        this.drawn = 'text'
        return sample.value.slice(0, maxTextLength)
      case 'delta':
        // One event of those that it stands for, as the rollups have it.
        return sample.value / (sample.weight ?? 1)
      case 'histogram':
      case 'stale':
        return undefined
    }
  }

  /** None with the first reading, none over a reset, and none for a reading that came too late to tell the growth from. */
  #rate(time: number, value: number, exact: bigint | undefined): number | undefined {
    const before = this.#counted
    if (before !== undefined && time <= before.time) return undefined
    this.#counted = { time, value, exact }
    if (before === undefined || value < before.value) return undefined
    const grown =
      exact !== undefined && before.exact !== undefined ? Number(exact - before.exact) : value - before.value
    const rate = (grown * 1000) / (time - before.time)
    return Number.isFinite(rate) && rate >= 0 ? rate : undefined
  }

  /** Drops what is older. */
  trim(before: number): void {
    this.#sort()
    const end = lowerBound(this.#times, before, this.#first)
    for (let at = this.#first; at < end; at++) this.#weight -= weightOf(this.#values[at] ?? 0)
    this.#first = end
    if (this.#first < 64 || this.#first * 2 < this.#times.length) return
    this.#times = this.#times.slice(this.#first)
    this.#values = this.#values.slice(this.#first)
    this.#first = 0
  }

  /** The points from `from` up to and with `to`; of several of one time the last that came. */
  between(from: number, to: number): Points {
    this.#sort()
    const times: number[] = []
    const values: (number | string)[] = []
    for (let at = lowerBound(this.#times, from, this.#first); at < this.#times.length; at++) {
      const time = this.#times[at] ?? Infinity
      if (time > to) break
      if (times.at(-1) === time) {
        values.pop()
        times.pop()
      }
      times.push(time)
      values.push(this.#values[at] ?? NaN)
    }
    return { times, values }
  }

  /** The middle one of its last steps, ms. */
  usualStep(): number | undefined {
    this.#sort()
    const last = this.#times.slice(Math.max(this.#first, this.#times.length - stepsLookedAt - 1))
    const steps = last
      .slice(1)
      .map((time, index) => time - (last[index] ?? time))
      .filter((step) => step > 0)
      .sort((a, b) => a - b)
    return steps[(steps.length - 1) >> 1]
  }

  /** Late samples are rare, so that order is made when it is asked for. */
  #sort(): void {
    if (this.#isSorted) return
    this.#isSorted = true
    const order = Array.from({ length: this.length }, (_, index) => this.#first + index).sort(
      (a, b) => (this.#times[a] ?? 0) - (this.#times[b] ?? 0) || a - b,
    )
    const [times, values] = [this.#times, this.#values]
    this.#times = order.map((at) => times[at] ?? 0)
    this.#values = order.map((at) => values[at] ?? NaN)
    this.#first = 0
  }
}

const weightOf = (value: number | string): number => (typeof value === 'number' ? 1 : 1 + value.length / 8)

function lowerBound(times: readonly number[], time: number, from: number): number {
  let low = from
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}
