import { Slices } from '@tocsin/core/slices'
import { crc32 } from 'node:zlib'

import { decodeBlock, piecesFor } from '../columns/block.ts'
import { RollupError } from '../errors.ts'
import { RowTable } from '../rows/row-table.ts'
import { maxGroupBlocks, readHeads, type GroupHeads } from '../group/group-heads.ts'
import { Pieces } from '../group/read-pieces.ts'
import { segmentFile, type SegmentTrailer } from './segment-facts.ts'
import type { SegmentFiles } from './segment-files.ts'
import { readNames } from './segment-names.ts'
import type {
  BlockHead,
  SegmentDamage,
  SegmentQuery,
  SegmentReads,
  TakeDamage,
  TakeRows,
} from './segment-query.ts'
import { findTail, LaterVersion, readTail, type Group, type Tail } from './segment-tail.ts'
import { anyBetween, lowerBound } from './series-list.ts'

/** Read at the end of a file first; most tails fit. */
const tailBytes = 1 << 16
/** Where the end is damaged, the other tail is looked for in so many bytes. */
const searchedBytes = 1 << 23

/** Why a segment cannot be used at all. */
export type SegmentFailure = 'missing' | 'damaged'

/** One immutable segment. Its index is in memory; its file is open at most while somebody uses it. */
export class SegmentReader {
  readonly number: number
  /** Size of the file. */
  readonly bytes: number
  readonly trailer: SegmentTrailer
  readonly #files: SegmentFiles
  readonly #path: string
  readonly #tail: Tail
  /** Where damage was met. */
  readonly #met = new Set<string>()
  #isWorn: boolean
  #isDamaged = false
  #users = 0
  #retired = false

  private constructor(files: SegmentFiles, path: string, bytes: number, tail: Tail, isWorn: boolean) {
    this.#files = files
    this.#path = path
    this.#tail = tail
    this.number = tail.trailer.number
    this.bytes = bytes
    this.trailer = tail.trailer
    this.#isWorn = isWorn
  }

  /** Shortest windows were met that cannot be read. */
  get isDamaged(): boolean {
    return this.#isDamaged
  }

  /** Damage was met of what stands twice: nothing is missing, and the segment should be written anew. */
  get isWorn(): boolean {
    return this.#isWorn
  }

  /** Larger than the number of any series that has rows in it. */
  get seriesEnd(): number {
    return this.#tail.groups.reduce((end, { lastSeries }) => Math.max(end, lastSeries + 1), 0)
  }

  /** Reads the end of the file. Rejects where the disk fails, and with `ROLLUP_CORRUPT` where a later version wrote it. */
  static async open(
    files: SegmentFiles,
    directory: string,
    number: number,
  ): Promise<SegmentReader | SegmentFailure> {
    const path = `${directory}/${segmentFile(number)}`
    const file = await files.fileSystem.open(path, 'read').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    if (file === undefined) return 'missing'
    try {
      const size = await file.size()
      const end = async (length: number): Promise<Uint8Array> => {
        const bytes = new Uint8Array(Math.min(length, size))
        return bytes.subarray(0, await file.read(bytes, size - bytes.length))
      }
      let tail = readTail(await end(tailBytes))
      if (typeof tail === 'number') tail = readTail(await end(tail))
      const isWhole = typeof tail === 'object'
      const found = typeof tail === 'object' ? tail : findTail(await end(searchedBytes))
      // A file under the number of another is none of this folder.
      if (found?.trailer.number !== number) return 'damaged'
      return new SegmentReader(files, path, size, found, !isWhole)
    } catch (error) {
      if (!(error instanceof LaterVersion)) throw error
      const message = `${path} has ${error.message}; use the version of @tocsin/rollup that wrote it`
      throw new RollupError('ROLLUP_CORRUPT', message, { version: error.version }, error)
    } finally {
      await file.close()
    }
  }

  /** The names of its series by number; `undefined` where they are damaged. */
  async names(): Promise<ReadonlyMap<number, string> | undefined> {
    const { offset, bytes, checksum } = this.#tail.names
    const deflated = await this.#files.read(this.#path, offset, bytes)
    if (deflated.length < bytes || crc32(deflated) !== checksum) return undefined
    return await readNames(deflated, new Slices()).catch(() => undefined)
  }

  /** Gives the rows of a query, by kind, series and start. `damaged` hears of what could not be read; the rest is given. Gives way as `slices` say. */
  async read(
    query: SegmentQuery,
    take: TakeRows,
    damaged: TakeDamage,
    slices: Slices = new Slices(),
  ): Promise<SegmentReads> {
    const reads = noReads()
    for await (const table of this.#blocks(query, damaged, reads, maxGroupBlocks)) {
      reads.rows += takeWanted(table, query, take)
      if (slices.isOver) await slices.pause()
    }
    return reads
  }

  /**
   * The blocks that may hold rows of a query, whole, by kind, series and start. A table is another's again when the next is
   * asked for.
   */
  blocks(query: SegmentQuery, damaged: TakeDamage): AsyncIterable<RowTable> {
    return this.#blocks(query, damaged, noReads(), 32)
  }

  /** Gives the heads of the blocks that may hold rows of a query, by kind, series and start. */
  async heads(
    query: SegmentQuery,
    take: (head: BlockHead) => void,
    damaged: TakeDamage,
  ): Promise<SegmentReads> {
    const reads = noReads()
    for await (const { group, heads, blocks } of this.#groups(query, damaged, reads)) {
      for (const block of blocks) take(headOf(group, heads, block))
    }
    return reads
  }

  /** Keeps the file usable until as many calls of {@link SegmentReader.release}. */
  retain(): void {
    this.#users += 1
  }

  /** Closes the file when nobody uses it any more, and removes it if it was replaced. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    await this.#files.close(this.#path)
    // Whatever cannot be removed now is removed when the store is next opened.
    if (this.#retired) await this.#files.fileSystem.remove(this.#path).catch(() => undefined)
  }

  /** Other segments hold everything that this one holds. */
  async retire(): Promise<void> {
    this.#retired = true
    for (const group of this.#tail.groups) this.#files.heads.delete(this.#key(group))
    this.retain()
    await this.release()
  }

  /** Reads the pieces of `together` blocks at once. */
  async *#blocks(
    query: SegmentQuery,
    damaged: TakeDamage,
    reads: SegmentReads,
    together: number,
  ): AsyncIterable<RowTable> {
    for await (const { group, heads, blocks } of this.#groups(query, damaged, reads)) {
      const table = new RowTable(group.kind, 0, query.columns)
      const read = (offset: number, length: number): Promise<Uint8Array> =>
        this.#bytes(group.offset + offset, length, reads)
      for (let at = 0; at < blocks.length; at += together) {
        const some = blocks.slice(at, at + together)
        const pieces = await Pieces.read(heads, some, piecesFor(table), read)
        for (const block of some) {
          try {
            const [rows = 0, from = 0] = [heads.rows[block], heads.from[block]]
            decodeBlock((name) => pieces.piece(name, block), rows, from, table)
          } catch {
            damaged(this.#damage(group, rangeOf(heads, block), block))
            continue
          }
          reads.blocks += 1
          yield table
        }
      }
    }
  }

  /** The groups of a query, and which of their blocks it concerns. */
  async *#groups(
    query: SegmentQuery,
    damaged: TakeDamage,
    reads: SegmentReads,
  ): AsyncIterable<{ group: Group; heads: GroupHeads; blocks: number[] }> {
    const { level, series, from, to, kinds } = query
    for (const group of this.#tail.groups) {
      if (group.level !== level || group.from >= to || group.to < from) continue
      if (kinds !== undefined && !kinds.includes(group.kind)) continue
      if (!anyBetween(series, group.firstSeries, group.lastSeries)) continue
      const heads = await this.#heads(group, reads)
      if (heads === undefined) {
        damaged(this.#damage(group, group))
        continue
      }
      const blocks: number[] = []
      for (let block = 0; block < heads.blocks; block += 1) {
        if ((heads.from[block] ?? 0) >= to || (heads.to[block] ?? 0) < from) continue
        if (anyBetween(series, heads.firstSeries[block] ?? 0, heads.lastSeries[block] ?? 0))
          blocks.push(block)
      }
      reads.heads += blocks.length
      if (blocks.length > 0) yield { group, heads, blocks }
    }
  }

  /** Heads from memory or from the file, where they stand twice. */
  async #heads(group: Group, reads: SegmentReads): Promise<GroupHeads | undefined> {
    const known = this.#files.heads.get(this.#key(group))
    if (known !== undefined) return known
    const { headsBytes, headsChecksum, kind, blocks } = group
    for (const copy of [0, 1]) {
      const offset = group.offset + group.dataBytes + copy * headsBytes
      const bytes = await this.#bytes(offset, headsBytes, reads)
      if (bytes.length < headsBytes || crc32(bytes) !== headsChecksum) {
        this.#isWorn = true
        continue
      }
      const heads = readHeads(bytes, kind, blocks)
      this.#files.heads.set(this.#key(group), heads)
      return heads
    }
    return undefined
  }

  async #bytes(offset: number, length: number, reads: SegmentReads): Promise<Uint8Array> {
    const bytes = await this.#files.read(this.#path, offset, length)
    reads.reads += 1
    reads.bytes += bytes.length
    return bytes
  }

  #key(group: Group): string {
    return `${this.#path} ${group.offset}`
  }

  /** Rows that cannot be read; `place` tells pieces of damage apart. */
  #damage({ level, kind, offset }: Group, range: BlockRange, block = -1): SegmentDamage {
    const place = `${offset} ${block}`
    const isNew = !this.#met.has(place)
    this.#met.add(place)
    this.#isDamaged ||= level === 0
    const { firstSeries, lastSeries, from, to } = range
    return { segment: this.number, level, kind, firstSeries, lastSeries, from, to, isNew }
  }
}

const noReads = (): SegmentReads => ({ blocks: 0, heads: 0, rows: 0, bytes: 0, reads: 0 })

type BlockRange = Pick<SegmentDamage, 'firstSeries' | 'lastSeries' | 'from' | 'to'>

function rangeOf(heads: GroupHeads, block: number): BlockRange {
  const [firstSeries = 0, lastSeries = 0] = [heads.firstSeries[block], heads.lastSeries[block]]
  const [from = 0, to = 0] = [heads.from[block], heads.to[block]]
  return { firstSeries, lastSeries, from, to }
}

function headOf({ level, kind }: Group, heads: GroupHeads, block: number): BlockHead {
  return { level, kind, rows: heads.rows[block] ?? 0, ...rangeOf(heads, block) }
}

/** Gives the rows of a block that a query asks for, series by series; how many. */
function takeWanted(table: RowTable, { series: list, from, to }: SegmentQuery, take: TakeRows): number {
  const { series, start, length } = table
  let taken = 0
  for (let row = 0; row < length;) {
    const number = series[row] ?? 0
    let end = series[length - 1] === number ? length : row + 1
    while (end < length && series[end] === number) end += 1
    if (anyBetween(list, number, number)) {
      const first = lowerBound(start, from, row, end)
      const until = lowerBound(start, to, first, end)
      if (first < until) take(table, first, until)
      taken += until - first
    }
    row = end
  }
  return taken
}
