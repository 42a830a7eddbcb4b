import type { FileSystem } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { segmentHeaderBytes } from '../format/segment-header.ts'
import { withFile, withOpenFile } from './segment-scan.ts'

/** One file that is not needed any more and becomes the next segment: its blocks are there, so a commit allocates none. */
export interface SpareSegment {
  /** Takes a segment out of use: kept as the spare, or removed where there is one or its size is no segment's. */
  retire(path: string): Promise<void>
  /** Gives the spare this name; its size, or `undefined` where there is none. Rejects with `EEXIST` where the name is taken. */
  use(path: string): Promise<number | undefined>
  /** Removes the spare: the room is needed. */
  drop(): Promise<void>
}

/** The size that a spare may have: what is smaller saves too little, what is larger takes more room than a segment may. */
export interface SpareSize {
  readonly minBytes: number
  readonly maxBytes: number
}

export function createSpareSegment(
  fileSystem: FileSystem,
  directory: string,
  { minBytes, maxBytes }: SpareSize,
): SpareSegment {
  const spare = `${directory}/spare`

  const size = (path: string): Promise<number | undefined> =>
    withFile(fileSystem, path, (file) => file.size()).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
  const fits = (bytes: number): boolean => bytes >= minBytes && bytes <= maxBytes

  /** Whatever happens next, it is not taken for the segment that it was. */
  const eraseHeader = (path: string): Promise<void> =>
    withOpenFile(fileSystem, path, 'update', async (file) => {
      await file.write(new Uint8Array(segmentHeaderBytes), 0)
      await file.sync()
    })

  return {
    retire: async (path) => {
      try {
        if (fits((await size(path)) ?? 0) && (await size(spare)) === undefined) {
          await eraseHeader(path)
          // In one step: for a moment under both names, a crash would leave one file as two, and the second use spoil the first.
          await fileSystem.rename(path, spare)
          // The old name must be gone for good before the file gets new contents.
          await fileSystem.syncDirectory(directory)
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
      if (!fits(bytes)) {
        await fileSystem.remove(spare)
        return undefined
      }
      // Taken by making it, which another writer cannot have done; then replaced in one step.
      const claim = await fileSystem.open(path, 'create')
      await claim.close()
      try {
        await fileSystem.rename(spare, path)
        return bytes
      } catch (error) {
        await fileSystem.remove(path)
        throw error
      }
    },
    drop: () => fileSystem.remove(spare),
  }
}
