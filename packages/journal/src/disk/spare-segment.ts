import type { FileSystem } from '@tocsin/core'

import { segmentHeaderBytes } from './segment-header.ts'

/** One file that is not needed any more and becomes the next segment: its blocks are there, so a commit allocates none. */
export interface SpareSegment {
  /** Takes a segment out of use: kept as the spare, or removed where there is one or it is too small. */
  retire(path: string): Promise<void>
  /** Gives the spare this name; its size, or `undefined` where there is none. */
  use(path: string): Promise<number | undefined>
  /** Removes the spare: the room is needed. */
  drop(): Promise<void>
}

/** `minBytes`: smaller files are removed. */
export function createSpareSegment(
  fileSystem: FileSystem,
  directory: string,
  minBytes: number,
): SpareSegment {
  const spare = `${directory}/spare`

  const size = async (path: string): Promise<number | undefined> => {
    const file = await fileSystem.open(path, 'read').catch(() => undefined)
    try {
      return await file?.size()
    } finally {
      await file?.close()
    }
  }
  /** Whatever happens next, it is not taken for the segment that it was. */
  const eraseHeader = async (path: string): Promise<void> => {
    const file = await fileSystem.open(path, 'update')
    try {
      await file.write(new Uint8Array(segmentHeaderBytes), 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  return {
    retire: async (path) => {
      try {
        if (((await size(path)) ?? 0) >= minBytes && (await size(spare)) === undefined) {
          await eraseHeader(path)
          await fileSystem.renameNew(path, spare)
          return
        }
      } catch {
        // Removing it is as good.
      }
      await fileSystem.remove(path)
    },
    use: async (path) => {
      const bytes = await size(spare)
      if (bytes === undefined) return undefined
      if (bytes >= minBytes) {
        await fileSystem.renameNew(spare, path)
        return bytes
      }
      await fileSystem.remove(spare)
      return undefined
    },
    drop: () => fileSystem.remove(spare),
  }
}
