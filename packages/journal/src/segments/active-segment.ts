import type { FileSystem, OpenFile } from '@tocsin/core'

import { frameBytes, writeFrame } from '../format/frame.ts'
import type { FrameEnd } from './segment-scan.ts'
import type { Segment } from './segments.ts'

/** A write that passes the end of the allocated room also fills this much with zeros, so that the next ones allocate nothing. */
const strideBytes = 128 * 1024

/** What becomes one frame. */
export interface FrameContent {
  readonly body: Uint8Array
  readonly count: number
  readonly flags: number
  readonly baseSeq: number
  readonly certSeq: number
  readonly time: number
}

/** The segment that is written to. */
export interface ActiveSegment {
  readonly segment: Segment
  /** Behind the last frame that was written, durable or not. */
  readonly written: FrameEnd
  /** Appends a frame; with `durable` it and everything before it is on the disk when this resolves. */
  append(content: FrameContent, durable: boolean): Promise<void>
  sync(): Promise<void>
  /** A sync failed: another one could succeed without the bytes being there. */
  readonly syncFailed: boolean
  /** Gives the room behind the last frame back. */
  trim(): Promise<void>
  close(): Promise<void>
}

/** What is known of the file when its first bytes are in it. */
export interface BegunSegment {
  readonly segment: Segment
  readonly salt: number
  readonly written: FrameEnd
  /** Bytes of the file that are allocated. */
  readonly allocated: number
  readonly maxBytes: number
  /** Whether room may be allocated for frames to come. */
  readonly ahead: boolean
  /** Whether there is something in it that is not durable. */
  readonly dirty: boolean
}

/** `file` is open for update; for writes that are durable by themselves a second descriptor is opened on demand. */
export function createActiveSegment(
  fileSystem: FileSystem,
  file: OpenFile,
  begun: BegunSegment,
): ActiveSegment {
  const { segment, salt, maxBytes, ahead } = begun
  let { written, allocated, dirty } = begun
  let durableFile: OpenFile | undefined
  let syncFailed = false
  let scratch = new Uint8Array(64 * 1024)

  /** One buffer is enough: one frame is written at a time. */
  const room = (length: number): Uint8Array => {
    if (scratch.length < length) scratch = new Uint8Array(length)
    return scratch.subarray(0, length)
  }

  const sync = async (): Promise<void> => {
    try {
      await file.sync()
      dirty = false
    } catch (error) {
      syncFailed = true
      throw error
    }
  }

  return {
    segment,
    get written() {
      return written
    },
    append: async (content, durable) => {
      const { body, count } = content
      const length = frameBytes(body.length)
      const end = written.end + length
      const grows = ahead && end > allocated && durable && length * 4 < strideBytes
      const zeros = grows ? Math.max(0, Math.min(strideBytes, maxBytes - end)) : 0
      const bytes = room(length + zeros)
      const chain = writeFrame(bytes, 0, { ...content, salt, chain: written.chain }, body)
      bytes.fill(0, length)
      // Before it is done: a write that fails may have taken a part of it.
      allocated = Math.max(allocated, end + zeros)
      // A durable write covers its own range only.
      if (durable && !dirty) {
        durableFile ??= await fileSystem.open(segment.path, 'durable')
        await durableFile.write(bytes, written.end)
      } else {
        dirty = true
        await file.write(bytes, written.end)
        if (durable) await sync()
      }
      written = { lastSeq: Math.max(written.lastSeq, content.baseSeq + count - 1), end, chain }
    },
    sync,
    get syncFailed() {
      return syncFailed
    },
    trim: async () => {
      if (allocated <= written.end) return
      await file.truncate(written.end)
      allocated = written.end
      await file.sync()
    },
    close: async () => {
      await file.close().catch(() => undefined)
      await durableFile?.close().catch(() => undefined)
    },
  }
}
