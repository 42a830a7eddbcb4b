import type { FileSystem } from '@tocsin/core'

import type { Segment } from './segments.ts'

/**
 * Gives the room behind the end of a segment back, which the fence of the next one has made durable: without it every crash
 * would leave a segment that takes more than is counted. What fails costs only the room.
 */
export async function trimSegment(
  fileSystem: FileSystem,
  { path, bytes }: Pick<Segment, 'path' | 'bytes'>,
): Promise<void> {
  try {
    const file = await fileSystem.open(path, 'update')
    try {
      if ((await file.size()) > bytes) await file.truncate(bytes)
    } finally {
      await file.close()
    }
  } catch {
    // It goes with its segment.
  }
}
