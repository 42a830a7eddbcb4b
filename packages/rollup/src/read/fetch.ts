import type { Slices } from '@tocsin/core/slices'
import type { Series } from '@tocsin/core'

import { maxBlockRows } from '../columns/block.ts'
import type { FetchedSeries } from '../rollup-store.ts'
import { allColumns, visitBaseRows, type RowRange } from './base-rows.ts'
import { columnsOfValue, isStep } from './evaluate.ts'
import { foldSlices } from './fold-slices.ts'
import { readLevelRows } from './level-rows.ts'
import type { FetchPlan } from './plan.ts'
import type { RowSlice } from './row-slices.ts'
import type { SegmentDamage } from '../segment/segment-query.ts'
import { valueSince, type PlacedRow } from './steps.ts'
import type { StoreView } from './store-view.ts'
import { ValueGrid } from './value-grid.ts'

const dayMs = 86_400_000
/** Values that begin before their slots, which take long, and are made before others may run. */
const stepsBetween = 128

/** Longest pause over which the reading before a slot still counts: so increases of windows add up to that of a longer one. */
const reachMs = (periodMs: number): number => Math.max(dayMs, 2 * periodMs)

/** The values of some series of a plan; those without any are left out. */
export async function fetchSeries(
  view: StoreView,
  plan: FetchPlan,
  seriesOf: (number: number) => Series | undefined,
): Promise<FetchedSeries[]> {
  const grids = new Map<number, ValueGrid>()
  const gridOf = (number: number): ValueGrid => {
    const grid = grids.get(number) ?? new ValueGrid(plan, view.counterWrap)
    grids.set(number, grid)
    return grid
  }
  const { level, periodMs, start, slots, value } = plan
  const range = { series: plan.series, from: start, to: start + slots * periodMs }
  const damages = view.unreadable.length
  const isStored = periodMs === (view.levels[level] ?? view.levels[0]).periodMs
  if (level === 0 && isStored && !isStep(value)) {
    const columns = columnsOfValue(value)
    await visitBaseRows(view, { ...range, columns }, (table, from, end) => {
      gridOf(table.series[from] ?? 0).putRows(table, from, end)
    })
  } else await putLongerRows(view, plan, range, gridOf)
  // Of the stored longer windows those are made anew of the shortest ones; what of these is gone may be in any slot.
  for (const damage of view.unreadable.slice(damages)) {
    if (damage.level === 0)
      flagDamaged(grids, damage, isStep(value) ? reachMs(periodMs) + view.levels[0].periodMs : 0)
  }
  const answer: FetchedSeries[] = []
  for (const number of plan.series) {
    const series = seriesOf(number)
    const fetched = series && (await grids.get(number)?.fetched(series, view.slices))
    if (fetched !== undefined) answer.push(fetched)
  }
  return answer
}

/** `reach`: a value that begins at the reading before its slot may miss that up to so many ms behind the damage. */
function flagDamaged(
  grids: ReadonlyMap<number, ValueGrid>,
  { firstSeries, lastSeries, from, to }: SegmentDamage,
  reach: number,
): void {
  for (const [number, grid] of grids) {
    if (number < firstSeries || number > lastSeries) continue
    grid.flagStretch(from, to)
    if (reach > 0) grid.flagNext(to, reach)
  }
}

/** Slots that are longer than the shortest window, or depend on the one before. */
async function putLongerRows(
  view: StoreView,
  { level, periodMs, value }: FetchPlan,
  range: Omit<RowRange, 'columns'>,
  gridOf: (number: number) => ValueGrid,
): Promise<void> {
  const isStored = periodMs === (view.levels[level] ?? view.levels[0]).periodMs
  const before = isStep(value) ? Math.ceil(reachMs(periodMs) / periodMs) * periodMs : 0
  const columns = isStored ? columnsOfValue(value) : allColumns
  const rows = await readLevelRows(view, level, { ...range, from: range.from - before, columns })
  for (const number of range.series) {
    const slices = rows.get(number)
    if (slices === undefined) continue
    const inSlots = isStored
      ? slices
      : await foldSlices(slices, number, periodMs, view.counterWrap, view.slices)
    const grid = gridOf(number)
    if (isStep(value)) await putSteps(grid, inSlots, value, periodMs, view)
    else await putSlices(grid, inSlots, view.slices)
  }
}

async function putSlices(grid: ValueGrid, slices: readonly RowSlice[], pauses: Slices): Promise<void> {
  for (const { table, from, end } of slices) {
    for (let row = from; row < end; row += maxBlockRows) {
      grid.putRows(table, row, Math.min(end, row + maxBlockRows))
      if (pauses.isOver) await pauses.pause()
    }
  }
}

async function putSteps(
  grid: ValueGrid,
  slices: readonly RowSlice[],
  value: FetchPlan['value'],
  periodMs: number,
  { counterWrap, slices: pauses }: StoreView,
): Promise<void> {
  const reach = reachMs(periodMs)
  let previous: PlacedRow | undefined
  let steps = 0
  for (const { table, from, end } of slices) {
    for (let row = from; row < end; row += 1) {
      grid.put(table, row, valueSince(previous, table, row, value, reach, counterWrap))
      previous = { table, row }
      steps += 1
      if (steps % stepsBetween === 0 && pauses.isOver) await pauses.pause()
    }
  }
}

/** Series of a plan at once, and slots of all of them: what they take in memory stays small. */
const seriesAtOnce = 64
export const slotsAtOnce = 1_000_000

/** A plan in parts that are read one by one, each of at most so many slots of a series. */
export function* piecesOf(plan: FetchPlan, mostSlots: number): Generator<FetchPlan> {
  const length = Math.min(plan.slots, mostSlots)
  const most = Math.max(1, Math.min(seriesAtOnce, Math.floor(slotsAtOnce / length)))
  for (let first = 0; first < plan.series.length; first += most) {
    const series = plan.series.slice(first, first + most)
    for (let slot = 0; slot < plan.slots; slot += length) {
      const slots = Math.min(length, plan.slots - slot)
      yield { ...plan, series, start: plan.start + slot * plan.periodMs, slots }
    }
  }
}
