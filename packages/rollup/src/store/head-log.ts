import type { FileSystem, OpenFile } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import type { RollupPosition } from '../rollup-store.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { readReading, writeReading, type SeriesReading } from './reading-codec.ts'

/** What one batch adds. */
export interface HeadRecord {
  readonly position: RollupPosition
  /** Keys of series that get the next numbers. */
  readonly newSeries: readonly string[]
  readonly readings: readonly SeriesReading[]
}

const magic = 0x4c524854 // THRL
const version = 1
const frameBytes = 8

/** The log of batches that are not in a segment yet. */
export class HeadLog {
  /** Length of a log without batches. */
  static readonly headerBytes = 12
  /** Its number; part of the file name. */
  readonly number: number
  readonly #file: OpenFile
  #end: number
  #chain: number

  private constructor(number: number, file: OpenFile, end: number, chain: number) {
    this.number = number
    this.#file = file
    this.#end = end
    this.#chain = chain
  }

  static fileName(number: number): string {
    return `head-${number}.log`
  }

  /** A new log, durable but for its name. */
  static async create(fileSystem: FileSystem, directory: string, number: number): Promise<HeadLog> {
    const file = await fileSystem.open(`${directory}/${HeadLog.fileName(number)}`, 'create')
    const header = new ByteWriter()
    header.u32(magic)
    header.u32(version)
    header.u32(number)
    try {
      await file.write(header.bytes, 0)
      await file.sync()
    } catch (error) {
      await file.close()
      throw error
    }
    return new HeadLog(number, file, HeadLog.headerBytes, crc32(header.bytes))
  }

  /** Opens a log and gives its records up to the first that does not fit, made durable. `undefined` where it is no log. */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    number: number,
    take: (record: HeadRecord) => void,
  ): Promise<{ log: HeadLog; tornBytes: number; damaged: boolean } | undefined> {
    const path = `${directory}/${HeadLog.fileName(number)}`
    const bytes = await fileSystem.readFile(path)
    if (bytes === undefined || !isHeader(bytes, number)) return undefined
    let at = HeadLog.headerBytes
    let chain = crc32(bytes.subarray(0, HeadLog.headerBytes))
    for (;;) {
      const frame = readFrame(bytes, at, chain)
      if (frame === undefined) break
      take(readRecord(new ByteReader(frame.payload)))
      at += frameBytes + frame.payload.length
      chain = frame.chain
    }
    const file = await fileSystem.open(path, 'update')
    try {
      // Records that were read may never have been synced; whoever asks for the position relies on them.
      await file.sync()
    } catch (error) {
      await file.close()
      throw error
    }
    return {
      log: new HeadLog(number, file, at, chain),
      tornBytes: bytes.length - at,
      damaged: isFollowed(bytes, at, chain),
    }
  }

  /** Bytes of records. */
  get bytes(): number {
    return this.#end - HeadLog.headerBytes
  }

  /** Makes records durable with one write and one sync. After a failure the next call takes the same place. */
  async append(payloads: readonly Uint8Array[]): Promise<void> {
    const frames = new ByteWriter()
    let chain = this.#chain
    for (const payload of payloads) {
      chain = crc32(payload, chain)
      frames.u32(payload.length)
      frames.u32(chain)
      frames.raw(payload)
    }
    await this.#file.write(frames.bytes, this.#end)
    await this.#file.sync()
    this.#end += frames.length
    this.#chain = chain
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

function isHeader(bytes: Uint8Array, number: number): boolean {
  if (bytes.length < HeadLog.headerBytes) return false
  const header = new ByteReader(bytes)
  return header.u32() === magic && header.u32() === version && header.u32() === number
}

/**
 * Each checksum goes on from the one before. So what a failed write left behind the end is only read when everything before
 * it is what it was then, and never with series numbers that were given to others since.
 */
function readFrame(
  bytes: Uint8Array,
  at: number,
  chain: number,
): { payload: Uint8Array; chain: number } | undefined {
  const frame = new ByteReader(bytes.subarray(at))
  if (frame.left < frameBytes) return undefined
  const length = frame.u32()
  const expected = frame.u32()
  if (length > frame.left) return undefined
  const payload = frame.raw(length)
  return crc32(payload, chain) === expected ? { payload, chain: expected } : undefined
}

/**
 * Whether a record that fits the one before it stands behind one that does not fit: then that one is damaged, where the end of
 * a log is only torn. Seldom a failed write of many batches looks like this as well.
 */
function isFollowed(bytes: Uint8Array, torn: number, chain: number): boolean {
  let [at, before] = [torn, chain]
  for (;;) {
    const frame = new ByteReader(bytes.subarray(at))
    if (frame.left < frameBytes) return false
    const length = frame.u32()
    const stored = frame.u32()
    // What a crash fills with zeros fits itself.
    if (length === 0 || length >= frame.left) return false
    const actual = crc32(frame.raw(length), before)
    at += frameBytes + length
    const next = readFrame(bytes, at, stored) ?? readFrame(bytes, at, actual)
    if (next !== undefined && next.payload.length > 0) return true
    before = stored
  }
}

/** The payload of a record. */
export function writeRecord(record: HeadRecord): Uint8Array {
  const to = new ByteWriter()
  to.text(record.position.journalId)
  to.f64(record.position.seq)
  to.u32(record.newSeries.length)
  for (const key of record.newSeries) to.text(key)
  to.u32(record.readings.length)
  for (const reading of record.readings) writeReading(to, reading)
  return to.bytes
}

function readRecord(from: ByteReader): HeadRecord {
  const position = { journalId: from.text(), seq: from.f64() }
  const newSeries = Array.from({ length: from.u32() }, () => from.text())
  const readings = Array.from({ length: from.u32() }, () => readReading(from))
  return { position, newSeries, readings }
}
