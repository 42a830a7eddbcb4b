import type { OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { checksumOf } from '../format/checksum.ts'
import type { FrameHeader } from '../format/frame.ts'
import {
  frameBytes,
  frameHeaderBytes,
  headerChecksum,
  readFrameHeader,
  startsLikeFrame,
} from '../format/frame.ts'
import { segmentHeaderBytes } from '../format/segment-header.ts'
import { WindowBudget } from './window-budget.ts'

const sectorBytes = 4096

/** A frame as it stands on disk. */
export interface StoredFrame extends FrameHeader {
  /** The codec's bytes; `undefined` where their checksum is wrong or the frame was not written behind the one before it. */
  readonly body: Uint8Array | undefined
  readonly start: number
  /** Offset behind the frame. */
  readonly end: number
  /** Checksum of its header, which the next frame is chained to. */
  readonly checksum: number
  /** The frame as it stands on disk, header first. */
  readonly bytes: Uint8Array
}

/** A frame whose body is sound. */
export type SoundFrame = StoredFrame & {
  readonly body: Uint8Array
  /** Others read the same memory: what may be changed is made of a copy. */
  readonly shared?: true
}

/** Reads the frames of one segment in order. Each window is new memory, so that what is handed out stays what it is. */
export interface FrameReader {
  /** The next frame that ends at or before `limit`; damaged bytes are skipped in steps of eight. */
  next(limit: number): Promise<StoredFrame | undefined>
  /** The same without waiting: only where the next one is sound, in memory, holds records, and begins with this number. */
  loaded(limit: number, baseSeq: number): StoredFrame | undefined
  /** Lets its window go; it may be used further. */
  release(): void
}

/** A place between two frames. */
export interface FramePlace {
  readonly offset: number
  /** Checksum of the header before it, of a frame or of the segment; `undefined` where that is not known. */
  readonly chain: number | undefined
}

/** `chain` is the checksum of the segment's header, where that is known. */
export function createFrameReader(
  file: OpenFile,
  salt: number,
  chain: number | undefined,
  windows?: WindowBudget,
): FrameReader {
  return createFrameReaderAt(file, salt, { offset: segmentHeaderBytes, chain }, windows)
}

/** Begins behind any frame. */
export function createFrameReaderAt(
  file: OpenFile,
  salt: number,
  { offset: begin, chain }: FramePlace,
  windows: WindowBudget = new WindowBudget(),
): FrameReader {
  let offset = begin
  let windowBytes = 0
  let window: Uint8Array = new Uint8Array(0)
  let windowStart = 0
  let previous = chain

  const isLoaded = (length: number, limit: number): boolean =>
    offset + length <= Math.min(limit, windowStart + window.length) && offset >= windowStart

  // Never past `limit`: what lies behind it may still be being written.
  const load = async (length: number, limit: number): Promise<boolean> => {
    if (offset + length > limit) return false
    const windowEnd = windowStart + window.length
    if (windowBytes < limit - offset) windowBytes = windows.enlarge(windowBytes)
    const next = new Uint8Array(Math.max(length, Math.min(windowBytes, limit - offset)))
    const kept = offset < windowEnd ? window.subarray(offset - windowStart) : new Uint8Array(0)
    next.set(kept)
    const read = await readSectors(file, next.subarray(kept.length), offset + kept.length)
    window = next.subarray(0, kept.length + read)
    windowStart = offset
    return window.length >= length
  }

  /** Of the window, from `offset` on. The constructor is several times as fast as "subarray". */
  const view = (length: number): Uint8Array =>
    new Uint8Array(window.buffer, window.byteOffset + offset - windowStart, length)

  // To the next place in the window that looks like a frame, or to the end of the window.
  const resync = (): void => {
    const words = new DataView(window.buffer, window.byteOffset, window.length)
    previous = undefined
    do offset += 8
    while (offset - windowStart + 4 <= window.length && !startsLikeFrame(words, offset - windowStart))
  }

  const frameAt = (header: FrameHeader, length: number): StoredFrame => {
    const start = offset
    const bytes = view(length)
    const body = new Uint8Array(bytes.buffer, bytes.byteOffset + frameHeaderBytes, header.bodyBytes)
    const chained = previous === undefined || previous === header.chain
    const sound = chained && checksumOf(body) === header.bodyCrc
    const checksum = headerChecksum(bytes)
    // A frame that is not in its place says nothing of the one behind it.
    previous = chained ? checksum : undefined
    offset = start + length
    // Field by field: a spread takes longer than all else here.
    const { bodyBytes, bodyCrc, baseSeq, certSeq, time, count, flags, chain, history, lost } = header
    return {
      bodyBytes,
      bodyCrc,
      salt,
      baseSeq,
      certSeq,
      time,
      count,
      flags,
      chain,
      history,
      lost,
      body: sound ? body : undefined,
      start,
      end: offset,
      checksum,
      bytes,
    }
  }

  return {
    next: async (limit) => {
      for (;;) {
        // Waiting costs more than a small frame.
        if (!isLoaded(frameHeaderBytes, limit) && !(await load(frameHeaderBytes, limit))) return undefined
        const header = readFrameHeader(window, salt, offset - windowStart)
        const length = header === undefined ? 0 : frameBytes(header.bodyBytes)
        if (header !== undefined && (isLoaded(length, limit) || (await load(length, limit)))) {
          return frameAt(header, length)
        }
        resync()
      }
    },
    loaded: (limit, baseSeq) => {
      if (!isLoaded(frameHeaderBytes, limit)) return undefined
      const header = readFrameHeader(window, salt, offset - windowStart)
      if (header?.baseSeq !== baseSeq || header.count === 0) return undefined
      const length = frameBytes(header.bodyBytes)
      if (!isLoaded(length, limit)) return undefined
      const place = { offset, previous }
      const frame = frameAt(header, length)
      if (frame.body !== undefined) return frame
      offset = place.offset
      previous = place.previous
      return undefined
    },
    release: () => {
      windows.giveBack(windowBytes)
      windowBytes = 0
      window = new Uint8Array(0)
      windowStart = 0
    },
  }
}

/** Reads what can be read: a sector that the disk refuses comes as zeros, which no checksum fits. */
export async function readSectors(file: OpenFile, into: Uint8Array, position: number): Promise<number> {
  try {
    return await file.read(into, position)
  } catch (error) {
    if (codeOf(error) !== 'EIO') throw error
  }
  let done = 0
  while (done < into.length) {
    const length = Math.min(into.length - done, sectorBytes - ((position + done) % sectorBytes))
    const part = into.subarray(done, done + length)
    try {
      const read = await file.read(part, position + done)
      if (read === 0) return done
      done += read
    } catch (error) {
      if (codeOf(error) !== 'EIO') throw error
      part.fill(0)
      done += length
    }
  }
  return done
}
