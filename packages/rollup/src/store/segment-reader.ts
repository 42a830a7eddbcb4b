import type { OpenFile } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import type { Rollup } from '../engine/rollups.ts'
import { ByteReader } from './bytes.ts'
import { readRollup } from './rollup-codec.ts'
import type { SegmentFiles } from './segment-files.ts'
import { segmentFile, shardStart, type SegmentName } from './segment-name.ts'
import { directoryEntryBytes, segmentMagic, segmentVersion, trailerBytes } from './segment-writer.ts'

/** One immutable segment. Its directory is in memory; its file is open at most while somebody uses it. */
export class SegmentReader {
  readonly name: SegmentName
  /** Size of the file. */
  readonly bytes: number
  readonly #files: SegmentFiles
  readonly #path: string
  readonly #directory: DataView
  readonly #count: number
  #users = 0
  #retired = false

  private constructor(
    files: SegmentFiles,
    path: string,
    name: SegmentName,
    bytes: number,
    directory: Uint8Array,
  ) {
    this.#files = files
    this.#path = path
    this.name = name
    this.bytes = bytes
    this.#directory = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
    this.#count = directory.length / directoryEntryBytes
  }

  /** Reads the directory; `undefined` where the file is missing or damaged. */
  static async open(
    files: SegmentFiles,
    directory: string,
    name: SegmentName,
  ): Promise<SegmentReader | undefined> {
    const path = `${directory}/${segmentFile(name)}`
    const file = await files.fileSystem.open(path, 'read').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    if (file === undefined) return undefined
    try {
      const size = await file.size()
      const entries = await readDirectory(file, size)
      return entries === undefined ? undefined : new SegmentReader(files, path, name, size, entries)
    } finally {
      await file.close()
    }
  }

  /** Numbers of its series, ascending. */
  *series(): Iterable<number> {
    let previous: number | undefined
    for (let entry = 0; entry < this.#count; entry += 1) {
      const number = this.#seriesAt(entry)
      if (number !== previous) yield number
      previous = number
    }
  }

  /** Puts the windows of a series that start in `[from, to)` into `into`; `damaged` hears of blocks that cannot be read. */
  async read(
    series: number,
    from: number,
    to: number,
    into: Map<number, Rollup>,
    damaged: () => void,
  ): Promise<void> {
    const { periodMs } = this.name
    const start = shardStart(this.name)
    for (const at of this.#entries(series, from, to)) {
      const block = await this.#block(at)
      const rows = block === undefined ? undefined : decode(block, start, periodMs)
      if (rows === undefined) damaged()
      for (const [time, rollup] of rows ?? []) if (time >= from && time < to) into.set(time, rollup)
    }
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

  /** A newer segment holds everything that this one holds. */
  async retire(): Promise<void> {
    this.#retired = true
    this.retain()
    await this.release()
  }

  /** Where in the directory the blocks are that may hold windows of `[from, to)`. */
  #entries(series: number, from: number, to: number): number[] {
    const { periodMs } = this.name
    const start = shardStart(this.name)
    const found: number[] = []
    for (
      let entry = this.#find(series);
      entry < this.#count && this.#seriesAt(entry) === series;
      entry += 1
    ) {
      const at = entry * directoryEntryBytes
      const first = start + this.#directory.getUint16(at + 20, true) * periodMs
      const last = start + this.#directory.getUint16(at + 22, true) * periodMs
      if (last >= from && first < to) found.push(at)
    }
    return found
  }

  #seriesAt(entry: number): number {
    return this.#directory.getUint32(entry * directoryEntryBytes, true)
  }

  /** First entry whose series is not below. */
  #find(series: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#seriesAt(middle) < series) low = middle + 1
      else high = middle
    }
    return low
  }

  async #block(at: number): Promise<Uint8Array | undefined> {
    const offset = this.#directory.getFloat64(at + 4, true)
    const length = this.#directory.getUint32(at + 12, true)
    const bytes = await this.#files.read(this.#path, this.bytes, offset, length)
    return bytes.length === length && crc32(bytes) === this.#directory.getUint32(at + 16, true)
      ? bytes
      : undefined
  }
}

async function readDirectory(file: OpenFile, size: number): Promise<Uint8Array | undefined> {
  if (size < trailerBytes) return undefined
  const trailer = new Uint8Array(trailerBytes)
  if ((await file.read(trailer, size - trailerBytes)) < trailerBytes) return undefined
  const fields = new ByteReader(trailer)
  const length = fields.u32() * directoryEntryBytes
  const checksum = fields.u32()
  if (fields.u32() !== segmentVersion || fields.u32() !== segmentMagic) return undefined
  if (length > size - trailerBytes) return undefined
  const directory = new Uint8Array(length)
  const count = await file.read(directory, size - trailerBytes - length)
  return count === length && crc32(directory) === checksum ? directory : undefined
}

function decode(block: Uint8Array, start: number, periodMs: number): [number, Rollup][] | undefined {
  const rows: [number, Rollup][] = []
  const from = new ByteReader(block)
  try {
    while (from.left > 0) {
      const time = start + from.u16() * periodMs
      rows.push([time, readRollup(from, time)])
    }
  } catch {
    return undefined
  }
  return rows
}
