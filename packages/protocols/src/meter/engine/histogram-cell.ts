import { histogramBin, type Histogram } from '@tocsin/core'

import type { Cell } from './series-table.ts'

interface CountedBin {
  readonly value: number
  readonly exponent: number
  count: number
}

/** How often each bin was counted until some moment, in the order in which the bins came. */
export interface Counts {
  readonly of: Float64Array
  /** All of them. */
  readonly total: number
}

/** Measurements of one series in OpenHistogram bins, since the beginning. */
export interface HistogramCell extends Cell {
  readonly bins: Map<number, CountedBin>
  readonly inOrder: CountedBin[]
  /** What was acknowledged of it. */
  given: Counts
}

/** What a bin takes, bytes; measured. */
const bytesPerBin = 140

const nothing: Counts = { of: new Float64Array(0), total: 0 }

/** A cell without measurements. */
export const histogramCell = (cell: Cell): HistogramCell => ({
  ...cell,
  bins: new Map(),
  inOrder: [],
  given: nothing,
})

/** Counts a measurement; says why it does not. */
export function countIn(cell: HistogramCell, value: number): 'bad-value' | 'too-many-values' | undefined {
  // First of all: what is no number at all must meet no operator.
  const bin = Number.isFinite(value) ? histogramBin(value) : undefined
  if (bin === undefined) return 'bad-value'
  const key = bin.value * 512 + bin.exponent
  const known = cell.bins.get(key)
  if (known !== undefined) {
    known.count += 1
    return undefined
  }
  if (!cell.room.take(bytesPerBin)) return 'too-many-values'
  cell.bytes += bytesPerBin
  const counted = { value: bin.value, exponent: bin.exponent, count: 1 }
  cell.bins.set(key, counted)
  cell.inOrder.push(counted)
  return undefined
}

/** How often each bin is counted now. */
export function countsOf({ inOrder }: HistogramCell): Counts {
  const of = Float64Array.from(inOrder, ({ count }) => count)
  return { of, total: of.reduce((sum, count) => sum + count, 0) }
}

/** What was counted between two moments, bins in rising order. */
export function histogramBetween({ inOrder }: HistogramCell, from: Counts, to: Counts): Histogram {
  const bins: CountedBin[] = []
  for (const [at, count] of to.of.entries()) {
    const more = count - (from.of[at] ?? 0)
    const bin = inOrder[at]
    if (more > 0 && bin !== undefined) bins.push({ value: bin.value, exponent: bin.exponent, count: more })
  }
  return { bins: bins.sort((one, other) => boundOf(one) - boundOf(other)) }
}

const boundOf = ({ value, exponent }: CountedBin): number => value * 10 ** exponent
