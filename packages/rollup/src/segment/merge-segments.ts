import { Slices } from '@tocsin/core/slices'
import { createTables, mergeRows, type RowRange } from '../rows/merge-tables.ts'
import type { RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import type { TakeDamage } from './segment-query.ts'
import type { SegmentReader } from './segment-reader.ts'
import { lowerBound } from './series-list.ts'

/** Rows that go to the caller together, unless one series has more. */
const stepRows = 4096

/** Which windows to merge. */
export interface MergeQuery {
  /** Index of the window length among `periods`. */
  readonly level: number
  /** Windows that start at or after, ms. */
  readonly from: number
  /** Windows that start before, ms. */
  readonly to: number
}

/**
 * Merges windows of some segments, given by ascending number: of several rows of one window that of the last segment counts,
 * whatever its kind. Gives, a few thousand rows at a time, all rows of the next series by kind, series and start; the tables are
 * another's again when the next ones are asked for. Memory: a few blocks of each segment, and all rows of one series.
 */
export async function* mergeSegments(
  segments: readonly SegmentReader[],
  { level, from, to }: MergeQuery,
  damaged: TakeDamage,
): AsyncIterable<Readonly<Record<RowKind, RowTable>>> {
  const cursors = segments.flatMap((segment) =>
    (['numeric', 'counter', 'text'] as const).map((kind) => {
      const query = { level, from, to, series: undefined, kinds: [kind] }
      return new Cursor(segment.blocks(query, damaged), kind, from, to)
    }),
  )
  const slices = new Slices()
  const tables = createTables()
  try {
    for (const cursor of cursors) await cursor.next()
    for (;;) {
      let series = Infinity
      for (const cursor of cursors) series = Math.min(series, cursor.series)
      if (series === Infinity) break
      const ranges: RowRange[] = []
      for (const cursor of cursors) {
        if (cursor.series !== series) continue
        // Most series end within the block, and there is nothing to wait for.
        const range = cursor.take() ?? (await cursor.takeOn())
        ranges.push(range)
      }
      mergeRows(ranges, tables)
      if (tables.numeric.length + tables.counter.length + tables.text.length < stepRows) continue
      yield tables
      for (const table of Object.values(tables)) table.clear()
      if (slices.isOver) await slices.pause()
    }
    yield tables
  } finally {
    for (const cursor of cursors) await cursor.close()
  }
}

/** Goes through the blocks of one kind in one segment. */
class Cursor {
  /** The series of the next row; `Infinity` behind the last. */
  series = Infinity
  readonly #blocks: AsyncIterator<RowTable>
  readonly #from: number
  readonly #to: number
  /** Rows of a series that goes on in another block. */
  readonly #gathered: RowTable
  #table: RowTable
  #row = 0

  constructor(blocks: AsyncIterable<RowTable>, kind: RowKind, from: number, to: number) {
    this.#blocks = blocks[Symbol.asyncIterator]()
    this.#from = from
    this.#to = to
    this.#gathered = new RowTable(kind)
    this.#table = this.#gathered
  }

  /** Goes to the next block. */
  async next(): Promise<void> {
    const next = await this.#blocks.next()
    this.#row = 0
    if (next.done === true) {
      this.series = Infinity
      return
    }
    this.#table = next.value
    this.series = next.value.series[0] ?? Infinity
  }

  /** The rows of its series, until it is asked again; `undefined` where they may go on in the next block. */
  take(): RowRange | undefined {
    const table = this.#table
    const end = this.#end()
    if (end === table.length) return undefined
    const range = this.#within(table, this.#row, end)
    this.#row = end
    this.series = table.series[end] ?? Infinity
    return range
  }

  /** As {@link take}, over the end of the block. */
  async takeOn(): Promise<RowRange> {
    const { series } = this
    this.#gathered.clear()
    while (this.series === series) {
      const end = this.#end()
      this.#gathered.copyRows(this.#table, this.#row, end)
      if (end === this.#table.length) await this.next()
      else {
        this.#row = end
        this.series = this.#table.series[end] ?? Infinity
      }
    }
    return this.#within(this.#gathered, 0, this.#gathered.length)
  }

  async close(): Promise<void> {
    await this.#blocks.return?.()
  }

  /** Behind the last row of its series in the block. */
  #end(): number {
    const { series, length } = this.#table
    let end = this.#row + 1
    while (end < length && series[end] === this.series) end += 1
    return end
  }

  #within(table: RowTable, from: number, to: number): RowRange {
    const first = lowerBound(table.start, this.#from, from, to)
    return { table, from: first, to: lowerBound(table.start, this.#to, first, to) }
  }
}
