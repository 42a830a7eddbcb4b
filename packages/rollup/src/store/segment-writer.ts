import type { FileSystem, OpenFile } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import type { Rollup } from '../engine/rollups.ts'
import { ByteWriter } from './bytes.ts'
import { writeRollup } from './rollup-codec.ts'
import { segmentFile, shardStart, type SegmentName } from './segment-name.ts'

/** Most windows in one block: what a reader of one window reads. */
const windowsPerBlock = 128
/** Bytes that wait before they are written. */
const drainBytes = 1 << 18

/** First word of a segment's footer. */
export const segmentMagic = 0x47455354 // TSEG
/** Version of the segment format. */
export const segmentVersion = 1
/** Bytes of one entry of the directory: series, offset (f64), length, checksum, first and last window (u16). */
export const directoryEntryBytes = 24
/** Bytes behind the directory: number of entries, checksum of the directory, version, magic. */
export const trailerBytes = 16

/** Writes one segment: blocks by series, then by start, and a directory of them. */
export class SegmentWriter {
  readonly name: SegmentName
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #start: number
  readonly #entries = new ByteWriter()
  readonly #block = new ByteWriter()
  #waiting = new ByteWriter()
  #written = 0
  #file: OpenFile | undefined

  constructor(fileSystem: FileSystem, directory: string, name: SegmentName) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.name = name
    this.#start = shardStart(name)
  }

  /** Adds windows of a series, by start. Series must come by number. */
  add(series: number, rows: readonly (readonly [start: number, rollup: Rollup])[]): void {
    for (let from = 0; from < rows.length; from += windowsPerBlock) {
      this.#addBlock(series, rows.slice(from, from + windowsPerBlock))
    }
  }

  /** Writes out what waits, once it is much; keeps a merge of large segments small. */
  async drain(): Promise<void> {
    if (this.#waiting.length >= drainBytes) await this.#write()
  }

  /** Writes the directory and makes the file durable but for its name. */
  async finish(): Promise<void> {
    try {
      const directory = this.#entries.bytes
      this.#waiting.raw(directory)
      this.#waiting.u32(directory.length / directoryEntryBytes)
      this.#waiting.u32(crc32(directory))
      this.#waiting.u32(segmentVersion)
      this.#waiting.u32(segmentMagic)
      const file = await this.#write()
      await file.sync()
    } finally {
      await this.abandon()
    }
  }

  /** Closes the file. */
  async abandon(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  #addBlock(series: number, rows: readonly (readonly [number, Rollup])[]): void {
    const { periodMs } = this.name
    this.#block.truncate(0)
    for (const [start, rollup] of rows) {
      this.#block.u16((start - this.#start) / periodMs)
      writeRollup(this.#block, rollup)
    }
    const bytes = this.#block.bytes
    this.#entries.u32(series)
    this.#entries.f64(this.#written + this.#waiting.length)
    this.#entries.u32(bytes.length)
    this.#entries.u32(crc32(bytes))
    this.#entries.u16(((rows[0]?.[0] ?? 0) - this.#start) / periodMs)
    this.#entries.u16(((rows.at(-1)?.[0] ?? 0) - this.#start) / periodMs)
    this.#waiting.raw(bytes)
  }

  async #write(): Promise<OpenFile> {
    this.#file ??= await this.#fileSystem.open(`${this.#directory}/${segmentFile(this.name)}`, 'create')
    await this.#file.write(this.#waiting.bytes, this.#written)
    this.#written += this.#waiting.length
    this.#waiting = new ByteWriter()
    return this.#file
  }
}
