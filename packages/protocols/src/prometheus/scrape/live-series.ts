import type { Sample, Series } from '@tocsin/core'

import type { ProblemReason } from '../../source/problem.ts'
import type { LabelSeries } from './target-labels.ts'

/** Tells of a sample that is left out. */
export type TellProblem = (reason: ProblemReason, message: string, key?: string) => void

/** Which series a target has, from page to page. */
export interface LiveSeries {
  /**
   * Adds the samples of a page, under the series of the target, and `stale` for what was on the page before and is not on this one.
   * Gives how many series are new; a sentence, and adds nothing, where the page is refused.
   */
  take(page: readonly Sample[], time: number, to: Sample[], tell: TellProblem): number | string
  /** There was no page: adds `stale` for all of the one before, which stay known. */
  miss(time: number, to: Sample[]): void
}

interface Known {
  readonly series: Series
  /** Number of the page on which it came last; 0 where it came on none. */
  page: number
  /** Whether it had times of its own alone there. */
  hasTime: boolean
  /** Whether it was said to be gone since. */
  isStale: boolean
}

/** What is further ahead is no time of a measurement, as Prometheus has it, ms. */
const maxAheadMs = 600_000

/** Memory: the series of one page. */
export function createLiveSeries(label: LabelSeries, honorTimestamps: boolean): LiveSeries {
  const bySeries = new Map<string, Known>()
  /** The same by what they are on the page: two may come to one there. */
  const byPage = new Map<string, Known>()
  let pages = 0

  const forget = (isGone: (one: Known) => boolean): void => {
    for (const known of [bySeries, byPage]) for (const [key, one] of known) if (isGone(one)) known.delete(key)
  }

  /** What a series of the page is here; `undefined` where it can be none. */
  function find(onPage: Series): Known | string | undefined {
    const known = byPage.get(onPage.key)
    if (known !== undefined) return known
    const labelled = label(onPage)
    if (typeof labelled === 'string') return labelled
    if (!labelled.ok) return undefined
    const { value } = labelled
    const one = bySeries.get(value.key) ?? { series: value, page: 0, hasTime: false, isStale: false }
    bySeries.set(value.key, one)
    byPage.set(onPage.key, one)
    return one
  }

  function findAll(page: readonly Sample[]): (Known | undefined)[] | string {
    const found: (Known | undefined)[] = []
    for (const { series } of page) {
      const one = find(series)
      if (typeof one === 'string') {
        forget((known) => known.page === 0)
        return one
      }
      found.push(one)
    }
    return found
  }

  /** Says that it is gone, unless its page said when it was there. */
  function end(one: Known, time: number, to: Sample[]): void {
    if (!one.isStale && !one.hasTime) to.push(staleSample(one.series, time))
    one.isStale = true
  }

  return {
    take(page, time, to, tell) {
      const found = findAll(page)
      if (typeof found === 'string') return found
      pages += 1
      let fresh = 0
      for (const [at, sample] of page.entries()) {
        const one = found[at]
        const hasTime = honorTimestamps && sample.receivedAt !== undefined
        if (one === undefined)
          tell('bad-name', 'with the labels of its target a series has too much of them', sample.series.key)
        else if (hasTime && sample.time > time + maxAheadMs)
          tell('bad-timestamp', 'the time is more than 10 min ahead', one.series.key)
        else if (!hasTime && !one.hasTime && one.page === pages)
          tell('repeated', 'this series came before on the same page', one.series.key)
        else {
          if (one.page === 0) fresh += 1
          one.hasTime = hasTime && (one.page !== pages || one.hasTime)
          one.page = pages
          one.isStale = false
          to.push(hasTime ? timed(sample, one.series) : untimed(sample, one.series, time))
        }
      }
      for (const one of bySeries.values()) if (one.page !== pages && one.page !== 0) end(one, time, to)
      forget((one) => one.page !== pages)
      return fresh
    },
    miss(time, to) {
      for (const one of bySeries.values()) end(one, time, to)
    },
  }
}

/** A series is gone. */
export const staleSample = (series: Series, time: number): Sample => ({
  series,
  time,
  value: Number.NaN,
  kind: 'stale',
})

/** Literals by shape: to copy an object with a number that is no integer takes microseconds. */
function untimed({ value, kind, exact }: Sample, series: Series, time: number): Sample {
  return (
    exact === undefined ? { series, time, value, kind } : { series, time, value, kind, exact }
  ) as Sample
}

function timed({ time, value, kind, receivedAt, exact }: Sample, series: Series): Sample {
  return (
    exact === undefined
      ? { series, time, value, kind, receivedAt }
      : { series, time, value, kind, receivedAt, exact }
  ) as Sample
}
