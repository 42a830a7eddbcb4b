import type { Slices } from '@tocsin/core/slices'
import { compileTagQuery, parseDuration, parseTagQuery, windowStart, type Series } from '@tocsin/core'

import type { Level } from '../engine/levels.ts'
import { rollupValues } from '../engine/value.ts'
import { RollupError } from '../errors.ts'
import type { RollupQuery } from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'

const maxSlotMs = 366 * 86_400_000
/** Series that are looked at before others may run. */
const seriesBetween = 256

/** A query that was checked. */
export interface FetchPlan {
  /** Index of the longest stored window that divides the slots. */
  readonly level: number
  readonly periodMs: number
  readonly start: number
  readonly slots: number
  readonly value: RollupQuery['value']
  /** Numbers of the series, ascending. */
  readonly series: readonly number[]
}

const badQuery = (message: string): RollupError => new RollupError('ROLLUP_BAD_QUERY', message)

/** Whether a tag query selects a series. */
function selection(select: unknown): (series: Series) => boolean {
  if (typeof select !== 'string') throw badQuery('"select" is a tag query, such as "__name:cpu.*"')
  const parsed = parseTagQuery(select)
  if (!parsed.ok) {
    throw new RollupError('ROLLUP_BAD_QUERY', `"select" is no tag query: ${parsed.message}`, {
      offset: parsed.offset,
    })
  }
  return compileTagQuery(parsed.value)
}

/** The series that a tag query selects. */
export function selectSeries(list: readonly (Series | undefined)[], select: unknown): Series[] {
  const matches = selection(select)
  return list.filter((series) => series !== undefined && matches(series)) as Series[]
}

/** The numbers of the series that a tag query selects, of those that have one when it is asked. */
async function selectNumbers(
  list: readonly (Series | undefined)[],
  select: unknown,
  slices: Slices,
): Promise<number[]> {
  const matches = selection(select)
  const numbers: number[] = []
  const { length } = list
  for (let number = 0; number < length; number += 1) {
    const series = list[number]
    if (series !== undefined && matches(series)) numbers.push(number)
    if (number % seriesBetween === 0 && slices.isOver) await slices.pause()
  }
  return numbers
}

/** Checks a query, which may be anything; `planFetch` also checks how large its answer is. */
export async function planQuery(
  query: RollupQuery,
  list: readonly (Series | undefined)[],
  { levels }: Pick<ResolvedStoreOptions, 'levels'>,
  slices: Slices,
): Promise<FetchPlan> {
  const { from, to, value } = objectOf(query)
  const { level, periodMs } = slotsOf(levels, query.period)
  if (!(Number.isFinite(from) && Number.isFinite(to) && from >= 0 && from < to)) {
    throw badQuery('"from" and "to" are ms since the Unix epoch, not negative, "from" before "to"')
  }
  if (!rollupValues.includes(value)) throw badQuery(`"value" is one of ${rollupValues.join(', ')}`)
  const start = windowStart(from, periodMs)
  const slots = Math.ceil((to - start) / periodMs)
  const series = await selectNumbers(list, query.select, slices)
  return { level, periodMs, start, slots, value, series }
}

/** Checks a query and the size of its answer. */
export async function planFetch(
  query: RollupQuery,
  list: readonly (Series | undefined)[],
  options: ResolvedStoreOptions,
  slices: Slices,
): Promise<FetchPlan> {
  const { maxFetchPoints, maxFetchSeries } = options
  const plan = await planQuery(query, list, options, slices)
  const { series, slots } = plan
  if (series.length > maxFetchSeries) {
    throw tooLarge(`${series.length} series`, maxFetchSeries, 'a narrower "select"')
  }
  if (slots * Math.max(1, series.length) > maxFetchPoints) {
    const what = `${series.length} series of ${slots} slots`
    throw tooLarge(
      what,
      maxFetchPoints,
      'a longer period, a shorter range or a narrower "select", or use chunks()',
    )
  }
  return plan
}

function objectOf(query: RollupQuery | null | undefined): RollupQuery {
  if (typeof query === 'object' && query !== null) return query
  throw badQuery('a query is an object { select, from, to, period, value }')
}

/** The longest stored window that divides the period. */
function slotsOf(levels: readonly Level[], period: unknown): { level: number; periodMs: number } {
  const periodMs = typeof period === 'string' ? parseDuration(period) : undefined
  const level = levels.findLastIndex((one) => periodMs !== undefined && periodMs % one.periodMs === 0)
  if (periodMs === undefined || level < 0 || periodMs <= 0 || periodMs > maxSlotMs) {
    const stored = levels.map((one) => one.period).join(', ')
    throw badQuery(`"period" is a window of the store (${stored}) or a multiple of one, up to 366d`)
  }
  return { level, periodMs }
}

function tooLarge(what: string, limit: number, remedy: string): RollupError {
  return new RollupError(
    'ROLLUP_QUERY_TOO_LARGE',
    `the answer would have ${what}, the limit is ${limit}; ask for ${remedy}`,
    { limit },
  )
}
