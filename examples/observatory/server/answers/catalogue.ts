import type { Recent } from '../live/recent.ts'
import { Refused } from '../refused.ts'
import type { SeriesIndex } from './series-index.ts'
import { asValue } from '../live/series-points.ts'
import type { SeriesPoints } from '../live/series-points.ts'
import type { Thresholds } from './thresholds.ts'
import type { Catalogue, Drawn, MetricCard, SeriesName, ShownSeries } from '../wire.ts'

/** What the host metrics of `@tocsin/protocols` are called. */
const machineMetrics: ReadonlySet<string> = new Set([
  'cpu.used_percent',
  'cpu.user_percent',
  'cpu.system_percent',
  'load.1m',
  'load.5m',
  'load.15m',
  'memory.used_bytes',
  'memory.total_bytes',
  'memory.used_percent',
  'disk.used_bytes',
  'disk.total_bytes',
  'disk.used_percent',
  'network.received_bytes',
  'network.sent_bytes',
])
const maxTags = 6

/** What the answer is made of. */
export interface CatalogueParts {
  readonly index: Pick<SeriesIndex, 'ask'>
  readonly recent: Pick<Recent, 'find' | 'ready'>
  readonly thresholds: Pick<Thresholds, 'linesOf'>
  readonly hostname: string
  readonly now: () => number
}

interface Groups {
  readonly machine: ReadonlyMap<string, readonly SeriesName[]>
  readonly sent: ReadonlyMap<string, readonly SeriesName[]>
  readonly machineSeries: number
  readonly sentSeries: number
  readonly tags: Catalogue['tags']
}

/** Answers what there is: {@link Catalogue}. */
export function createCatalogue(parts: CatalogueParts): (query: URLSearchParams) => Promise<Catalogue> {
  const { index, recent, hostname, now } = parts
  // The index gives the same array until a series is new.
  const grouped = new WeakMap<readonly SeriesName[], Groups>()
  const groupsOf = (select: string): Groups => {
    const series = index.ask(select)
    const groups = grouped.get(series) ?? group(series, hostname)
    grouped.set(series, groups)
    return groups
  }
  return async (query) => {
    const offset = whole(query, 'offset', 0, 0, 1_000_000)
    const limit = whole(query, 'limit', 9, 0, 50)
    const most = whole(query, 'most', 9, 1, 120)
    const metric = query.get('metric') ?? undefined
    const matching = groupsOf(query.get('select') ?? '')
    await recent.ready()
    const all = groupsOf('')
    const cards = (
      from: ReadonlyMap<string, readonly SeriesName[]>,
      names: readonly string[],
    ): MetricCard[] => names.map((name) => card(parts, name, from.get(name) ?? [], most))
    const named = (from: ReadonlyMap<string, unknown>): string[] =>
      metric === undefined ? [...from.keys()] : [...from.keys()].filter((name) => name === metric)
    return {
      now: now(),
      series: all.machineSeries + all.sentSeries,
      matching: matching.machineSeries + matching.sentSeries,
      machine: {
        series: all.machineSeries,
        matching: matching.machineSeries,
        cards: limit === 0 ? [] : cards(matching.machine, named(matching.machine)),
      },
      sent: {
        series: all.sentSeries,
        matching: matching.sentSeries,
        metrics: all.sent.size,
        matchingMetrics: matching.sent.size,
        offset,
        cards: cards(matching.sent, named(matching.sent).slice(offset, offset + limit)),
      },
      tags: matching.tags,
    }
  }
}

function whole(query: URLSearchParams, name: string, otherwise: number, min: number, max: number): number {
  const text = query.get(name)
  if (text === null) return otherwise
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (number >= min && number <= max) return number
  throw new Refused(400, `${name} is a whole number from ${min} to ${max}.`)
}

/** By metric, in the order of their names; this machine's apart. */
function group(series: readonly SeriesName[], hostname: string): Groups {
  const machine = new Map<string, SeriesName[]>()
  const sent = new Map<string, SeriesName[]>()
  const counts = new Map<string, { category: string; value: string; count: number }>()
  let machineSeries = 0
  for (const one of series) {
    const { metric, tags } = one
    const isMachine = machineMetrics.has(metric) && tags['host'] === hostname
    if (isMachine) machineSeries += 1
    const groups = isMachine ? machine : sent
    const group = groups.get(metric)
    if (group === undefined) groups.set(metric, [one])
    else group.push(one)
    for (const [category, value] of Object.entries(tags)) {
      const name = `${category}\n${value}`
      const count = counts.get(name)
      if (count === undefined) counts.set(name, { category, value, count: 1 })
      else count.count += 1
    }
  }
  const tags = [...counts.values()]
    // What all have narrows nothing.
    .filter(({ count }) => count < series.length)
    .sort((a, b) => b.count - a.count)
    .slice(0, maxTags)
  const byName = (groups: Map<string, SeriesName[]>): Map<string, SeriesName[]> =>
    new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    machine: byName(machine),
    sent: byName(sent),
    machineSeries,
    sentSeries: series.length - machineSeries,
    tags,
  }
}

function card(
  { recent, thresholds }: CatalogueParts,
  metric: string,
  series: readonly SeriesName[],
  most: number,
): MetricCard {
  const largest = series
    .map((one) => ({ series: one, points: recent.find(one.key) }))
    .sort((a, b) => bySize(a.points, b.points))
    .slice(0, most)
  const drawn: Drawn = largest.find(({ points }) => points !== undefined)?.points?.drawn ?? 'number'
  return {
    metric,
    drawn,
    count: series.length,
    shown: largest.map(({ series: { key, metric, tags }, points }): ShownSeries => {
      const stepMs = points?.usualStep()
      return {
        series: { key, metric, tags },
        ...(points?.latest !== undefined && {
          value: asValue(points.latest.value),
          time: points.latest.time,
        }),
        ...(stepMs !== undefined && { stepMs }),
      }
    }),
    // Rules judge what came, so that a limit of a counter's total has no place among rates.
    thresholds: drawn === 'number' ? thresholds.linesOf(largest.map(({ series }) => series)) : [],
  }
}

/** Numbers by their size, then what is none, then what is not known. */
function bySize(a: SeriesPoints | undefined, b: SeriesPoints | undefined): number {
  const [one, other] = [a?.latest, b?.latest]
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
  return sizeOf(other.value) - sizeOf(one.value)
}

/** Finite, so that two of them can be subtracted. */
function sizeOf(value: number | string): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return -Number.MAX_VALUE
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}
