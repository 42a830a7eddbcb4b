import type { FileSystem, OpenFile } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import type { Rollup } from '../../engine/rollups.ts'
import { FieldReader } from './field-reader.ts'
import type { OldSegmentName } from './manifest.ts'
import { readOldRollup } from './old-rollup.ts'

const magic = 0x47455354 // TSEG
const trailerBytes = 16
const entryBytes = 24
const windowsPerShard = 1440

interface Entry {
  readonly offset: number
  readonly length: number
  readonly checksum: number
}

/** The file of a segment. */
export const oldSegmentFile = ({ periodMs, shard, number }: OldSegmentName): string =>
  `${periodMs}-${shard}-${number}.seg`

/** A segment of versions 1 and 2, whose directory is in memory. */
export class OldSegment {
  readonly name: OldSegmentName
  readonly #file: OpenFile
  readonly #blocks: ReadonlyMap<number, readonly Entry[]>

  private constructor(name: OldSegmentName, file: OpenFile, blocks: ReadonlyMap<number, readonly Entry[]>) {
    this.name = name
    this.#file = file
    this.#blocks = blocks
  }

  /** Reads the directory; `undefined` where the file is missing or damaged. */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    name: OldSegmentName,
  ): Promise<OldSegment | undefined> {
    const path = `${directory}/${oldSegmentFile(name)}`
    const file = await fileSystem.open(path, 'read').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    const blocks = file && (await readDirectory(file))
    if (file !== undefined && blocks !== undefined) return new OldSegment(name, file, blocks)
    await file?.close()
    return undefined
  }

  /** Numbers of its series. */
  get series(): Iterable<number> {
    return this.#blocks.keys()
  }

  /** Puts the windows of a series into `into`, by start; `damaged` hears of blocks that cannot be read. */
  async read(series: number, into: Map<number, Rollup>, damaged: () => void): Promise<void> {
    const { periodMs, shard } = this.name
    for (const { offset, length, checksum } of this.#blocks.get(series) ?? []) {
      const bytes = new Uint8Array(length)
      const count = await this.#file.read(bytes, offset)
      const rows =
        count === length && crc32(bytes) === checksum
          ? decode(bytes, shard * periodMs * windowsPerShard, periodMs)
          : undefined
      if (rows === undefined) damaged()
      for (const [start, rollup] of rows ?? []) into.set(start, rollup)
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

async function readDirectory(file: OpenFile): Promise<ReadonlyMap<number, readonly Entry[]> | undefined> {
  const size = await file.size()
  if (size < trailerBytes) return undefined
  const trailer = new Uint8Array(trailerBytes)
  await file.read(trailer, size - trailerBytes)
  const fields = new FieldReader(trailer)
  const [count, checksum, version, found] = [fields.u32(), fields.u32(), fields.u32(), fields.u32()]
  const length = count * entryBytes
  if (version !== 1 || found !== magic || length > size - trailerBytes) return undefined
  const directory = new Uint8Array(length)
  await file.read(directory, size - trailerBytes - length)
  return crc32(directory) === checksum ? entriesOf(new FieldReader(directory), count) : undefined
}

function entriesOf(fields: FieldReader, count: number): ReadonlyMap<number, readonly Entry[]> {
  const blocks = new Map<number, Entry[]>()
  for (let left = count; left > 0; left -= 1) {
    const series = fields.u32()
    const entry = { offset: fields.f64(), length: fields.u32(), checksum: fields.u32() }
    // Its first and last window, which only a query needs.
    fields.u32()
    const known = blocks.get(series)
    if (known === undefined) blocks.set(series, [entry])
    else known.push(entry)
  }
  return blocks
}

function decode(block: Uint8Array, shardStart: number, periodMs: number): [number, Rollup][] | undefined {
  const rows: [number, Rollup][] = []
  const from = new FieldReader(block)
  try {
    while (from.left > 0) {
      const start = shardStart + from.u16() * periodMs
      rows.push([start, readOldRollup(from, start)])
    }
  } catch {
    return undefined
  }
  return rows
}
