import type { FileSystem, OpenFile } from '@tocsin/core'

import { isOutOfDescriptors } from '../errors.ts'

/** Files of cursors that are open at a time. */
const maxOpen = 32

/** Cursors that are worked on at a time: of the four threads that node has for files one stays for the records. */
const maxAtOnce = 3

/** The file of one cursor, which is open only while it is written, and some time longer where few are. */
export interface CursorHandle {
  /** Runs `work` with the file open. Closes it where that fails: a system may drop what it could not write. */
  use(work: (file: OpenFile) => Promise<void>): Promise<void>
  /** Goes up whenever the file is opened. A sync vouches only for what was written through the same opening. */
  readonly openings: number
  close(): Promise<void>
}

/** The files of all cursors of a folder. However many there are, few are open, and few written at once; the others wait. */
export class CursorFiles {
  readonly #fileSystem: FileSystem
  readonly #lastResort: FileSystem | undefined
  /** The one that was used last comes last. */
  readonly #idle = new Set<CursorHandle>()
  readonly #waiting: (() => void)[] = []
  #atWork = 0
  #open = 0
  #folderSync: Promise<void> = Promise.resolve()
  #nextFolderSync: Promise<void> | undefined

  /** `lastResort` opens a file where no descriptor is left; what it opens is closed at once. */
  constructor(fileSystem: FileSystem, lastResort?: FileSystem) {
    this.#fileSystem = fileSystem
    this.#lastResort = lastResort
  }

  /** Runs `work` when its turn comes. */
  async inTurn<R>(work: () => Promise<R>): Promise<R> {
    if (this.#atWork === maxAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#atWork += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#atWork -= 1
      else next()
    }
  }

  /** Makes the names in the folder durable, those of all who wait with one sync. */
  syncFolder(folder: string): Promise<void> {
    // One that is under way may have begun before the name was there.
    this.#nextFolderSync ??= this.#folderSync.then(() => {
      const sync = (this.#lastResort ?? this.#fileSystem).syncDirectory(folder)
      this.#folderSync = sync.catch(() => undefined)
      this.#nextFolderSync = undefined
      return sync
    })
    return this.#nextFolderSync
  }

  handle(path: string): CursorHandle {
    let file: OpenFile | undefined
    let brief = false
    let openings = 0
    const close = async (): Promise<void> => {
      const closing = file
      file = undefined
      this.#idle.delete(handle)
      if (closing === undefined) return
      await closing.close().catch(() => undefined)
      this.#open -= 1
    }
    const handle: CursorHandle = {
      get openings() {
        return openings
      },
      use: async (work) => {
        this.#idle.delete(handle)
        try {
          if (file === undefined) {
            ;({ file, brief } = await this.#openFile(path))
            openings += 1
          }
          await work(file)
        } catch (error) {
          await close()
          throw error
        }
        this.#idle.add(handle)
        if (brief) await close()
      },
      close,
    }
    return handle
  }

  async #openFile(path: string): Promise<{ file: OpenFile; brief: boolean }> {
    while (this.#open >= maxOpen && this.#idle.size > 0) await this.#closeOldest()
    this.#open += 1
    try {
      for (;;) {
        try {
          return { file: await this.#fileSystem.open(path, 'update'), brief: false }
        } catch (error) {
          if (!isOutOfDescriptors(error)) throw error
          if (this.#idle.size > 0) await this.#closeOldest()
          else if (this.#lastResort === undefined) throw error
          else return { file: await this.#lastResort.open(path, 'update'), brief: true }
        }
      }
    } catch (error) {
      this.#open -= 1
      throw error
    }
  }

  async #closeOldest(): Promise<void> {
    for (const handle of this.#idle) return handle.close()
  }
}
