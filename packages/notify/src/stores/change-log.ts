import { crc32 } from 'node:zlib'

import type { FileSystem, Logger, OpenFile } from '@tocsin/core'

import { decodeLog, encodeLine, logHeader } from './log-format.ts'
import type { NotifyChange } from '../engine/state.ts'
import { messageOf, NotifyError } from '../errors.ts'

/** Changes per line of a compacted file: keeps lines short enough to be read as one string. */
const changesPerLine = 1000

/**
 * The file of a store: changes are appended and synced, and when it has grown, a file with fewer changes that add up to the
 * same takes its place in one step. One operation at a time. After a failure nobody knows what is on the disk, so
 * nothing more is written until it is opened again.
 */
export class ChangeLog {
  readonly #directory: string
  readonly #path: string
  readonly #fileSystem: FileSystem
  readonly #logger: Logger
  readonly #compactBytes: number
  #file: OpenFile | undefined
  #size = 0
  #compactAt = 0
  #tail: Promise<void> = Promise.resolve()
  #failure: NotifyError | undefined

  constructor(directory: string, fileSystem: FileSystem, logger: Logger, compactBytes: number) {
    this.#directory = directory
    this.#path = `${directory}/alerts.log`
    this.#fileSystem = fileSystem
    this.#logger = logger
    this.#compactBytes = compactBytes
  }

  /** Reads what is there. */
  async open(): Promise<readonly NotifyChange[]> {
    const bytes = await this.#guard('read', async () => {
      await this.#fileSystem.makeDirectory(this.#directory)
      return this.#fileSystem.readFile(this.#path)
    })
    if (bytes === undefined) return []
    const contents = decodeLog(bytes, crc32)
    if (!contents.ok) {
      const { offset, message } = contents
      throw new NotifyError(
        'NOTIFY_STORE_CORRUPT',
        `${this.#path} is damaged at byte ${offset}: ${message}; restore it from a copy, or move it away to begin anew`,
        { path: this.#path, offset },
      )
    }
    const { changes, tornBytes } = contents
    if (tornBytes > 0) {
      this.#logger.warn({ path: this.#path, tornBytes }, 'left out an append that was never acknowledged')
    }
    return changes
  }

  /** Resolves when the changes are durable; then `applied` gives what to compact to, should it be time. */
  append(changes: readonly NotifyChange[], applied: () => () => readonly NotifyChange[]): Promise<void> {
    return this.#enqueue(async () => {
      const file = this.#file
      if (file === undefined) throw closedStore(this.#path)
      const line = encodeLine(changes, crc32)
      await file.write(line, this.#size)
      await file.sync()
      this.#size += line.length
      const snapshot = applied()
      if (this.#size >= this.#compactAt) await this.#rewrite(snapshot())
    })
  }

  /** Replaces the file by one with these changes. */
  compact(changes: readonly NotifyChange[]): Promise<void> {
    return this.#enqueue(() => this.#rewrite(changes))
  }

  /** Resolves when nothing is under way; rejects where something failed. */
  async settled(): Promise<void> {
    await this.#tail
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Waits for what is under way, and closes the file. */
  async close(): Promise<void> {
    await this.#tail
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(async () => {
      if (this.#failure !== undefined) throw this.#failure
      await this.#guard('write', work)
    })
    this.#tail = done.catch(() => undefined)
    return done
  }

  async #rewrite(changes: readonly NotifyChange[]): Promise<void> {
    const fresh = `${this.#path}.new`
    await this.#fileSystem.remove(fresh)
    const file = await this.#fileSystem.open(fresh, 'create')
    const before = this.#file
    this.#file = file
    await before?.close()
    this.#size = 0
    await this.#write(logHeader)
    for (let at = 0; at < changes.length; at += changesPerLine) {
      await this.#write(changes.slice(at, at + changesPerLine))
    }
    await file.sync()
    await this.#fileSystem.rename(fresh, this.#path)
    await this.#fileSystem.syncDirectory(this.#directory)
    this.#compactAt = 2 * this.#size + this.#compactBytes
    this.#logger.debug({ path: this.#path, bytes: this.#size }, 'compacted')
  }

  async #write(content: unknown): Promise<void> {
    const line = encodeLine(content, crc32)
    await this.#file?.write(line, this.#size)
    this.#size += line.length
  }

  async #guard<Value>(what: 'read' | 'write', work: () => Promise<Value>): Promise<Value> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof NotifyError) throw error
      this.#failure = new NotifyError(
        'NOTIFY_STORE_FAILED',
        `cannot ${what} ${this.#path}: ${messageOf(error)}; mend the disk, then open the store again`,
        { path: this.#path },
        error,
      )
      throw this.#failure
    }
  }
}

const closedStore = (path: string): NotifyError =>
  new NotifyError('NOTIFY_STORE_CLOSED', `${path} is closed; open the store again`, { path })
