import type { Defined, Sample, SampleKind, Series } from '@tocsin/core'

import type { ProblemReason } from '../../source/problem.ts'
import { resolveAggregateEngine, type StatsdAggregateEngineOptions } from './aggregate-options.ts'
import type { StatsdAggregateType } from './aggregate-series.ts'
import { createAggregateEntry, type AggregateEntry } from './aggregate-entry.ts'

/** Says why a sample was not taken. */
export type ReportAggregateProblem = (reason: ProblemReason, message: string, series: string) => void

/** Adds statsd samples up over intervals: pure, no clock, no timer. */
export interface StatsdAggregateEngine {
  /**
   * Takes a sample, and gives the numbers of intervals that ended before it came. One that is no counter, gauge, set or timer of
   * statsd, or that brought its own timestamp, comes back as it is.
   *
   * @param now - ms since the Unix epoch; a sample from later counts as one of now
   */
  add(sample: Sample, now: number): readonly Sample[]
  /** Gives the numbers of intervals that have ended. */
  advance(now: number): readonly Sample[]
  /** When the interval ends, ms since the Unix epoch; `Infinity` where nothing is known. */
  nextDue(): number
  /** Gives the numbers of the interval that has not ended. */
  end(): readonly Sample[]
}

const none: readonly Sample[] = Object.freeze([])

const types: ReadonlyMap<SampleKind, StatsdAggregateType> = new Map([
  ['delta', 'counter'],
  ['gauge', 'gauge'],
  ['set', 'set'],
  ['observation', 'timer'],
])

/** Creates an engine that makes the flush numbers of etsy's daemon; `statsdAggregate` is made of one. Wrong options throw `PROTOCOL_BAD_OPTION`. */
export function createStatsdAggregateEngine(
  options?: StatsdAggregateEngineOptions,
  report?: ReportAggregateProblem,
): StatsdAggregateEngine {
  const resolved: Defined<StatsdAggregateEngineOptions> = resolveAggregateEngine(options)
  const { flushMs, deleteIdle, gaugeFlushes, expiryMs, maxBytes } = resolved
  const tables: Record<StatsdAggregateType, Map<string, AggregateEntry>> = {
    counter: new Map(),
    gauge: new Map(),
    set: new Map(),
    timer: new Map(),
  }
  const limitTold = `names and values of an interval take at most ${maxBytes} bytes`
  const idle = new Set(deleteIdle)
  let bytes = 0
  let due: number | undefined

  const refuse = (reason: ProblemReason, message: string, { key }: Series): void => {
    report?.(reason, message, key)
  }

  function entryOf(type: StatsdAggregateType, series: Series): AggregateEntry | undefined {
    const known = tables[type].get(series.key)
    if (known !== undefined) return known
    const entry = createAggregateEntry(type, series, resolved)
    if (entry === undefined) {
      refuse('bad-name', 'its name or tags have no room for what flush numbers are called', series)
      return undefined
    }
    if (bytes + entry.bytes > maxBytes) {
      refuse('too-many-series', limitTold, series)
      return undefined
    }
    bytes += entry.bytes
    tables[type].set(series.key, entry)
    return entry
  }

  /** Ends an interval, and says when the next one does. */
  function flush(end: number, into: Sample[]): number | undefined {
    let isEmpty = true
    for (const type of ['counter', 'gauge', 'set', 'timer'] as const) {
      for (const [key, entry] of tables[type]) {
        entry.flush(end - 1, into)
        bytes -= entry.clear()
        const flushes = Math.round((end - entry.lastEnd) / flushMs) + 1
        const isIdle = idle.has(type) && flushes >= (type === 'gauge' ? gaugeFlushes : 1)
        if (isIdle || end - entry.lastEnd >= expiryMs) {
          tables[type].delete(key)
          bytes -= entry.bytes
        } else isEmpty = false
      }
    }
    return isEmpty ? undefined : end + flushMs
  }

  function advance(now: number): readonly Sample[] {
    if (due === undefined || now < due) return none
    const flushed: Sample[] = []
    let end: number | undefined = due
    while (end !== undefined && now >= end) end = flush(end, flushed)
    due = end
    return flushed
  }

  return {
    add(sample, now) {
      const type = sample.receivedAt === undefined ? types.get(sample.kind) : undefined
      if (type === undefined) return [sample]
      const time = Math.min(sample.time, now)
      const flushed = advance(time)
      due ??= (Math.floor(time / flushMs) + 1) * flushMs
      const entry = entryOf(type, sample.series)
      if (entry === undefined) return flushed
      const more = entry.add(sample, maxBytes - bytes)
      if (typeof more === 'string') {
        refuse(
          more,
          more === 'bad-value'
            ? 'its value is none of its kind, or beyond the bins of histograms'
            : limitTold,
          sample.series,
        )
        return flushed
      }
      bytes += more
      entry.lastEnd = due
      return flushed
    },
    advance,
    nextDue: () => due ?? Infinity,
    end() {
      const flushed: Sample[] = []
      if (due !== undefined) flush(due, flushed)
      due = undefined
      return flushed
    },
  }
}
