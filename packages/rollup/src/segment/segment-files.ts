import type { FileSystem, OpenFile } from '@tocsin/core'

import { HeadsCache } from '../group/heads-cache.ts'

/** Most files that stay open. */
const maxOpen = 64

interface Opened {
  readonly file: Promise<OpenFile>
  /** Reads under way. */
  readers: number
}

/** What the readers of one folder share: files that are open, of which there are few, and heads that were read. */
export class SegmentFiles {
  readonly fileSystem: FileSystem
  readonly heads: HeadsCache
  /** By path, the one that was not used for longest first. */
  readonly #opened = new Map<string, Opened>()

  /** `maxHeadsBytes`: memory of heads, about 600 bytes per block of up to 1440 windows. */
  constructor(fileSystem: FileSystem, maxHeadsBytes: number = 1 << 26) {
    this.fileSystem = fileSystem
    this.heads = new HeadsCache(maxHeadsBytes)
  }

  /** `length` bytes from `offset` on; fewer where the file ends. */
  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const opened = this.#opened.get(path) ?? { file: this.fileSystem.open(path, 'read'), readers: 0 }
    this.#opened.delete(path)
    this.#opened.set(path, opened)
    opened.readers += 1
    try {
      const file = await opened.file
      const into = new Uint8Array(length)
      const count = await file.read(into, offset)
      return into.subarray(0, count)
    } catch (error) {
      // A file that could not be opened is tried anew.
      if (this.#opened.get(path) === opened) this.#opened.delete(path)
      throw error
    } finally {
      opened.readers -= 1
      await this.#leave(path, opened)
    }
  }

  /** Closes a file, once it is not read any more. */
  async close(path: string): Promise<void> {
    const opened = this.#opened.get(path)
    this.#opened.delete(path)
    if (opened?.readers === 0) await closeFile(opened)
  }

  /** Closes what was given up while it was read, or makes room. */
  async #leave(path: string, opened: Opened): Promise<void> {
    if (opened.readers === 0 && this.#opened.get(path) !== opened) await closeFile(opened)
    for (const [idle, { readers }] of this.#opened) {
      if (this.#opened.size <= maxOpen) return
      if (readers === 0) await this.close(idle)
    }
  }
}

const closeFile = ({ file }: Opened): Promise<void> =>
  file.then((open) => open.close()).catch(() => undefined)
