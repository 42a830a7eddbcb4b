import type { RowKind } from '../rows/row-columns.ts'
import type { Rollup } from '../engine/rollups.ts'
import { gatherRows, type RowAt } from './closed-rows.ts'
import type { Generation } from './generation.ts'
import type { RowTables, WindowPatch } from './memory-face.ts'
import type { OpenWindows } from './open-windows.ts'
import { slot } from './window-slots.ts'

/** Where the windows in memory are. */
export interface MemoryLayers {
  /** What is newer stands further behind. */
  readonly layers: readonly Generation[]
  readonly open: OpenWindows
  readonly periodMs: number
}

type Found = { readonly row: RowAt } | { readonly rollup: Rollup } | { readonly patch: WindowPatch } | 'open'

/** Adds the windows of a series to the tables, by start; gives those of which only a part is in memory. */
export function rowsInMemory(
  { layers, open, periodMs }: MemoryLayers,
  series: number,
  from: number,
  to: number,
  tables: RowTables,
): readonly WindowPatch[] {
  const found = new Map<number, Found>()
  for (const { closed, late } of layers) {
    const below = new Map(found)
    for (const row of closed.of(series, from).toReversed()) {
      const start = row.table.start[row.row] ?? 0
      if (start < to) found.set(start, { row })
    }
    for (const window of late.of(series)) {
      const { start, state } = window
      if (start < from || start >= to) continue
      if (state === 'patch') found.set(start, patched(below.get(start), window.patch()))
      const rollup = state === 'whole' ? window.rollup() : undefined
      if (rollup !== undefined) found.set(start, { rollup })
    }
  }
  const openStart = open.get(series, slot.end) - periodMs
  if (open.isOpen(series) && openStart >= from && openStart < to) found.set(openStart, 'open')
  const patches: WindowPatch[] = []
  for (const start of [...found.keys()].sort((a, b) => a - b)) {
    const one = found.get(start)
    if (one === 'open') pushOpen(open, series, tables)
    else if (one === undefined) continue
    else if ('row' in one) gatherRows(tables[one.row.table.kind], [one.row])
    else if ('rollup' in one) tables[one.rollup.kind].push(series, start, one.rollup)
    else patches.push(one.patch)
  }
  return patches
}

function pushOpen(open: OpenWindows, series: number, tables: RowTables): void {
  const kind: RowKind | undefined = open.kindOf(series)
  if (kind !== undefined) open.pushInto(tables[kind], series)
}

/** A patch over what lies below it. */
function patched(below: Found | undefined, patch: WindowPatch): Found {
  if (below === undefined || below === 'open') return { patch }
  if ('row' in below) return { rollup: patch.mergeWith(below.row.table.rollup(below.row.row)) }
  if ('rollup' in below) return { rollup: patch.mergeWith(below.rollup) }
  const { series, start } = patch
  return {
    patch: { series, start, mergeWith: (stored) => patch.mergeWith(below.patch.mergeWith(stored)) },
  }
}
