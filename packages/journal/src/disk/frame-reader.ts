import { crc32 } from 'node:zlib'
import type { OpenFile } from '@tocsin/core'

import type { FrameHeader } from './frame.ts'
import { frameBytes, frameHeaderBytes, readFrameHeader, startsLikeFrame } from './frame.ts'
import { segmentHeaderBytes } from './segment-header.ts'

const windowBytes = 256 * 1024

/** A frame as it stands on disk. */
export interface StoredFrame extends FrameHeader {
  /** The codec's bytes; `undefined` where their checksum is wrong. */
  readonly body: Uint8Array | undefined
  /** Offset behind the frame. */
  readonly end: number
}

/** Reads the frames of one segment in order. Holds one window or one frame in memory, whichever is larger. */
export interface FrameReader {
  /** The next frame that ends at or before `limit`; damaged bytes are skipped in steps of eight. */
  next(limit: number): Promise<StoredFrame | undefined>
}

export function createFrameReader(file: OpenFile, salt: number): FrameReader {
  let offset = segmentHeaderBytes
  let window: Uint8Array = new Uint8Array(0)
  let windowStart = 0

  // Never past `limit`: what lies behind it may still be being written.
  const load = async (length: number, limit: number): Promise<Uint8Array | undefined> => {
    if (offset + length > limit) return undefined
    if (offset < windowStart || offset + length > windowStart + window.length) {
      const next = new Uint8Array(Math.max(length, Math.min(windowBytes, limit - offset)))
      const read = await file.read(next, offset)
      window = next.subarray(0, read)
      windowStart = offset
      if (read < length) return undefined
    }
    return window.subarray(offset - windowStart, offset - windowStart + length)
  }

  // To the next place in the window that looks like a frame, or to the end of the window.
  const resync = (): void => {
    const view = new DataView(window.buffer, window.byteOffset, window.length)
    do offset += 8
    while (offset - windowStart + 4 <= window.length && !startsLikeFrame(view, offset - windowStart))
  }

  return {
    next: async (limit) => {
      for (;;) {
        const head = await load(frameHeaderBytes, limit)
        if (head === undefined) return undefined
        const header = readFrameHeader(head, salt)
        const length = header === undefined ? 0 : frameBytes(header.bodyBytes)
        const whole = header === undefined ? undefined : await load(length, limit)
        if (header === undefined || whole === undefined) {
          resync()
          continue
        }
        offset += length
        // A copy: records may be views of it and outlive the window.
        const body = whole.slice(frameHeaderBytes, frameHeaderBytes + header.bodyBytes)
        return { ...header, body: crc32(body) === header.bodyCrc ? body : undefined, end: offset }
      }
    },
  }
}
