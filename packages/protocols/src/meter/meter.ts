import { buildSeries, callback, resolveOptions, type Defined, type Sample } from '@tocsin/core'
import type { Observable } from 'rxjs'

import { badOption } from '../errors.ts'
import type { Problem, ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import type { Source } from '../source/source.ts'
import { createCounter, type Counter } from './counter.ts'
import { histogramCell, type HistogramCell } from './engine/histogram-cell.ts'
import { numberCell, type NumberCell } from './engine/number-cell.ts'
import { createRoom } from './engine/room.ts'
import { createSeriesTable, type Cell, type SeriesFault, type SeriesTable } from './engine/series-table.ts'
import { createGauge, type Gauge } from './gauge.ts'
import { createHistogram, type HistogramMeter } from './histogram.ts'
import {
  defaultMeterOptions,
  defaultMeterSamplesOptions,
  meterChecks,
  meterSamplesChecks,
  type MeterOptions,
  type MeterSamplesOptions,
  type ResolvedMeter,
} from './meter-options.ts'
import { meterSamples } from './meter-samples.ts'
import {
  resolveDefinition,
  type MeterMetadata,
  type MeterType,
  type MetricDefinition,
  type ResolvedDefinition,
} from './metric-definition.ts'
import {
  createObservedStats,
  observeChecks,
  type ObservedStats,
  type ObserveOptions,
} from './observed-stats.ts'

/** What a meter keeps, and what it did not take; updated in place. */
export interface MeterStats {
  /** Bytes of memory that its series take, reckoned; those of overflow with them. */
  readonly bytes: number
  /** Measurements without a series of their own that were counted in one of overflow. */
  readonly folded: number
  /** Measurements that were left out: values that are none, gauges without room. */
  readonly refused: number
  /** Series that were idle for too long. */
  readonly expired: number
}

/** Counters, gauges and histograms of a program, and the numbers of what it is made of, as one stream of samples. */
export interface Meter {
  /** A counter: a total that only grows, from 0. The same definition again gives the same counter; wrong ones throw `PROTOCOL_BAD_OPTION`. */
  counter<const Category extends string = never>(
    name: string,
    definition?: MetricDefinition<Category>,
  ): Counter<Category>
  /** A gauge: what is now. As {@link Meter.counter}. */
  gauge<const Category extends string = never>(
    name: string,
    definition?: MetricDefinition<Category>,
  ): Gauge<Category>
  /** A histogram: how large, or how long. As {@link Meter.counter}. */
  histogram<const Category extends string = never>(
    name: string,
    definition?: MetricDefinition<Category>,
  ): HistogramMeter<Category>
  /**
   * Tells the numbers of an object, such as the `stats` of a source or a journal, with each of the samples: `lastSeq` of `journal` as
   * `journal.last_seq`. Members that are no numbers are left out. What `stats` throws is a problem `reading-failed`.
   *
   * @param stats - gives the object; called when samples are made, and never before
   * @returns ends it
   */
  observe<Stats extends object>(name: string, stats: () => Stats, options?: ObserveOptions<Stats>): () => void
  /**
   * All that is measured, once a period, all of one time: counters as totals since the meter was made, gauges that were set, and of
   * histograms what came since the sample before, of the first what no subscription before has acknowledged.
   *
   * - Emits: one batch a period, at a fixed phase. A period for which there is no room is left out and counted in `stats.dropped`; nothing that
   *   was measured is lost by it, since the next batch has it all.
   * - Completes, errors: never.
   * - Memory: of each histogram its counts twice, for each subscription.
   * - Time: that of the period, by `clock`; one timer, and none without a subscriber.
   */
  samples(options?: MeterSamplesOptions): Source<Sample>
  /** What was not measured as it was meant, hot; as `problems` of a {@link Source}, and those of all of {@link Meter.samples}. */
  readonly problems: Observable<Problem>
  /** Counters of its own, updated in place. */
  readonly stats: MeterStats
  /** What is defined so far; option `metadata` of `expose` takes it. */
  readonly metadata: readonly MeterMetadata[]
}

/** Most metrics of a meter: beyond, names are made of data, which belongs into tags. */
const maxMetrics = 2000

/**
 * Measures a program: counters, gauges and histograms with typed tags. Measuring never throws and never waits, whatever it is
 * given; what is wrong with it is counted in `stats`, and is a problem. Only definitions throw, `PROTOCOL_BAD_OPTION`, when a program starts.
 *
 * Where there is no room for one more series (`maxBytes`), or its tags cannot be one, counters and histograms go on in
 * `metric|ST[overflow:true]`, so that the sum over all series of a metric stays that of all increments; gauges are left out.
 *
 * - Memory: `maxBytes`, and a tenth of it; 2,000 metrics.
 * - Time: nothing asks for the time when something is measured. Without subscribers of samples nothing runs.
 *
 * @example
 * ```ts
 * import { meter } from '@tocsin/protocols/meter'
 *
 * const own = meter()
 * const requests = own.counter('http_requests', { tags: ['method', 'status'] })
 * requests.add(1, { method: 'GET', status: '200' })
 * const posted = requests.with({ method: 'POST', status: '201' })
 * posted.add(2)
 *
 * const subscription = own.samples({ everyMs: 10 }).subscribe(({ series, value, kind }) => {
 *   console.log(series.key, value, kind) // => http_requests|ST[method:GET,status:200] 1 counter
 *   // => http_requests|ST[method:POST,status:201] 2 counter
 *   if (series.tags['method'] === 'POST') subscription.unsubscribe()
 * })
 * ```
 */
export function meter(options: MeterOptions = {}): Meter {
  const resolved = resolveOptions<ResolvedMeter>(
    { ...defaultMeterOptions, clock: options.scheduler ?? defaultMeterOptions.clock },
    options,
    meterChecks,
    badOption,
  )
  const { name: own, clock, maxBytes, expireAfterMs } = resolved
  const base = createSourceBase<ProblemReason>(own, clock)
  const room = createRoom(maxBytes)
  const overflowRoom = createRoom(maxBytes / 10)
  const counts = { folded: 0, refused: 0, expired: 0 }
  const definitions = new Map<string, { readonly made: unknown } & ResolvedDefinition>()
  const observed = new Map<string, ObservedStats>()
  const numbers: { readonly kind: 'counter' | 'gauge'; readonly table: SeriesTable<NumberCell> }[] = []
  const histograms: SeriesTable<HistogramCell>[] = []

  function define<Made>(
    name: string,
    type: MeterType,
    given: MetricDefinition<string> | undefined,
    make: (definition: ResolvedDefinition) => Made,
  ): Made {
    const definition = resolveDefinition(name, type, given)
    const { metadata, categories } = definition
    const known = definitions.get(metadata.name)
    if (known === undefined) {
      if (definitions.size >= maxMetrics)
        throw badOption(`a meter has at most ${maxMetrics} metrics; what is made of data belongs into tags`)
      const made = make(definition)
      definitions.set(metadata.name, { ...definition, made })
      return made
    }
    if (known.metadata.type !== type || String(known.categories) !== String(categories))
      throw badOption(
        `metric "${name}" is defined already, as ${known.metadata.type} with ${String(known.categories) || 'no'} tags`,
      )
    return known.made as Made
  }

  function tableOf<C extends Cell>(
    { metadata: { name: metric, type }, categories }: ResolvedDefinition,
    measure: (cell: Cell) => C,
  ): SeriesTable<C> {
    const isFolding = type !== 'gauge'
    const becomes = isFolding ? `it is counted in ${metric}|ST[overflow:true]` : 'it is left out'
    const messages: Readonly<Record<SeriesFault, string>> = {
      'bad-name': `${metric} has the tags ${categories.join(', ')}, each a text, of at most 256 characters with its name; ${becomes}`,
      'too-many-series': `there is no room for one more series of ${metric} in ${maxBytes} bytes; ${becomes}`,
    }
    const tell = (fault: SeriesFault): void => {
      counts[isFolding ? 'folded' : 'refused'] += 1
      base.report(fault, messages[fault])
    }
    return createSeriesTable({ metric, categories, room, overflowRoom, isFolding, measure, tell })
  }

  const refuse =
    ({ metadata: { name, type } }: ResolvedDefinition) =>
    (reason: 'bad-value' | 'too-many-values' = 'bad-value'): void => {
      counts.refused += 1
      base.report(
        reason,
        reason === 'bad-value'
          ? `${name} takes ${type === 'counter' ? 'numbers from 0 on' : 'finite numbers'}; a value is left out`
          : `there is no room for the bins of ${name}; a value is left out`,
      )
    }

  const numberTable = (
    kind: 'counter' | 'gauge',
    definition: ResolvedDefinition,
  ): SeriesTable<NumberCell> => {
    const table = tableOf(definition, numberCell(kind === 'counter'))
    numbers.push({ kind, table })
    return table
  }

  const measured = {
    numbers,
    histograms,
    observed: { [Symbol.iterator]: () => observed.values() },
    expire(now: number): void {
      if (expireAfterMs === undefined) return
      for (const { table } of numbers) counts.expired += table.expire(now, expireAfterMs)
      for (const table of histograms) counts.expired += table.expire(now, expireAfterMs)
    },
  }

  return {
    counter: (name, given) =>
      define(name, 'counter', given, (definition) =>
        createCounter(numberTable('counter', definition), refuse(definition)),
      ),
    gauge: (name, given) =>
      define(name, 'gauge', given, (definition) =>
        createGauge(numberTable('gauge', definition), refuse(definition)),
      ),
    histogram: (name, given) =>
      define(name, 'histogram', given, (definition) => {
        const table = tableOf(definition, histogramCell)
        histograms.push(table)
        return createHistogram(table, refuse(definition))
      }),
    observe<Stats extends object>(name: string, stats: () => Stats, given?: ObserveOptions<Stats>) {
      const { counters, tags } = resolveOptions<Defined<ObserveOptions<Stats>>>(
        { counters: [], tags: {} },
        given,
        observeChecks,
        badOption,
      )
      if (callback(stats) !== undefined) throw badOption('stats must be a function that gives an object')
      const built = buildSeries(name, tags)
      if (!built.ok) throw badOption(`stats "${name}": ${built.message}`)
      const { key, metric } = built.value
      if (observed.has(key)) throw badOption(`stats "${key}" are observed already`)
      const tell: Parameters<typeof createObservedStats>[0]['tell'] = (reason, message, series) => {
        counts.refused += 1
        base.report(reason, message, { series })
      }
      const one = createObservedStats({ name: metric, stats, counters, tags: { ...tags }, room, tell })
      observed.set(key, one)
      return () => {
        if (observed.get(key) === one) observed.delete(key)
        one.end()
      }
    },
    samples(given?: MeterSamplesOptions) {
      const { everyMs } = resolveOptions<Defined<MeterSamplesOptions>>(
        defaultMeterSamplesOptions,
        given,
        meterSamplesChecks,
        badOption,
      )
      if (expireAfterMs !== undefined && everyMs >= expireAfterMs)
        throw badOption(`option "everyMs" must be below "expireAfterMs" (${expireAfterMs}), got ${everyMs}`)
      return meterSamples(base, measured, resolved, everyMs)
    },
    problems: base.problems,
    stats: {
      get bytes() {
        return room.bytes + overflowRoom.bytes
      },
      get folded() {
        return counts.folded
      },
      get refused() {
        return counts.refused
      },
      get expired() {
        return counts.expired
      },
    },
    get metadata() {
      return [...definitions.values()].map(({ metadata }) => metadata)
    },
  }
}
