import type { FileSystem, OpenFile } from '@tocsin/core'

import { isOutOfDescriptors } from '../errors.ts'

/** A segment that is begun needs two for good, and one more for its folder; another one reads back what failed. */
const kept = 4

/** Descriptors that are kept back, so that whoever writes can go on when readers or sockets have taken all others. */
export interface DescriptorReserve {
  /** For what must not fail: where no descriptor is left one of those is let go and it is tried again. */
  readonly fileSystem: FileSystem
  /** Does the same for any work that needs descriptors for a moment. */
  readonly attempt: <R>(work: () => Promise<R>) => Promise<R>
  /** Lets all of them go. */
  close(): Promise<void>
}

/** Keeps descriptors of a file that is there; it is never read. */
export async function reserveDescriptors(fileSystem: FileSystem, path: string): Promise<DescriptorReserve> {
  const reserve: OpenFile[] = []
  let filling: Promise<void> | undefined
  let closed = false

  const fill = async (): Promise<void> => {
    while (reserve.length < kept && !closed) {
      const file = await fileSystem.open(path, 'read').catch(() => undefined)
      if (file === undefined) break
      reserve.push(file)
    }
    filling = undefined
  }
  const fillAgain = (): void => {
    if (reserve.length < kept && !closed) filling ??= fill()
  }
  const release = async (): Promise<boolean> => {
    const file = reserve.pop()
    await file?.close().catch(() => undefined)
    return file !== undefined
  }
  const retry = async <R>(work: () => Promise<R>): Promise<R> => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!isOutOfDescriptors(error) || !(await release())) throw error
      }
    }
  }
  const attempt = async <R>(work: () => Promise<R>): Promise<R> => {
    try {
      return await retry(work)
    } finally {
      fillAgain()
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
          await file.close()
          fillAgain()
        }
        return { ...file, close }
      },
    },
    attempt,
    close: async () => {
      closed = true
      await filling
      while (await release());
    },
  }
}
