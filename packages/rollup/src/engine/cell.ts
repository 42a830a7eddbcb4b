import { counterAlgebra } from './counter.ts'
import { createNumericCell, mergeNumeric, numericRollup, recordNumber, type NumericCell } from './numeric.ts'
import type { Reading } from './reading.ts'
import type { CounterPoint, CounterRollup, Rollup, TextPoint, TextRollup } from './rollups.ts'
import { createSequence, foldSequence, recordPoint, type Sequence } from './sequence.ts'
import { textAlgebra } from './text.ts'

/** One window of one series that still takes samples. */
export type Cell =
  | NumericCell
  | { readonly kind: 'counter'; readonly sequence: Sequence<CounterPoint, CounterRollup> }
  | { readonly kind: 'text'; readonly sequence: Sequence<TextPoint, TextRollup> }

/** An empty window of this kind. */
export function createCell(kind: Cell['kind']): Cell {
  switch (kind) {
    case 'numeric':
      return createNumericCell()
    case 'counter':
      return { kind, sequence: createSequence() }
    case 'text':
      return { kind, sequence: createSequence() }
  }
}

/** Takes a reading, in any order; `false` where the window is of another kind: the first one wins. */
export function recordReading(cell: Cell, reading: Reading): boolean {
  if (reading.kind === 'numeric' && cell.kind === 'numeric') {
    recordNumber(cell, reading.time, reading.value, reading.weight, reading.total)
  } else if (reading.kind === 'counter' && cell.kind === 'counter') {
    recordPoint(cell.sequence, reading.point, counterAlgebra)
  } else if (reading.kind === 'text' && cell.kind === 'text') {
    recordPoint(cell.sequence, reading.point, textAlgebra)
  } else {
    return false
  }
  return true
}

/** What the window holds now; `undefined` before the first reading. */
export function cellRollup(cell: Cell): Rollup | undefined {
  switch (cell.kind) {
    case 'numeric':
      return cell.count.length === 0 ? undefined : numericRollup(cell)
    case 'counter':
      return foldSequence(cell.sequence, counterAlgebra)
    case 'text':
      return foldSequence(cell.sequence, textAlgebra)
  }
}

/** Both together; where the kinds differ, the first alone. */
export function mergeRollups(a: Rollup, b: Rollup): Rollup {
  if (a.kind === 'numeric' && b.kind === 'numeric') return mergeNumeric(a, b)
  if (a.kind === 'counter' && b.kind === 'counter') return counterAlgebra.merge(a, b)
  if (a.kind === 'text' && b.kind === 'text') return textAlgebra.merge(a, b)
  return a
}

/**
 * A longer window of one series as the fold of the shorter ones in it, which must come in order of time; `undefined` where there are
 * none. Where a shorter one is corrected or comes late, fold all of them anew: to add it to what was folded would put a step
 * of a counter where there was none. The kind of the first decides; `conflict` hears of each that is left out, being of another.
 */
export function foldRollups(parts: Iterable<Rollup>, conflict?: () => void): Rollup | undefined {
  let whole: Rollup | undefined
  for (const part of parts) {
    if (whole !== undefined && whole.kind !== part.kind) conflict?.()
    whole = whole === undefined ? part : mergeRollups(whole, part)
  }
  return whole
}
