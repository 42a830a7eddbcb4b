import type { FileSystem } from '@tocsin/core'

import type { Rollup } from '../../src/engine/rollups.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import type { SegmentFacts, SegmentTrailer } from '../../src/segment/segment-facts.ts'
import { SegmentFiles } from '../../src/segment/segment-files.ts'
import type { SegmentDamage } from '../../src/segment/segment-query.ts'
import { SegmentReader } from '../../src/segment/segment-reader.ts'
import { SegmentWriter, type SegmentWriterOptions } from '../../src/segment/segment-writer.ts'
import { rowsOf, type Row } from '../rows/any-rows.ts'

export const directory = '/rollups'
export const periods: readonly number[] = [60_000, 3_600_000]
export const facts: SegmentFacts = { state: { position: 7 }, beside: [3], replaces: [1, 2], sealed: null }

/** Rows by level. */
export type Levels = readonly (readonly Row[])[]

/** Writes rows of any kinds, a table per kind; `split` cuts them between series. */
export async function writeSegment(
  fileSystem: FileSystem,
  number: number,
  levels: Levels,
  options: SegmentWriterOptions = {},
): Promise<SegmentTrailer> {
  const writer = SegmentWriter.create(fileSystem, directory, number, periods, options)
  const names = new Map<number, string>()
  for (const [level, rows] of levels.entries()) {
    for (const kind of ['numeric', 'counter', 'text'] as const) {
      let table = new RowTable(kind)
      for (const { series, start, rollup } of rows) {
        names.set(series, `series ${series}|ST[host:ä]`)
        if (rollup.kind !== kind) continue
        if (table.length > 0 && table.series[table.length - 1] !== series && series % 2 === 0) {
          await writer.add(level, table)
          table = new RowTable(kind)
        }
        table.push(series, start, rollup)
      }
      await writer.add(level, table)
    }
  }
  return writer.finish(
    facts,
    [...names].sort(([a], [b]) => a - b),
  )
}

export async function openSegment(fileSystem: FileSystem, number: number): Promise<SegmentReader> {
  const reader = await SegmentReader.open(new SegmentFiles(fileSystem), directory, number)
  if (typeof reader === 'string') throw new Error(`the segment is ${reader}`)
  return reader
}

/** All rows of a level, and the damage that was met. */
export async function readAll(
  reader: SegmentReader,
  level: number,
  query: { from?: number; to?: number; series?: readonly number[] } = {},
): Promise<{ rows: Row[]; damage: SegmentDamage[] }> {
  const rows: Row[] = []
  const damage: SegmentDamage[] = []
  await reader.read(
    { level, from: -Infinity, to: Infinity, series: undefined, ...query },
    (table, from, to) => rows.push(...rowsOf(table, from, to)),
    (one) => damage.push(one),
  )
  return { rows, damage }
}

const order = ['counter', 'numeric', 'text']

/** As a segment gives rows: by kind, series and start. */
export const sorted = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => kindOf(a.rollup) - kindOf(b.rollup) || a.series - b.series || a.start - b.start)

const kindOf = ({ kind }: Rollup): number => order.indexOf(kind)
