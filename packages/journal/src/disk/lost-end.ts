import type { FileSystem } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { startsFrameOf } from './frame.ts'
import { segmentHeaderBytes, segmentSalt } from './segment-header.ts'
import type { FoundSegment } from './segment-scan.ts'
import { withFile } from './segment-scan.ts'

const chunkBytes = 1024 * 1024

/**
 * The newest file, where it held records that were durable although not one of its bytes is sound: the disk refuses to read it,
 * or a second frame was begun in it, which happens only after the first one was on the disk. A file that a crash left while it
 * was being begun has neither.
 */
export async function findLostEnd(
  fileSystem: FileSystem,
  journalId: string,
  dead: readonly FoundSegment[],
  newestSound: number,
): Promise<FoundSegment | undefined> {
  const newest = dead.at(-1)
  if (newest === undefined || newest.segment < newestSound || newest.bytes <= segmentHeaderBytes)
    return undefined
  return (await heldRecords(fileSystem, newest, segmentSalt(journalId, newest.segment))) ? newest : undefined
}

async function heldRecords(
  fileSystem: FileSystem,
  { path, bytes }: FoundSegment,
  salt: number,
): Promise<boolean> {
  let begun = 0
  try {
    await withFile(fileSystem, path, async (file) => {
      for (let at = segmentHeaderBytes; at < bytes && begun < 2; at += chunkBytes) {
        // Far enough to see what begins at its end.
        const chunk = new Uint8Array(Math.min(chunkBytes + 16, bytes - at))
        const read = await file.read(chunk, at)
        for (let offset = 0; offset < Math.min(read, chunkBytes) && begun < 2; offset += 8) {
          if (startsFrameOf(chunk.subarray(offset, Math.min(read, offset + 16)), salt)) begun += 1
        }
      }
    })
  } catch (error) {
    if (codeOf(error) === 'EIO') return true
    throw error
  }
  return begun >= 2
}
