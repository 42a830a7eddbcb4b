import { parseSeries, type FileSystem, type OpenFile, type Series } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import { RollupError } from '../errors.ts'
import { ByteReader, ByteWriter } from './bytes.ts'

const fileName = 'series.dat'
const frameBytes = 8

/** Series and their numbers, in memory and in an append-only file. A number is never given to another series. */
export class Dictionary {
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #numbers = new Map<string, number>()
  readonly #list: Series[] = []
  #saved = 0
  #bytes = 0

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem
    this.#path = `${directory}/${fileName}`
  }

  /** All series; the index is the number. */
  get list(): readonly Series[] {
    return this.#list
  }

  /** Length of the part of the file that holds. */
  get bytes(): number {
    return this.#bytes
  }

  numberOf(key: string): number | undefined {
    return this.#numbers.get(key)
  }

  /** Gives the next number to a series; `undefined` where the key is not the canonical name of one. */
  add(key: string): number | undefined {
    const parsed = parseSeries(key)
    if (!parsed.ok || parsed.value.key !== key) return undefined
    const number = this.#list.length
    this.#numbers.set(key, number)
    this.#list.push(parsed.value)
    return number
  }

  /** Takes back the numbers from `length` on. */
  rollBack(length: number): void {
    for (const { key } of this.#list.splice(length)) this.#numbers.delete(key)
  }

  /** Reads the first `bytes` bytes of the file. */
  async load(bytes: number): Promise<void> {
    const content = (await this.#fileSystem.readFile(this.#path)) ?? new Uint8Array(0)
    let at = 0
    while (at < bytes) {
      const keys = readKeys(content.subarray(at, bytes))
      const known = keys?.names.every((key) => this.add(key) !== undefined)
      if (keys === undefined || known !== true) {
        throw new RollupError(
          'ROLLUP_CORRUPT',
          `the names of the series in ${this.#path} are damaged at byte ${at}; restore the file, or remove the folder ` +
            'and write the journal again',
          { file: this.#path, offset: at },
        )
      }
      at += keys.bytes
    }
    this.#bytes = bytes
    this.#saved = this.#list.length
  }

  /** Appends what is not in the file yet, durably; it holds once the manifest says so. */
  async save(): Promise<void> {
    if (this.#saved === this.#list.length) return
    const frame = new ByteWriter()
    frame.u32(0)
    frame.u32(0)
    for (const { key } of this.#list.slice(this.#saved)) frame.text(key)
    const payload = frame.bytes.subarray(frameBytes)
    frame.patch(0, payload.length)
    frame.patch(4, crc32(payload))
    const file = await this.#open()
    try {
      await file.write(frame.bytes, this.#bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    this.#bytes += frame.length
    this.#saved = this.#list.length
  }

  async #open(): Promise<OpenFile> {
    const exists = (await this.#fileSystem.readFile(this.#path)) !== undefined
    return this.#fileSystem.open(this.#path, exists ? 'update' : 'create')
  }
}

function readKeys(bytes: Uint8Array): { names: string[]; bytes: number } | undefined {
  const frame = new ByteReader(bytes)
  if (frame.left < frameBytes) return undefined
  const length = frame.u32()
  const checksum = frame.u32()
  if (length > frame.left) return undefined
  const payload = frame.raw(length)
  if (crc32(payload) !== checksum) return undefined
  const names: string[] = []
  const from = new ByteReader(payload)
  while (from.left > 0) names.push(from.text())
  return { names, bytes: frameBytes + length }
}
