import { counterAlgebras, foldCounters, mergeCounters, readingOf, type CounterValue } from './counter.ts'
import {
  addedNumeric,
  createTotals,
  foldNumeric,
  gaugeAlgebra,
  heldGaugeAlgebra,
  mergeNumeric,
  numericRollup,
  recordNumber,
  type NumericTotals,
} from './numeric.ts'
import type { Reading } from './reading.ts'
import type { CounterRollup, CounterWrap, NumericRollup, Rollup, SameTime, TextRollup } from './rollups.ts'
import {
  createSequence,
  foldSequence,
  recordMoment,
  type Sequence,
  type SequenceAlgebra,
} from './sequence.ts'
import { mergeTexts, textAlgebra } from './text.ts'

/**
 * One window of one series that still takes samples. Those that have one value a moment wait in order of time; of events, numbers
 * are added up at once.
 */
export type Cell =
  | {
      readonly kind: 'numeric'
      readonly moments: Sequence<number, NumericRollup>
      readonly algebra: SequenceAlgebra<number, NumericRollup>
      events: NumericTotals | undefined
    }
  | {
      readonly kind: 'counter'
      readonly moments: Sequence<CounterValue, CounterRollup>
      readonly wrap: CounterWrap
    }
  | {
      readonly kind: 'text'
      readonly moments: Sequence<string, TextRollup>
      events: Sequence<string, TextRollup> | undefined
    }

/** An empty window of this kind; `held` adds to numbers how long each held. */
export function createCell(
  kind: Cell['kind'],
  sameTime: SameTime = 'largest',
  wrap: CounterWrap = 'none',
  held = false,
): Cell {
  switch (kind) {
    case 'numeric':
      return {
        kind,
        moments: createSequence(sameTime),
        algebra: held ? heldGaugeAlgebra : gaugeAlgebra,
        events: undefined,
      }
    case 'counter':
      return { kind, moments: createSequence(sameTime), wrap }
    case 'text':
      return { kind, moments: createSequence(sameTime), events: undefined }
  }
}

/** Takes a reading, in any order; `false` where the window is of another kind: the first one wins. */
export function recordReading(cell: Cell, reading: Reading): boolean {
  const { time } = reading
  if (reading.kind === 'numeric' && cell.kind === 'numeric') {
    if (!reading.event) recordMoment(cell.moments, time, reading.value, cell.algebra)
    else recordNumber((cell.events ??= createTotals()), time, reading.value, reading.weight, reading.total)
  } else if (reading.kind === 'counter' && cell.kind === 'counter') {
    recordMoment(cell.moments, time, readingOf(reading.point), counterAlgebras[cell.wrap])
  } else if (reading.kind === 'text' && cell.kind === 'text') {
    const sequence = reading.event ? (cell.events ??= createSequence(undefined)) : cell.moments
    recordMoment(sequence, time, reading.point.value, textAlgebra)
  } else {
    return false
  }
  return true
}

/** What the window holds now; `undefined` before the first reading. */
export function cellRollup(cell: Cell): Rollup | undefined {
  switch (cell.kind) {
    case 'numeric': {
      const moments = foldSequence(cell.moments, cell.algebra)
      const events = cell.events && numericRollup(cell.events, false)
      if (moments === undefined || events === undefined) return moments ?? events
      return addedNumeric(moments, events, moments.inexact)
    }
    case 'counter':
      return foldSequence(cell.moments, counterAlgebras[cell.wrap])
    case 'text':
      return cell.events === undefined
        ? foldSequence(cell.moments, textAlgebra)
        : textsInOrder([cell.moments, cell.events])
  }
}

/** Texts and members of sets in one order of time; for as many of both as one window keeps. */
function textsInOrder(sequences: readonly Sequence<string, TextRollup>[]): TextRollup | undefined {
  const all = createSequence<string, TextRollup>(undefined)
  for (const sequence of sequences) {
    const { condensed } = sequence
    foldSequence(sequence, textAlgebra)
    if (condensed !== undefined)
      all.condensed = all.condensed === undefined ? condensed : mergeTexts(all.condensed, condensed)
    for (const [at, value] of sequence.values.entries()) {
      recordMoment(all, sequence.times[at] ?? 0, value, textAlgebra)
    }
  }
  return foldSequence(all, textAlgebra)
}

/**
 * Both together; where the kinds differ, the first alone. Where their times overlap it is inexact: a sample may be in both, and
 * the steps between samples of both are not known.
 */
export function mergeRollups(a: Rollup, b: Rollup, wrap: CounterWrap = 'none'): Rollup {
  if (a.kind === 'numeric' && b.kind === 'numeric') return mergeNumeric(a, b)
  if (a.kind === 'counter' && b.kind === 'counter') return mergeCounters(a, b, wrap)
  if (a.kind === 'text' && b.kind === 'text') return mergeTexts(a, b)
  return a
}

/**
 * A longer window of one series as the fold of the shorter ones in it, which must come in order of time; `undefined` where there are
 * none. Where a shorter one is corrected or comes late, fold all of them anew: to add it to what was folded would put a step
 * of a counter where there was none. The kind of the first decides; `conflict` hears of each that is left out, being of another.
 */
export function foldRollups(
  parts: Iterable<Rollup>,
  conflict?: () => void,
  wrap: CounterWrap = 'none',
): Rollup | undefined {
  const all: Rollup[] = []
  for (const part of parts) {
    if (all[0] === undefined || all[0].kind === part.kind) all.push(part)
    else conflict?.()
  }
  const [first, ...others] = all
  if (first === undefined || others.length === 0) return first
  switch (first.kind) {
    case 'numeric':
      return foldNumeric(all.filter((part) => part.kind === 'numeric'))
    case 'counter':
      return foldCounters([first, ...others.filter((part) => part.kind === 'counter')], wrap)
    case 'text':
      return others.reduce((whole, part) => mergeRollups(whole, part), first)
  }
}
