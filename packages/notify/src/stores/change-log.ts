import type { Logger } from '@tocsin/core'
import type { DirectoryLock } from '@tocsin/core/lock'
import { continueRecordFile, createRecordFile, rewriteRecords } from '@tocsin/core/record-log'
import type { RecordFile } from '@tocsin/core/record-log'

import { messageOf, NotifyError } from '../errors.ts'
import type { NotifyChange } from '../model/change.ts'
import type { KnownFile, ReadStore } from './read-store.ts'
import { fileName, findStoreFiles, recordsOf } from './store-files.ts'
import type { StoreFolder } from './store-files.ts'
import { encodeRecord } from './stored-record.ts'
import { writeSnapshot } from './write-snapshot.ts'

/** Files beyond the snapshot and what follows it: each costs about as much as so many bytes when a store is opened. */
const fileCostBytes = 131_072
const usualFiles = 2

/** What a log needs. */
export interface ChangeLogParts extends StoreFolder {
  readonly lock: DirectoryLock
  readonly logger: Logger
  readonly compactBytes: number
  /** The fewest changes that add up to all that was appended. */
  readonly snapshot: () => readonly NotifyChange[]
}

/**
 * Writes the files of a store. An append that fails changes nothing: the file that it went to is left, and the next append goes on in
 * another one, which says where those before it end. When the files have grown, a snapshot takes their place in one step, while
 * appends go on behind it.
 */
export class ChangeLog {
  readonly #parts: ChangeLogParts
  /** In order; the last is the one that is written, if one is. */
  #files: KnownFile[]
  #next: number
  #active: RecordFile | undefined
  #compactAt: number
  #tail: Promise<unknown> = Promise.resolve()
  #compaction: Promise<void> | undefined
  /** Nothing was appended that is not marked durably. */
  #isMarked = true
  /** A snapshot that failed, whose name may be there all the same: it would take the place of what is appended behind it. */
  #refused: string | undefined
  /** Why nothing is taken any more. */
  #ended: NotifyError | undefined

  private constructor(parts: ChangeLogParts, { files, next }: ReadStore) {
    this.#parts = parts
    this.#files = [...files]
    this.#next = next
    const [first] = files
    this.#compactAt = parts.compactBytes + (first?.isSnapshot === true ? 2 * first.end : 0)
  }

  /** Goes on with what was read. */
  static async open(parts: ChangeLogParts, read: ReadStore): Promise<ChangeLog> {
    const log = new ChangeLog(parts, read)
    const last = read.files.at(-1)
    // Whoever gave a snapshot its name may have been killed before the name was durable.
    if (last !== undefined) await parts.fileSystem.syncDirectory(parts.directory)
    for (const file of read.files) {
      const { sureEnd: from, end: to } = file
      if (from < to) await rewriteRecords(recordsOf(parts, file), { from, to })
    }
    if (last !== undefined && read.nextRecord !== undefined) {
      log.#active = await continueRecordFile(recordsOf(parts, last), { end: last.end, next: read.nextRecord })
    }
    for (const name of read.leftOver) await log.#remove(name)
    return log
  }

  /** Resolves when the changes are durable and `apply` was called. */
  append(changes: readonly NotifyChange[], apply: () => void): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(encodeRecord({ changes }))
      apply()
    })
  }

  /** Puts these changes in the place of all before, durably, and calls `apply`. */
  replace(changes: readonly NotifyChange[], apply: () => void): Promise<void> {
    return this.#inTurn(async () => {
      await this.#compaction
      await this.#leave()
      await this.#removeRefused()
      await this.#writeSnapshot(changes)
      apply()
    })
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await this.#tail
  }

  /** Waits for what is under way, and closes the files. */
  async close(): Promise<void> {
    this.#ended ??= closedStore(this.#parts.directory)
    await this.#tail
    await this.#compaction
    if (!this.#isMarked) await this.#active?.append().catch(() => undefined)
    this.#isMarked = true
    await this.#active?.close()
    this.#active = undefined
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const done = this.#tail.then(() => this.#guard(work))
    // Behind the answer, so that nobody waits for it.
    this.#tail = done.then(
      () => this.#afterwards(),
      () => undefined,
    )
    return done
  }

  /** Says that what was appended was durable: damage of it is then known to be none of a write that was cut off. */
  async #afterwards(): Promise<void> {
    try {
      await this.#active?.mark()
    } catch {
      await this.#leave()
    }
    const bytes = this.#files.reduce((sum, { end }) => sum + end, 0)
    const cost = bytes + Math.max(0, this.#files.length - usualFiles) * fileCostBytes
    if (cost < this.#compactAt || this.#compaction !== undefined || this.#ended !== undefined) return
    const { directory, logger, compactBytes, snapshot } = this.#parts
    const failed = (reason: string): void => {
      this.#compactAt = cost + compactBytes
      logger.warn({ path: directory, reason }, 'could not be compacted; tried again later')
    }
    // The room that is left is for appends.
    if ((await this.#freeBytes()) < bytes) {
      failed('there is too little room')
      return
    }
    await this.#leave()
    this.#compaction = this.#writeSnapshot(snapshot())
      .catch((error: unknown) => failed(messageOf(error)))
      .then(() => {
        this.#compaction = undefined
      })
  }

  #freeBytes(): Promise<number> {
    const { fileSystem, directory } = this.#parts
    return fileSystem.freeBytes(directory).catch(() => Infinity)
  }

  async #write(payload: Uint8Array): Promise<void> {
    const before = this.#files.map(({ number, end }) => [number, end] as const)
    try {
      await this.#removeRefused()
      const active = (this.#active ??= await this.#create())
      const file = this.#files.at(-1)
      if (active.end > 0) await active.append(payload)
      else await active.appendAll([encodeRecord({ ends: before }), payload])
      if (file !== undefined) file.end = active.end
      this.#isMarked = false
    } catch (error) {
      await this.#leave()
      throw error
    }
    this.#checkOwner()
  }

  async #create(): Promise<RecordFile> {
    const number = this.#next
    this.#next += 1
    this.#files.push({ number, isSnapshot: false, end: 0, isDamaged: false })
    return createRecordFile(recordsOf(this.#parts, { number, isSnapshot: false }))
  }

  /** Goes on in another file; where nothing of the present one counts, removes it. */
  async #leave(): Promise<void> {
    await this.#active?.close().catch(() => undefined)
    this.#active = undefined
    const last = this.#files.at(-1)
    if (last === undefined || last.end > 0) return
    if (!(await this.#remove(fileName(last)))) return
    this.#files.pop()
    // Should a cut of power bring it back, the next file takes its place.
    if (this.#next === last.number + 1) this.#next = last.number
  }

  async #writeSnapshot(changes: readonly NotifyChange[]): Promise<void> {
    const { fileSystem, directory, logger } = this.#parts
    const number = this.#next
    this.#next += 1
    let end: number
    try {
      end = await writeSnapshot(this.#parts, number, changes, () => this.#checkOwner())
    } catch (error) {
      this.#refused = fileName({ number, isSnapshot: true })
      throw error
    }
    const replaced = this.#files.filter((file) => file.number < number)
    this.#files = [
      { number, isSnapshot: true, end, isDamaged: false },
      ...this.#files.filter((file) => file.number > number),
    ]
    this.#compactAt = 2 * end + this.#parts.compactBytes
    logger.debug({ path: directory, bytes: end }, 'compacted')
    for (const file of replaced) if (file.isDamaged) await this.#keep(fileName(file))
    // The snapshot counts already: what cannot be listed is left over, too.
    const names = await fileSystem.list(directory).catch(() => [])
    for (const name of findStoreFiles(names).leftOver) await this.#remove(name)
  }

  /** What is appended next makes this durable with the name of its file. */
  async #removeRefused(): Promise<void> {
    if (this.#refused === undefined) return
    this.#checkOwner()
    const { fileSystem, directory } = this.#parts
    await fileSystem.remove(`${directory}/${this.#refused}`)
    this.#refused = undefined
  }

  /** Whoever took the folder over has read it already. */
  #checkOwner(): void {
    if (this.#parts.lock.held()) return
    const { directory } = this.#parts
    this.#ended = new NotifyError(
      'NOTIFY_STORE_LOCKED',
      `${directory} was taken over by another process; close this store`,
      { path: directory },
    )
    throw this.#ended
  }

  /** What is damaged gets a name of its own: somebody might find more in it. */
  async #keep(name: string): Promise<void> {
    const { fileSystem, directory } = this.#parts
    await fileSystem.rename(`${directory}/${name}`, `${directory}/${name}.damaged`).catch(() => undefined)
  }

  /** What could not be removed is left over, and removed another time. */
  #remove(name: string): Promise<boolean> {
    const { fileSystem, directory } = this.#parts
    return fileSystem.remove(`${directory}/${name}`).then(
      () => true,
      () => false,
    )
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw storeFailed('write', this.#parts.directory, error)
    }
  }
}

/** What the file system says where the name cannot be that of a folder, or may not be used. */
const noFolder: ReadonlySet<unknown> = new Set(['ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS'])

/** What became of a call to the file system; an error of this package stays as it is. */
export function storeFailed(what: 'read' | 'write', directory: string, error: unknown): NotifyError {
  if (error instanceof NotifyError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const advice =
    what === 'read' && noFolder.has(code)
      ? 'give a folder that can be made and read'
      : `make room or mend the disk, then ${what === 'read' ? 'open it again' : 'the next append tries it again'}`
  return new NotifyError(
    'NOTIFY_STORE_FAILED',
    `cannot ${what} ${directory}: ${messageOf(error)}; ${advice}`,
    { path: directory },
    error,
  )
}

const closedStore = (path: string): NotifyError =>
  new NotifyError('NOTIFY_STORE_CLOSED', `${path} is closed; open the store again`, { path })
