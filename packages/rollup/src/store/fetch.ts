import { compileTagQuery, parseDuration, parseTagQuery, windowStart, type Series } from '@tocsin/core'

import type { Level } from '../engine/levels.ts'
import type { Rollup } from '../engine/rollups.ts'
import { rollupValue, rollupValues } from '../engine/value.ts'
import { RollupError } from '../errors.ts'
import type { FetchedSeries, RollupQuery } from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import type { WindowReader } from './window-reader.ts'

/** Longest pause over which a counter's step still counts, where its windows are shorter. */
const counterReachMs = 300_000

/** A query that was checked. */
export interface FetchPlan {
  readonly level: number
  readonly periodMs: number
  readonly start: number
  readonly slots: number
  readonly value: RollupQuery['value']
  /** Numbers of the series, ascending. */
  readonly series: readonly number[]
}

const badQuery = (message: string): RollupError => new RollupError('ROLLUP_BAD_QUERY', message)

/** The numbers of the series that a tag query selects. */
export function selectSeries(list: readonly Series[], select: unknown): number[] {
  if (typeof select !== 'string') throw badQuery('"select" is a tag query, such as "__name:cpu.*"')
  const parsed = parseTagQuery(select)
  if (!parsed.ok) {
    throw new RollupError('ROLLUP_BAD_QUERY', `"select" is no tag query: ${parsed.message}`, {
      offset: parsed.offset,
    })
  }
  const matches = compileTagQuery(parsed.value)
  return [...list.keys()].filter((number) => {
    const series = list[number]
    return series !== undefined && matches(series)
  })
}

/** Checks a query against the limits. */
export function planFetch(
  query: RollupQuery,
  list: readonly Series[],
  options: ResolvedStoreOptions,
): FetchPlan {
  const { levels, maxFetchPoints, maxFetchSeries } = options
  const { from, to, value } = query
  const level = levelOf(levels, query.period)
  const { periodMs } = levels[level] ?? levels[0]
  if (!(Number.isFinite(from) && Number.isFinite(to) && from >= 0 && from < to)) {
    throw badQuery('"from" and "to" are ms since the Unix epoch, not negative, "from" before "to"')
  }
  if (!rollupValues.includes(value)) throw badQuery(`"value" is one of ${rollupValues.join(', ')}`)
  const start = windowStart(from, periodMs)
  const slots = Math.ceil((to - start) / periodMs)
  if (slots > maxFetchPoints) {
    throw tooLarge(`${slots} slots per series`, maxFetchPoints, 'a longer period or a shorter range')
  }
  const series = selectSeries(list, query.select)
  if (series.length > maxFetchSeries) {
    throw tooLarge(`${series.length} series`, maxFetchSeries, 'a narrower "select"')
  }
  return { level, periodMs, start, slots, value, series }
}

function levelOf(levels: readonly Level[], period: string): number {
  const periodMs = parseDuration(period)
  const level = levels.findIndex((one) => one.periodMs === periodMs)
  if (level >= 0) return level
  throw badQuery(`"period" is a window of the store: ${levels.map((one) => one.period).join(', ')}`)
}

function tooLarge(what: string, limit: number, remedy: string): RollupError {
  return new RollupError(
    'ROLLUP_QUERY_TOO_LARGE',
    `the answer would have ${what}, at most ${limit}; ask for ${remedy}`,
    {
      limit,
    },
  )
}

/** The values of one series; `undefined` where it has no window in the range. */
export async function fetchSeries(
  reader: WindowReader,
  plan: FetchPlan,
  number: number,
  series: Series,
): Promise<FetchedSeries | undefined> {
  const { level, periodMs, start, slots } = plan
  const isStep = plan.value === 'rate' || plan.value === 'increase'
  const reach = isStep ? Math.ceil(counterReachMs / periodMs) * periodMs : 0
  const rows = await reader.read(number, level, start - reach, start + slots * periodMs)
  const values = new Array<number | string | null>(slots).fill(null)
  const inexact: number[] = []
  let previous: Rollup | undefined
  let found = false
  for (const [at, rollup] of [...rows].sort(([a], [b]) => a - b)) {
    if (at >= start) {
      found = true
      const slot = (at - start) / periodMs
      values[slot] = slotValue(rollup, previous, plan)
      if (isEstimate(rollup, plan)) inexact.push(slot)
    }
    previous = rollup
  }
  if (!found) return undefined
  return { series, start, periodMs, values, ...(inexact.length > 0 && { inexact }) }
}

/** Counts, bounds, first and last do not depend on what came between. */
const dependsOnOrder: ReadonlySet<RollupQuery['value']> = new Set(['rate', 'increase', 'resets', 'changes'])

const isEstimate = (rollup: Rollup, { value }: FetchPlan): boolean =>
  rollup.kind !== 'numeric' && rollup.inexact && dependsOnOrder.has(value)

function slotValue(rollup: Rollup, previous: Rollup | undefined, plan: FetchPlan): number | string | null {
  const reach = Math.max(plan.periodMs, counterReachMs)
  const isNear =
    previous?.kind === 'counter' && rollup.first.time - previous.last.time <= reach ? previous : undefined
  return rollupValue(rollup, plan.value, isNear)
}
