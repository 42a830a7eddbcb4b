import type { FaultInput } from '../../model/fault-input.ts'
import { type EngineState, fetchedAtOnce } from '../state/state.ts'
import { knownRow } from './known-row.ts'

/**
 * Finds the rows of the next samples of a batch, and reads once what judging them will read. A processor waits for many such reads at once,
 * but, where each is followed by a judgement, for one after the other; in memory larger than its caches that wait is most of the time.
 * Nothing follows from it: a row that is another's by the time its sample is judged is looked up again.
 */
export function fetchRows(state: EngineState, samples: readonly FaultInput[], from: number): void {
  const { fetched, rows, instances, holds, windows } = state
  const count = Math.min(fetchedAtOnce, samples.length - from)
  // Rows that send in turn lie in turn, mostly, and the processor reads ahead by itself.
  if (findRows(state, samples, from, count)) return
  let read = 0
  // One kind of line after the other, since where the later ones lie is read in the earlier ones.
  for (let index = 0; index < count; index += 1) {
    const row = fetched[index] ?? -1
    if (row >= 0) read += rows.fetch(row)
  }
  for (let index = 0; index < count; index += 1) {
    const row = fetched[index] ?? -1
    if (row >= 0)
      read += windows.fetch(row) + instances.fetch(rows.instance(row)) + holds.fetch(rows.rule(row))
  }
  state.lastRead = read
}

/** Whether all of them follow each other as they did before. */
function findRows(state: EngineState, samples: readonly FaultInput[], from: number, count: number): boolean {
  const { rows, fetched } = state
  let last = state.lastRow
  let isInTurn = true
  for (let index = 0; index < count; index += 1) {
    const series = (samples[from + index] as FaultInput | null | undefined)?.series as
      FaultInput['series'] | null | undefined
    let row = isInTurn ? rows.following(last) : -1
    if (row < 0 || series === undefined || rows.series[row] !== series) {
      isInTurn = false
      row = knownRow(state, series)
      if (last >= 0) rows.setFollowing(last, row)
    }
    fetched[index] = row
    if (row >= 0) last = row
  }
  return isInTurn
}
