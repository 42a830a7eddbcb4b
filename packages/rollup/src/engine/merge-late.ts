import { cellRollup, createCell, mergeRollups, recordReading, type Cell } from './cell.ts'
import { readingOf } from './counter.ts'
import { addedNumeric } from './numeric.ts'
import type { Reading } from './reading.ts'
import type { CounterWrap, Rollup, SameTime } from './rollups.ts'
import { isPreferred, type MomentValue } from './same-time.ts'

/** What became of readings that came when the samples of their window were gone. */
export interface LateMerge {
  /** With the readings. */
  readonly rollup: Rollup
  /** Of how many the effect is an estimate; the rollup is inexact where it is not 0. */
  readonly estimated: number
  /** How many were of another kind and are left out. */
  readonly conflicts: number
}

/**
 * Adds readings to a window of which only the rollup is left. Exact: what lies before its first or behind its last sample, numbers
 * that are events, and a value that the rollup shows at the moment of its first or last sample already, which counts once.
 * Anything else is counted, and the rollup inexact from then on: the same sample may be in it, or its place among others is gone.
 */
export function mergeLate(
  stored: Rollup,
  readings: Iterable<Reading>,
  sameTime: SameTime = 'largest',
  wrap: CounterWrap = 'none',
): LateMerge {
  const create = (): Cell =>
    createCell(stored.kind, sameTime, wrap, stored.kind === 'numeric' && stored.held !== undefined)
  const [before, behind, events, among] = [create(), create(), create(), create()]
  let [estimated, conflicts] = [0, 0]
  for (const reading of readings) {
    const { time } = reading
    let cell = among
    if (reading.kind === 'numeric' && reading.event) cell = events
    else if (time < stored.first.time) cell = before
    else if (time > stored.last.time) cell = behind
    else if (reading.kind === stored.kind && isKnown(stored, reading, sameTime)) continue
    if (!recordReading(cell, reading)) conflicts += 1
    else if (cell === among) estimated += 1
  }
  let rollup = stored
  for (const cell of [before, behind, among]) {
    const part = cellRollup(cell)
    if (part !== undefined) rollup = mergeRollups(rollup, part, wrap)
  }
  const added = cellRollup(events)
  if (added?.kind === 'numeric' && rollup.kind === 'numeric')
    rollup = addedNumeric(rollup, added, rollup.inexact)
  return { rollup, estimated, conflicts }
}

/** Whether the rollup shows that the moment of a reading has this value already, or one that counts instead. */
function isKnown(stored: Rollup, reading: Reading, sameTime: SameTime): boolean {
  if (reading.event) return false
  const value = valueOf(reading)
  const shown =
    stored.kind === 'counter'
      ? [stored.first, stored.last].map((point) => ({ time: point.time, value: readingOf(point) }))
      : [stored.first, stored.last]
  return shown.some(
    (point) => point.time === reading.time && !isPreferred<MomentValue>(value, point.value, sameTime),
  )
}

function valueOf(reading: Reading): MomentValue {
  if (reading.kind === 'numeric') return reading.value
  return reading.kind === 'counter' ? readingOf(reading.point) : reading.point.value
}
