import { histogramBin, seriesOfPairs, type Sample, type Series } from '@tocsin/core'

import type { ParseProblem } from '../../source/problem.ts'
import { groupOf, type SeriesEntry } from './series-entry.ts'

interface Bucket {
  readonly bound: number
  readonly count: number
}

interface Folded {
  readonly family: string
  readonly labels: readonly (readonly [string, string])[]
  readonly time: number
  readonly start: number
  readonly end: number
  readonly buckets: Bucket[]
  /** What it is made of where no bucket has a finite bound; without a measurement there is nothing that one could not place. */
  readonly unplaced: Unplaced[]
  /** What `_count` says. */
  count: number | undefined
}

/** A bucket or a count that says nothing of where its measurements lie. */
interface Unplaced {
  readonly entry: SeriesEntry
  readonly value: number
}

/** Puts the buckets of classic histograms together, those of one exposition. */
export interface ClassicHistograms {
  /** Takes a bucket or a count; `start` and `end` are those of its line. */
  take(entry: SeriesEntry, value: number, time: number, start: number, end: number): void
  /** Gives what has come together, one for each histogram; without a finite bound all that it is made of, as it came. */
  finish(
    sample: (series: Series, histogram: Sample<Series, 'histogram'>['value'], time: number) => void,
    left: (entry: SeriesEntry, value: number, time: number) => void,
    problem: (problem: ParseProblem) => void,
  ): void
}

/** Memory: a record for each bucket, until `finish`. */
export function createClassicHistograms(): ClassicHistograms {
  const all = new Map<string, Folded>()
  return {
    take(entry, value, time, start, end) {
      const { family, ownNumber, role } = entry
      const key = `${time} ${family} ${groupOf(entry)}`
      let folded = all.get(key)
      if (folded === undefined) {
        const rest = Object.entries(entry.series.tags).filter(([name]) => name !== 'le')
        all.set(
          key,
          (folded = { family, labels: rest, time, start, end, buckets: [], unplaced: [], count: undefined }),
        )
      }
      if (role.part === 'count' || ownNumber === Infinity) folded.unplaced.push({ entry, value })
      if (role.part === 'count') folded.count = value
      else folded.buckets.push({ bound: ownNumber, count: value })
    },
    finish(sample, left, problem) {
      for (const folded of all.values()) {
        const { family, labels, time, start, end, buckets, unplaced } = folded
        const series = seriesOfPairs(family, labels)
        const bins = binsOf(folded)
        if (!series.ok) problem({ reason: 'bad-name', message: series.message, start, end })
        else if (typeof bins === 'string') problem({ reason: 'bad-value', message: bins, start, end })
        else if (bins.length === 0 || buckets.some(({ bound }) => bound !== Infinity))
          sample(series.value, { bins }, time)
        else {
          for (const { entry, value } of unplaced) left(entry, value, time)
          problem({ reason: 'unsupported', message: noBound, start, end })
        }
      }
      all.clear()
    },
  }
}

const noBound =
  'a histogram without a finite bound has no bins, for where its measurements lie is not known: it stays counters'

type Bins = Sample<Series, 'histogram'>['value']['bins']

/** Counts of the bins, or why there are none. */
function binsOf({ buckets, count }: Folded): Bins | string {
  const sorted = buckets.toSorted((one, other) => one.bound - other.bound)
  if (sorted.some(({ bound }) => Number.isNaN(bound)))
    return 'a bucket has a label le, which is a number or +Inf'
  // Where the last bucket is missing the count tells of it.
  if (sorted.at(-1)?.bound !== Infinity && count !== undefined) sorted.push({ bound: Infinity, count })
  const bins: { value: number; exponent: number; count: number }[] = []
  let [bound, cumulative] = [-Infinity, 0]
  for (const next of sorted) {
    const more = next.count - cumulative
    if (!(more >= 0) || !Number.isSafeInteger(next.count))
      return 'buckets have whole counts, each at least that of the one before'
    const bin = histogramBin(middleOf(bound, next.bound))
    if (bin === undefined) return 'a bound is beyond 1e128'
    const last = bins.at(-1)
    if (more > 0 && last?.value === bin.value && last.exponent === bin.exponent) last.count += more
    else if (more > 0) bins.push({ ...bin, count: more })
    ;({ bound, count: cumulative } = next)
  }
  return bins
}

/** Where the measurements between two bounds are taken to be: in the middle, and at the bound where there is only one. */
function middleOf(low: number, high: number): number {
  if (high === Infinity) return low === -Infinity ? 0 : low
  if (low === -Infinity) return high > 0 ? high / 2 : high
  return low + (high - low) / 2
}
