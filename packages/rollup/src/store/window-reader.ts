import { windowStart } from '@tocsin/core'

import { cellRollup, foldRollups, mergeRollups, type Cell } from '../engine/cell.ts'
import type { Level } from '../engine/levels.ts'
import type { Rollup } from '../engine/rollups.ts'
import { shardKey, shardOf } from './segment-name.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Windows of the shortest level that are not in a segment yet, by series and start. */
type Memory = Map<number, Map<number, Cell>>

/** What the store holds at one moment. A flush makes a new one, so that a fetch goes on with what it began with. */
export interface StoreView {
  readonly memory: Memory
  /** By {@link shardKey}, older segments first. */
  readonly shards: ReadonlyMap<string, readonly SegmentReader[]>
}

/** What a {@link WindowReader} tells of. */
export interface WindowVisitor {
  /** A block cannot be read; its windows are left out. */
  damaged(segment: SegmentReader): void
  /** A window that is stored and its new samples are of two kinds, or parts of a longer window are; the later are left out. */
  conflict?(series: number, start: number): void
  /** A window that new samples have changed, with all that is known of it; shorter windows come before the longer. */
  changed?(series: number, level: number, start: number, rollup: Rollup): void
}

/** Windows as they are with segments and memory taken together. */
export class WindowReader {
  readonly #view: StoreView
  readonly #levels: readonly [Level, ...Level[]]
  readonly #visitor: WindowVisitor

  constructor(view: StoreView, levels: readonly [Level, ...Level[]], visitor: WindowVisitor) {
    this.#view = view
    this.#levels = levels
    this.#visitor = visitor
  }

  /** The windows of a series that start in `[from, to)`, by start, in no particular order. */
  async read(series: number, level: number, from: number, to: number): Promise<Map<number, Rollup>> {
    const { periodMs } = this.#levels[level] ?? this.#levels[0]
    const changed = this.#changedStarts(series, periodMs, from, to)
    // A longer window that has changed is folded anew from its parts; what is stored of it does not count.
    const refoldsAll = level > 0 && changed.length * periodMs === to - from
    const rows = new Map<number, Rollup>()
    if (!refoldsAll) await this.#readStored(series, periodMs, from, to, rows)
    for (const start of changed) {
      const rollup =
        level === 0
          ? this.#mergeShortest(series, start, rows.get(start))
          : this.#foldInOrder(series, start, await this.read(series, level - 1, start, start + periodMs))
      if (rollup === undefined) continue
      rows.set(start, rollup)
      this.#visitor.changed?.(series, level, start, rollup)
    }
    return rows
  }

  async #readStored(
    series: number,
    periodMs: number,
    from: number,
    to: number,
    into: Map<number, Rollup>,
  ): Promise<void> {
    for (let shard = shardOf(from, periodMs); shard <= shardOf(to - 1, periodMs); shard += 1) {
      for (const segment of this.#view.shards.get(shardKey(periodMs, shard)) ?? []) {
        await segment.read(series, from, to, into, () => this.#visitor.damaged(segment))
      }
    }
  }

  #changedStarts(series: number, periodMs: number, from: number, to: number): number[] {
    const cells = this.#view.memory.get(series)
    const starts = new Set<number>()
    const shortest = this.#levels[0].periodMs
    if (cells === undefined) return []
    // Whichever is less: a series may have years of windows in memory, and is asked for each day and hour of them.
    if ((to - from) / shortest < cells.size) {
      for (let at = from; at < to; at += shortest) if (cells.has(at)) starts.add(windowStart(at, periodMs))
    } else {
      for (const at of cells.keys()) if (at >= from && at < to) starts.add(windowStart(at, periodMs))
    }
    return [...starts].sort((a, b) => a - b)
  }

  #mergeShortest(series: number, start: number, stored: Rollup | undefined): Rollup | undefined {
    const cell = this.#view.memory.get(series)?.get(start)
    const added = cell === undefined ? undefined : cellRollup(cell)
    if (stored === undefined || added === undefined) return added ?? stored
    if (stored.kind !== added.kind) this.#visitor.conflict?.(series, start)
    return mergeRollups(stored, added)
  }

  #foldInOrder(series: number, start: number, rows: ReadonlyMap<number, Rollup>): Rollup | undefined {
    const parts = [...rows].sort(([a], [b]) => a - b).map(([, rollup]) => rollup)
    return foldRollups(parts, () => this.#visitor.conflict?.(series, start))
  }
}
