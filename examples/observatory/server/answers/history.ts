import type { FetchedSeries, RollupQuery, RollupStore } from '@tocsin/rollup/store'

import { exactQueries } from './exact-queries.ts'
import type { Recent } from '../live/recent.ts'
import { Refused } from '../refused.ts'
import type { SeriesIndex } from './series-index.ts'
import type { SeriesPoints } from '../live/series-points.ts'
import { asValue } from '../live/series-points.ts'
import { thinned } from './thinned.ts'
import type { Drawn, History, HistoryQuestion, SeriesHistory, SeriesName, Value } from '../wire.ts'

const hour = 3_600_000
const day = 24 * hour
const maxKeys = 120
const maxRangeMs = 31 * day
/** Stretches of the range of which the first, smallest, largest and last sample are told. */
const stretches = 200

/** What the answer is made of. */
export interface HistoryParts {
  readonly rollups: Pick<RollupStore, 'fetch'>
  readonly index: Pick<SeriesIndex, 'all' | 'categoriesOf'>
  readonly recent: Pick<Recent, 'find' | 'ready' | 'reach'>
  readonly now: () => number
}

/** The shortest windows that are few enough to be drawn. */
function windowsFor(rangeMs: number): { readonly period: RollupQuery['period']; readonly periodMs: number } {
  if (rangeMs <= 6 * hour) return { period: '1m', periodMs: 60_000 }
  if (rangeMs <= day) return { period: '5m', periodMs: 300_000 }
  if (rangeMs <= 3 * day) return { period: '30m', periodMs: 1_800_000 }
  return { period: '1h', periodMs: hour }
}

/** Older windows, then samples, of the series that are asked for. From a day on, windows only. */
export async function readHistory(parts: HistoryParts, asked: unknown): Promise<History> {
  const { from, to, keys } = questionOf(asked)
  const { index, recent } = parts
  await recent.ready()
  const all = index.all()
  const known = [...new Set(keys)].flatMap((key): SeriesName[] => {
    const series = all.get(key) ?? recent.find(key)?.series
    return series === undefined ? [] : [series]
  })
  const { period, periodMs } = windowsFor(to - from)
  const isLong = to - from >= day
  // Windows up to the first whole one of which all samples are here; so none is told twice.
  const border = isLong ? Infinity : Math.ceil(recent.reach / periodMs) * periodMs
  const windows =
    from < border
      ? await readWindows(parts, known, { from, to: Math.min(to, border), period }, isLong)
      : new Map<string, Windows>()
  return {
    now: parts.now(),
    series: known.map(({ key }) => {
      const points = recent.find(key)
      const window = windows.get(key)
      const samples =
        border <= to ? samplesOf(points, Math.max(from, border), to, (to - from) / stretches) : undefined
      const stepMs = points?.usualStep()
      return {
        key,
        drawn: points?.drawn ?? window?.drawn ?? 'number',
        ...(stepMs !== undefined && { stepMs }),
        ...(window !== undefined && { windows: window.windows }),
        ...(samples !== undefined && { samples }),
      }
    }),
  }
}

function questionOf(asked: unknown): HistoryQuestion {
  const { from, to, keys } = asked as Partial<Record<keyof HistoryQuestion, unknown>>
  const isTime = (time: unknown): time is number => Number.isSafeInteger(time) && (time as number) >= 0
  if (!isTime(from) || !isTime(to) || from >= to || to - from > maxRangeMs) {
    throw new Refused(400, 'from and to are whole ms since 1970, from before to, at most 31 days apart.')
  }
  if (!Array.isArray(keys) || keys.length > maxKeys || !keys.every((key) => typeof key === 'string')) {
    throw new Refused(400, `keys is a list of at most ${maxKeys} keys of series.`)
  }
  return { from, to, keys }
}

function samplesOf(
  points: SeriesPoints | undefined,
  from: number,
  to: number,
  stretchMs: number,
): SeriesHistory['samples'] | undefined {
  const { times, values } = thinned(points?.between(from, to) ?? { times: [], values: [] }, stretchMs)
  if (times.length === 0) return undefined
  return {
    times: times.map((time, index) => time - (times[index - 1] ?? 0)),
    values: values.map(asValue),
  }
}

interface Windows {
  readonly drawn: Drawn
  readonly windows: NonNullable<SeriesHistory['windows']>
}

type Range = Pick<RollupQuery, 'from' | 'to' | 'period'>

/** One question to the store for each kind of value, not for each series. */
async function readWindows(
  { rollups, index, recent }: HistoryParts,
  series: readonly SeriesName[],
  range: Range,
  isBand: boolean,
): Promise<ReadonlyMap<string, Windows>> {
  const fetch = (wanted: readonly SeriesName[], value: RollupQuery['value']): Promise<Fetched> =>
    fetchExactly({ rollups, index }, wanted, { ...range, value })
  const of = (drawn: Drawn): SeriesName[] => series.filter(({ key }) => recent.find(key)?.drawn === drawn)
  const unsure = series.filter(({ key }) => recent.find(key) === undefined)
  const averages = await fetch([...of('number'), ...unsure], 'average')
  const found = new Set([...averages].filter(([, one]) => hasAny(one)).map(([key]) => key))
  // The store knows of each window whether it is one of a counter or of texts: then it has no average.
  const left = unsure.filter(({ key }) => averages.has(key) && !found.has(key))
  const rates = await fetch([...of('rate'), ...left], 'rate')
  const counted = new Set([...rates].filter(([, one]) => hasAny(one)).map(([key]) => key))
  const texts = await fetch([...of('text'), ...left.filter(({ key }) => !counted.has(key))], 'last')
  const banded = isBand ? series.filter(({ key }) => found.has(key)) : []
  const [least, most] = [await fetch(banded, 'min'), await fetch(banded, 'max')]
  const answer = new Map<string, Windows>()
  for (const [drawn, answers] of [
    ['number', averages],
    ['rate', rates],
    ['text', texts],
  ] as const) {
    for (const [key, fetched] of answers) {
      const windows = cut(fetched, least.get(key), most.get(key), drawn === 'text')
      if (windows !== undefined) answer.set(key, { drawn, windows })
    }
  }
  return answer
}

type Fetched = ReadonlyMap<string, FetchedSeries>

async function fetchExactly(
  { rollups, index }: Pick<HistoryParts, 'rollups' | 'index'>,
  wanted: readonly SeriesName[],
  query: Omit<RollupQuery, 'select'>,
): Promise<Fetched> {
  const fetched = new Map<string, FetchedSeries>()
  const keys = new Set(wanted.map(({ key }) => key))
  for (const select of exactQueries(wanted, (metric) => index.categoriesOf(metric))) {
    for (const one of await rollups.fetch({ ...query, select })) {
      if (keys.has(one.series.key)) fetched.set(one.series.key, one)
    }
  }
  return fetched
}

const hasAny = ({ valid }: FetchedSeries): boolean => valid.includes(1)

/** Without the slots before the first and behind the last value. */
function cut(
  { start, periodMs, values, valid, texts }: FetchedSeries,
  least: FetchedSeries | undefined,
  most: FetchedSeries | undefined,
  isText: boolean,
): SeriesHistory['windows'] {
  const isThere = (slot: number): boolean => valid[slot] === 1 && (!isText || texts?.[slot] != null)
  const slots = [...valid.keys()].filter(isThere)
  const [first] = slots
  if (first === undefined) return undefined
  const end = (slots.at(-1) ?? first) + 1
  const average = Array.from({ length: end - first }, (_, at): Value | null =>
    isThere(first + at) ? asValue(texts?.[first + at] ?? values[first + at] ?? NaN) : null,
  )
  return {
    start: start + first * periodMs,
    periodMs,
    average,
    ...(least !== undefined &&
      most !== undefined && {
        min: Array.from(least.values.subarray(first, end), numberOrNull),
        max: Array.from(most.values.subarray(first, end), numberOrNull),
      }),
  }
}

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
