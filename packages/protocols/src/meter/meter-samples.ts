import type { Sample } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { createWaker } from '../source/waker.ts'
import { tickAfter, tickAtOrBefore } from '../ticking/ticks.ts'
import { countsOf, histogramBetween, type Counts, type HistogramCell } from './engine/histogram-cell.ts'
import { readTotal, type NumberCell } from './engine/number-cell.ts'
import type { SeriesTable } from './engine/series-table.ts'
import type { ResolvedMeter } from './meter-options.ts'
import type { ObservedStats } from './observed-stats.ts'

/** All that a meter measures. */
export interface Measured {
  readonly numbers: readonly { readonly kind: 'counter' | 'gauge'; readonly table: SeriesTable<NumberCell> }[]
  readonly histograms: readonly SeriesTable<HistogramCell>[]
  readonly observed: Iterable<ObservedStats>
  expire(now: number): void
}

/** A source of all of it, once a period. */
export function meterSamples(
  base: SourceBase<ProblemReason>,
  measured: Measured,
  { clock, scheduler }: ResolvedMeter,
  everyMs: number,
): Source<Sample> {
  return createSource<Sample, ProblemReason>(base, (run) => {
    const histograms = createIntervals(measured.histograms)

    function tick(time: number, now: number): void {
      base.stats.received += 1
      if (!run.hasRoom) {
        base.stats.dropped += 1
        base.report('overflow', 'samples are late: those before wait to be acknowledged')
        return
      }
      const samples: Sample[] = []
      for (const { kind, table } of measured.numbers)
        for (const cell of table.cells())
          if (cell.isKnown) samples.push({ series: cell.series, time, kind, ...readTotal(cell) })
      const acknowledged = histograms.read(time, samples)
      for (const one of measured.observed) one.read(time, samples)
      run.emit(samples, acknowledged)
      measured.expire(now)
    }

    let isOver = false
    let due = tickAfter(clock.now(), everyMs, 0)
    const waker = createWaker(clock, scheduler, (now) => {
      if (now >= due) tick(tickAtOrBefore(now, everyMs, 0), now)
      due = tickAfter(now, everyMs, 0)
      // Who took the samples may have left with them.
      if (!isOver) waker.arm(due)
    })
    waker.arm(due)
    return () => {
      isOver = true
      waker.stop()
    }
  })
}

/** What histograms counted from one sample of a subscription to the next. */
interface Intervals {
  /** Gives what is to be called when that is acknowledged. */
  read(time: number, into: Sample[]): () => void
}

/**
 * Each subscription has its own intervals, from what any before it has acknowledged: so that one that follows another, as after an error
 * of what is behind it, goes on where that ended.
 */
function createIntervals(tables: readonly SeriesTable<HistogramCell>[]): Intervals {
  const told = new WeakMap<HistogramCell, Counts>()
  for (const table of tables) for (const cell of table.cells()) told.set(cell, cell.given)
  return {
    read(time, into) {
      const taken: (readonly [HistogramCell, Counts])[] = []
      for (const table of tables)
        for (const cell of table.cells()) {
          const counts = countsOf(cell)
          // Of one that came later, nothing was acknowledged when this began.
          const before = told.get(cell) ?? { of: new Float64Array(0), total: 0 }
          const value = histogramBetween(cell, before, counts)
          into.push({ series: cell.series, time, value, kind: 'histogram' })
          told.set(cell, counts)
          taken.push([cell, counts])
        }
      return () => {
        for (const [cell, counts] of taken) if (counts.total > cell.given.total) cell.given = counts
      }
    },
  }
}
