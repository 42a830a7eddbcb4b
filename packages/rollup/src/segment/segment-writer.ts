import { Slices } from '@tocsin/core/slices'
import type { FileSystem, OpenFile } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import { maxBlockRows } from '../columns/block.ts'
import type { RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import { GroupBuilder } from '../group/group-builder.ts'
import { segmentFile, type SegmentFacts, type SegmentTrailer } from './segment-facts.ts'
import { writeNames, type NumberedName } from './segment-names.ts'
import { segmentVersion, writeTail, type Group } from './segment-tail.ts'

/** Fewer rows of one series share a block with others. */
const minOwnRows = 256
/** Pieces of all groups together that wait to be written, bytes. */
const maxWaitingBytes = 1 << 24
/** With rows on more days than this, they are not counted by day. */
const maxDays = 4096
const dayMs = 86_400_000

/** How a segment is written. */
export interface SegmentWriterOptions {
  /** Look for repetitions: fewer bytes where there are any, five times the time. For segments that stay. @defaultValue false */
  readonly compact?: boolean
  /** Of whoever makes the rows, where making and writing them share their time. @defaultValue its own */
  readonly slices?: Slices
}

/** Rows of one level and kind on their way into a segment. */
interface Lane {
  readonly level: number
  readonly kind: RowKind
  group: GroupBuilder
  /** Rows of series that have few. */
  readonly shared: RowTable
}

/**
 * Writes one segment, `<number>.seg`, which is there once {@link finish} has renamed it. Memory: 16 MiB of columns, and one block
 * per level and kind.
 */
export class SegmentWriter {
  readonly number: number
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #periods: readonly number[]
  readonly #compact: boolean
  readonly #lanes = new Map<string, Lane>()
  readonly #groups: Group[] = []
  readonly #slices: Slices
  #days: Map<number, number> | undefined = new Map()
  #from = Infinity
  #to = -Infinity
  #rows = 0
  #written = 0
  #file: OpenFile | undefined

  private constructor(
    fileSystem: FileSystem,
    directory: string,
    number: number,
    periods: readonly number[],
    { compact = false, slices = new Slices() }: SegmentWriterOptions,
  ) {
    this.number = number
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#periods = periods
    this.#compact = compact
    this.#slices = slices
  }

  /** A writer; its file, `<number>.seg.tmp`, is made with the first bytes. */
  static create(
    fileSystem: FileSystem,
    directory: string,
    number: number,
    periods: readonly number[],
    options: SegmentWriterOptions = {},
  ): SegmentWriter {
    return new SegmentWriter(fileSystem, directory, number, periods, options)
  }

  /**
   * Adds rows `[from, to)` of a level: all of each series, which ascend by number and come once per level and kind, by start.
   * Levels and kinds may come in any order. The table is the caller's again when this resolves.
   */
  async add(level: number, table: RowTable, from = 0, to: number = table.length): Promise<void> {
    const lane = this.#laneOf(level, table.kind)
    const periodMs = this.#periods[level] ?? NaN
    const stretchMs = periodMs * maxBlockRows
    /** Rows from here on go together to those that share a block. */
    let shared = from
    for (let first = from; first < to;) {
      const series = table.series[first]
      const end = (Math.floor((table.start[first] ?? 0) / stretchMs) + 1) * stretchMs
      let until = first + 1
      while (until < to && table.series[until] === series && (table.start[until] ?? 0) < end) until += 1
      this.#count(level, periodMs, table, first, until)
      const isOwn = until - first >= minOwnRows
      if (isOwn || lane.shared.length + until - shared > maxBlockRows) {
        lane.shared.copyRows(table, shared, first)
        shared = first
        await this.#addBlock(lane, lane.shared)
      }
      if (isOwn) {
        await this.#addBlock(lane, table, first, until)
        shared = until
      }
      first = until
    }
    lane.shared.copyRows(table, shared, to)
  }

  /** Makes the segment durable and renames it to its name. `names` are those of all its series, ascending. */
  async finish(facts: SegmentFacts, names: Iterable<NumberedName>): Promise<SegmentTrailer> {
    for (const lane of this.#lanes.values()) {
      await this.#addBlock(lane, lane.shared)
      await this.#writeGroup(lane)
    }
    const trailer = this.#trailer(facts)
    const bytes = await writeNames(names, this.#slices)
    const place = { offset: this.#written, bytes: bytes.length, checksum: crc32(bytes) }
    const tail = writeTail({ trailer, groups: this.#sortedGroups(), names: place })
    for (const part of [bytes, tail, tail]) await this.#write(part)
    await this.#file?.sync()
    await this.#close()
    const path = `${this.#directory}/${segmentFile(this.number)}`
    await this.#fileSystem.rename(`${path}.tmp`, path)
    await this.#fileSystem.syncDirectory(this.#directory)
    return trailer
  }

  /** Removes the file that was begun. */
  async abandon(): Promise<void> {
    await this.#close()
    await this.#fileSystem.remove(`${this.#directory}/${segmentFile(this.number)}.tmp`)
  }

  #laneOf(level: number, kind: RowKind): Lane {
    const key = `${level} ${kind}`
    const lane = this.#lanes.get(key) ?? {
      ...{ level, kind, group: new GroupBuilder(kind), shared: new RowTable(kind) },
    }
    this.#lanes.set(key, lane)
    return lane
  }

  #count(level: number, periodMs: number, table: RowTable, from: number, to: number): void {
    this.#rows += to - from
    this.#from = Math.min(this.#from, table.start[from] ?? 0)
    this.#to = Math.max(this.#to, (table.start[to - 1] ?? 0) + periodMs)
    if (level !== 0) return
    for (let row = from; row < to && this.#days !== undefined; row += 1) {
      const day = Math.floor((table.start[row] ?? 0) / dayMs)
      this.#days.set(day, (this.#days.get(day) ?? 0) + 1)
      if (this.#days.size > maxDays) this.#days = undefined
    }
  }

  async #addBlock(lane: Lane, table: RowTable, from = 0, to: number = table.length): Promise<void> {
    if (from === to) return
    await lane.group.add(table, from, to, this.#compact, this.#slices)
    if (table === lane.shared) table.clear()
    if (lane.group.isFull) await this.#writeGroup(lane)
    await this.#makeRoom()
    if (this.#slices.isOver) await this.#slices.pause()
  }

  /** Writes the largest groups until what waits is little. */
  async #makeRoom(): Promise<void> {
    const lanes = [...this.#lanes.values()]
    const waiting = lanes.reduce((sum, { group }) => sum + group.bytes, 0)
    if (waiting < maxWaitingBytes) return
    const largest = lanes.reduce((one, other) => (other.group.bytes > one.group.bytes ? other : one))
    await this.#writeGroup(largest)
  }

  async #writeGroup(lane: Lane): Promise<void> {
    const { level, kind, group } = lane
    if (group.blocks === 0) return
    lane.group = new GroupBuilder(kind)
    const offset = this.#written
    for (const part of group.data()) await this.#write(part)
    const dataBytes = this.#written - offset
    const heads = group.heads()
    const { firstSeries, lastSeries, from, to, blocks } = group
    this.#groups.push({
      ...{ level, kind, firstSeries, lastSeries, from, to, blocks, offset, dataBytes },
      ...{ headsBytes: heads.length, headsChecksum: crc32(heads) },
    })
    for (const part of [heads, heads]) await this.#write(part)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    this.#file ??= await this.#fileSystem.open(`${this.#directory}/${segmentFile(this.number)}.tmp`, 'create')
    await this.#file.write(bytes, this.#written)
    this.#written += bytes.length
    if (this.#slices.isOver) await this.#slices.pause()
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** By level and kind; each in the order of its series. */
  #sortedGroups(): Group[] {
    return this.#groups.toSorted(
      (a, b) => a.level - b.level || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0),
    )
  }

  #trailer(facts: SegmentFacts): SegmentTrailer {
    const days = this.#days === undefined ? undefined : [...this.#days].sort(([a], [b]) => a - b)
    return {
      ...{ format: 'tocsin-rollup', version: segmentVersion, number: this.number, periods: this.#periods },
      ...{ from: this.#rows === 0 ? 0 : this.#from, to: this.#rows === 0 ? 0 : this.#to, rows: this.#rows },
      ...(days === undefined ? {} : { days }),
      ...facts,
    }
  }
}
