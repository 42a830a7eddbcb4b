import type { FileSystem, OpenFile } from '@tocsin/core'

import { isOutOfDescriptors } from '../errors.ts'

/**
 * A segment that is begun needs two for good and one more for its folder, another one reads back what failed; three cursors
 * are written at a time, and a turn to remove something is taken.
 */
const kept = 8

/** Descriptors that are kept back, so that whoever writes can go on when readers or sockets have taken all others. */
export interface DescriptorReserve {
  /** For what must not fail: where no descriptor is left one of those is let go and it is tried again. */
  readonly fileSystem: FileSystem
  /** For whoever can be refused: opens nothing while that is done, or before the reserve is full again as far as it can be. */
  readonly others: FileSystem
  /** Does the same for any work that needs descriptors for a moment. */
  readonly attempt: <R>(work: () => Promise<R>) => Promise<R>
  /** Runs `work`, which closes what such work has opened: the descriptor comes back here before others get it. */
  readonly giveBack: (work: () => Promise<void>) => Promise<void>
  /** Lets all of them go. */
  close(): Promise<void>
}

/** Keeps descriptors of a file that is there; it is never read. */
export async function reserveDescriptors(fileSystem: FileSystem, path: string): Promise<DescriptorReserve> {
  const reserve: OpenFile[] = []
  /** Files of the writer that are kept as they are, for as long as there are too few: a descriptor once let go may be lost. */
  const borrowed: OpenFile[] = []
  let filling: Promise<void> | undefined
  let closed = false
  /** What takes from the reserve now. */
  let urgent = 0
  const waiting: (() => void)[] = []

  const fill = async (): Promise<void> => {
    while (reserve.length < kept && !closed) {
      const file = await fileSystem.open(path, 'read').catch(() => undefined)
      if (file === undefined) break
      reserve.push(file)
      if (reserve.length + borrowed.length > kept) await borrowed.pop()?.close()
    }
    filling = undefined
  }
  const fillAgain = async (): Promise<void> => {
    if (reserve.length < kept && !closed) await (filling ??= fill())
  }
  /** What the work needed for a moment only, or gives back, is here again before readers go on. */
  const beforeOthers = async <R>(work: () => Promise<R>): Promise<R> => {
    urgent += 1
    try {
      return await work()
    } finally {
      // A fill that is under way may have found nothing before.
      await filling
      await fillAgain()
      urgent -= 1
      if (urgent === 0) for (const goOn of waiting.splice(0)) goOn()
    }
  }
  const release = async (): Promise<boolean> => {
    const file = borrowed.pop() ?? reserve.pop()
    await file?.close().catch(() => undefined)
    return file !== undefined
  }
  const retry = async <R>(work: () => Promise<R>): Promise<R> => {
    try {
      return await work()
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error
      return await withReserve(work, error)
    }
  }
  /** What was asked for before may get the first one; nobody asks for the others meanwhile. */
  const withReserve = async <R>(work: () => Promise<R>, error: unknown): Promise<R> => {
    return beforeOthers(async () => {
      while (await release()) {
        try {
          return await work()
        } catch (again) {
          if (!isOutOfDescriptors(again)) throw again
        }
      }
      throw error
    })
  }
  const attempt = async <R>(work: () => Promise<R>): Promise<R> => {
    try {
      return await retry(work)
    } finally {
      void fillAgain()
    }
  }
  await fill()
  return {
    fileSystem: {
      ...fileSystem,
      list: (directory) => attempt(() => fileSystem.list(directory)),
      readFile: (file) => attempt(() => fileSystem.readFile(file)),
      syncDirectory: (directory) => attempt(() => fileSystem.syncDirectory(directory)),
      open: async (name, mode) => {
        const file = await retry(() => fileSystem.open(name, mode))
        const close = async (): Promise<void> => {
          if (reserve.length + borrowed.length < kept && !closed) borrowed.push(file)
          else await file.close()
          void fillAgain()
        }
        return { ...file, close }
      },
    },
    others: {
      ...fileSystem,
      open: async (name, mode) => {
        while (urgent > 0) await new Promise<void>((resolve) => waiting.push(resolve))
        // One that has become free belongs here first.
        if (reserve.length + borrowed.length < kept) await fillAgain()
        return fileSystem.open(name, mode)
      },
    },
    attempt,
    giveBack: beforeOthers,
    close: async () => {
      closed = true
      await filling
      while (await release());
    },
  }
}
