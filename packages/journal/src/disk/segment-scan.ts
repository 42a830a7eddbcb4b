import type { FileSystem, OpenFile } from '@tocsin/core'

import { createFrameReader } from './frame-reader.ts'
import type { SegmentHeader } from './segment-header.ts'
import { decodeSegmentHeader, segmentHeaderBytes, segmentSalt } from './segment-header.ts'

/** A segment file as it was found. */
export interface FoundSegment {
  readonly segment: number
  readonly path: string
  /** Length of the file. */
  readonly bytes: number
  /** `undefined` where it is damaged. */
  readonly header: SegmentHeader | undefined
  /** Whose it is, where the header says so. */
  readonly journalId: string | undefined
}

/** What the frames of a segment say. */
export interface SegmentScan {
  /** First sequence number of a whole frame; `undefined` where there is none. */
  readonly firstSeq: number | undefined
  /** Last sequence number of a whole frame; 0 where there is none. */
  readonly lastSeq: number
  /** Highest sequence number that any frame says to be durable. */
  readonly certSeq: number
  /** Offset behind the last whole frame. */
  readonly end: number
  /** Missing before a whole frame. */
  readonly holes: readonly { readonly fromSeq: number; readonly toSeq: number }[]
}

/** Runs `use` with the file open for reading. */
export async function withFile<R>(
  fileSystem: FileSystem,
  path: string,
  use: (file: OpenFile) => Promise<R>,
): Promise<R> {
  const file = await fileSystem.open(path, 'read')
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

export async function findSegment(
  fileSystem: FileSystem,
  path: string,
  segment: number,
): Promise<FoundSegment> {
  return withFile(fileSystem, path, async (file) => {
    const head = new Uint8Array(segmentHeaderBytes)
    const read = await file.read(head, 0)
    const header = decodeSegmentHeader(head.subarray(0, read))
    return { segment, path, bytes: await file.size(), header, journalId: header?.journalId }
  })
}

/** Reads every frame of a segment; memory stays at one frame. */
export async function scanSegment(
  fileSystem: FileSystem,
  found: FoundSegment,
  journalId: string,
): Promise<SegmentScan> {
  return withFile(fileSystem, found.path, async (file) => {
    const frames = createFrameReader(file, segmentSalt(journalId, found.segment))
    const holes: { fromSeq: number; toSeq: number }[] = []
    let firstSeq: number | undefined
    let expected = found.header?.baseSeq
    let lastSeq = 0
    let certSeq = 0
    let end = Math.min(segmentHeaderBytes, found.bytes)
    for (;;) {
      const frame = await frames.next(found.bytes)
      if (frame === undefined) return { firstSeq, lastSeq, certSeq, end, holes }
      // The header has a checksum of its own: what it certifies is true even where the body is damaged.
      certSeq = Math.max(certSeq, frame.certSeq)
      if (frame.body === undefined) continue
      end = frame.end
      if (frame.count === 0 || frame.baseSeq < (expected ?? 0)) continue
      if (expected !== undefined && frame.baseSeq > expected) {
        holes.push({ fromSeq: expected, toSeq: frame.baseSeq - 1 })
      }
      firstSeq ??= frame.baseSeq
      lastSeq = frame.baseSeq + frame.count - 1
      expected = lastSeq + 1
    }
  })
}
