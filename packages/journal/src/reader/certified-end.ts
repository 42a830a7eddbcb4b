import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import {
  frameBytes,
  frameHeaderBytes,
  headerChecksum,
  readFrameHeader,
  settledHistory,
} from '../format/frame.ts'
import type { StoredHeader } from '../format/segment-header.ts'
import { decodeSegmentHeader, segmentHeaderBytes, segmentSalt } from '../format/segment-header.ts'
import type { FrameEnd } from '../segments/segments.ts'
import { withFile } from '../segments/segment-scan.ts'

const firstWindowBytes = 4096

const windowBytes = 256 * 1024

/** How far the frames of a segment that another process writes are known to be durable. */
export interface CertifiedEnd {
  /** Looks at what was written since the last time. `undefined` where the file is another one by now. */
  advance(): Promise<FrameEnd | undefined>
}

/**
 * Walks from header to header: a frame is durable when a later one says so. Bodies are not looked at; what is wrong with them
 * shows when they are read. Stops where no sound header follows, and tries again there the next time.
 */
export function createCertifiedEnd(
  fileSystem: FileSystem,
  path: string,
  { chain, segment, baseSeq, journalId, fence }: StoredHeader,
): CertifiedEnd {
  const salt = segmentSalt(journalId, segment)
  const { history } = fence
  let last: FrameEnd = { lastSeq: baseSeq - 1, end: segmentHeaderBytes, chain, history }
  let certified = last
  let certSeq = 0
  /** Behind `certified`. */
  let waiting: FrameEnd[] = []

  const take = (bytes: Uint8Array): boolean => {
    const header = readFrameHeader(bytes, salt)
    // The salt alone may be that of an earlier attempt at the same number.
    if (header === undefined || header.chain !== last.chain || header.baseSeq <= last.lastSeq) return false
    const lastSeq = Math.max(last.lastSeq, header.baseSeq + header.count - 1)
    const end = last.end + frameBytes(header.bodyBytes)
    last = {
      lastSeq: header.count === 0 ? last.lastSeq : lastSeq,
      ...{ end, chain: headerChecksum(bytes), history: settledHistory(bytes) },
    }
    waiting.push(last)
    certSeq = Math.max(certSeq, header.certSeq)
    return true
  }
  const certify = (): void => {
    let index = 0
    for (const end of waiting) {
      if (end.lastSeq > certSeq) break
      certified = end
      index += 1
    }
    waiting = waiting.slice(index)
  }

  return {
    advance: () =>
      withFoundFile(fileSystem, path, async (file) => {
        const head = new Uint8Array(segmentHeaderBytes)
        const read = await file.read(head, 0)
        if (decodeSegmentHeader(head.subarray(0, read))?.chain !== chain) return undefined
        // Mostly there is nothing new.
        let window = new Uint8Array(firstWindowBytes)
        for (let more = true; more; window = new Uint8Array(windowBytes)) {
          const start = last.end
          const length = await file.read(window, start)
          more = false
          for (let at = 0; at + frameHeaderBytes <= length; at = last.end - start) {
            if (!take(window.subarray(at, at + frameHeaderBytes))) break
            more = true
          }
        }
        certify()
        return certified
      }),
  }
}

/** `undefined` where there is no such file any more. */
async function withFoundFile<R>(
  fileSystem: FileSystem,
  path: string,
  use: (file: OpenFile) => Promise<R>,
): Promise<R | undefined> {
  try {
    return await withFile(fileSystem, path, use)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
