import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { bytesOfFrames, flagCheckedPositions, frameBytes, frameHistory, writeFrame } from '../format/frame.ts'
import type { Positions } from '../format/positions.ts'
import { encodePositions } from '../format/positions.ts'
import type { SegmentHeader } from '../format/segment-header.ts'
import {
  encodeSegmentHeader,
  headerChain,
  segmentHeaderBytes,
  segmentName,
  segmentSalt,
} from '../format/segment-header.ts'
import { withOpenFile } from './segment-scan.ts'
import type { FrameEnd, Segment } from './segments.ts'
import type { SpareSegment } from './spare-segment.ts'

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

/** The segment to begin. */
export interface SegmentBeginning {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  readonly header: SegmentHeader
  /** Length at which the next segment is begun. */
  readonly maxBytes: number
  readonly positions: Positions
  /** Its first frame, written together with the header; without one the segment only fences off the one before. */
  readonly first: FrameContent | undefined
  readonly durable: boolean
  /** Whether room may be allocated for frames to come. */
  readonly ahead: boolean
  readonly spare: SpareSegment
}

/** The segment that is written to. One frame is written at a time. */
export class SegmentFile {
  readonly segment: Segment
  readonly #fileSystem: FileSystem
  /** Open for update; for writes that are durable by themselves a second descriptor is opened on demand. */
  readonly #file: OpenFile
  #durableFile: OpenFile | undefined
  readonly #salt: number
  readonly #maxBytes: number
  readonly #ahead: boolean
  #written: FrameEnd
  /** Bytes of the file that are allocated. */
  #allocated: number
  /** Whether there is something in it that is not durable. */
  #dirty: boolean
  #syncFailed = false
  #scratch = new Uint8Array(64 * 1024)

  private constructor(
    { fileSystem, journalId, header, maxBytes, ahead, durable }: SegmentBeginning,
    file: OpenFile,
    segment: Segment,
    begun: { readonly written: FrameEnd; readonly allocated: number },
  ) {
    this.segment = segment
    this.#fileSystem = fileSystem
    this.#file = file
    this.#salt = segmentSalt(journalId, header.segment)
    this.#maxBytes = maxBytes
    this.#ahead = ahead
    this.#written = begun.written
    this.#allocated = begun.allocated
    this.#dirty = !durable
  }

  /**
   * A new file with its first frame, with `durable` on the disk. Name, header and positions always are: the segments before it,
   * which say the same, may go at once. It takes the next number that is free: one may have been left behind by a writer that
   * had lost the folder; `checkHeld` throws where it is this writer that has lost it.
   */
  static async begin(beginning: SegmentBeginning, checkHeld: () => void): Promise<SegmentFile> {
    let { header } = beginning
    for (;;) {
      try {
        return await SegmentFile.#begin({ ...beginning, header })
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
        checkHeld()
        header = { ...header, segment: header.segment + 1 }
      }
    }
  }

  static async #begin(beginning: SegmentBeginning): Promise<SegmentFile> {
    const { fileSystem, directory, header, first, durable, spare } = beginning
    const { segment, baseSeq, fence, time } = header
    const path = `${directory}/${segmentName(segment)}`
    const { bytes, chain, history, headBytes } = compose(beginning)
    const durableBytes = durable ? bytes.length : headBytes
    const { file, allocated } = await openNew(fileSystem, path, spare)
    try {
      await file.write(bytes.subarray(0, durableBytes), 0)
      await file.sync()
      await fileSystem.syncDirectory(directory)
      if (durableBytes < bytes.length) await file.write(bytes.subarray(durableBytes), durableBytes)
    } catch (error) {
      await file.close().catch(() => undefined)
      // Nothing in it was acknowledged. Where it stays, the next segment's fence hides it.
      await fileSystem.remove(path).catch(() => undefined)
      throw error
    }
    const head = headerChain(bytes)
    const begun: Segment = {
      ...{ segment, path, baseSeq, time, fence, headerChain: head, chain: head },
      ...{ lastSeq: baseSeq - 1, bytes: segmentHeaderBytes, history: fence.history },
    }
    const lastSeq = baseSeq - 1 + (first?.count ?? 0)
    return new SegmentFile(beginning, file, begun, {
      written: { lastSeq, end: bytes.length, chain, history },
      allocated: Math.max(allocated, bytes.length),
    })
  }

  /** Behind the last frame that was written, durable or not. */
  get written(): FrameEnd {
    return this.#written
  }

  /** A sync failed: another one could succeed without the bytes being there. */
  get syncFailed(): boolean {
    return this.#syncFailed
  }

  /** Appends frames with one write; with `durable` they and everything before them are on the disk when this resolves. */
  async append(contents: readonly FrameContent[], durable: boolean): Promise<void> {
    const at = this.#written.end
    const length = bytesOfFrames(contents)
    const end = at + length
    const grows = this.#ahead && end > this.#allocated && durable && length * 4 < strideBytes
    const zeros = grows ? Math.max(0, Math.min(strideBytes, this.#maxBytes - end)) : 0
    const bytes = this.#buffer(length + zeros)
    const { chain, history } = writeFrames(bytes, 0, this.#written, this.#salt, contents)
    bytes.fill(0, length)
    // Before it is done: a write that fails may have taken a part of it.
    this.#allocated = Math.max(this.#allocated, end + zeros)
    // A durable write covers its own range only.
    if (durable && !this.#dirty) {
      this.#durableFile ??= await this.#fileSystem.open(this.segment.path, 'durable')
      await this.#durableFile.write(bytes, at)
    } else {
      this.#dirty = true
      await this.#file.write(bytes, at)
      if (durable) await this.sync()
    }
    const last = contents.at(-1)
    const lastSeq = Math.max(this.#written.lastSeq, last === undefined ? 0 : last.baseSeq + last.count - 1)
    this.#written = { lastSeq, end, chain, history }
  }

  async sync(): Promise<void> {
    try {
      await this.#file.sync()
      this.#dirty = false
    } catch (error) {
      this.#syncFailed = true
      throw error
    }
  }

  /** Gives the room behind the last frame back. */
  async trim(): Promise<void> {
    const { end } = this.#written
    if (this.#allocated <= end) return
    await this.#file.truncate(end)
    this.#allocated = end
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await this.#durableFile?.close().catch(() => undefined)
  }

  /** One is enough for all frames. */
  #buffer(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length)
    return this.#scratch.subarray(0, length)
  }
}

/**
 * Gives the room behind the end of a segment back, which the fence of the next one has made durable: without it every crash
 * would leave a segment that takes more than is counted. What fails costs only the room.
 */
export async function trimSegment(
  fileSystem: FileSystem,
  { path, bytes }: Pick<Segment, 'path' | 'bytes'>,
): Promise<void> {
  await withOpenFile(fileSystem, path, 'update', async (file) => {
    if ((await file.size()) > bytes) await file.truncate(bytes)
  }).catch(() => undefined) // It goes with its segment.
}

async function openNew(
  fileSystem: FileSystem,
  path: string,
  spare: SpareSegment,
): Promise<{ file: OpenFile; allocated: number }> {
  const recycled = await spare.use(path).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw error
    return undefined
  })
  if (recycled === undefined) return { file: await fileSystem.open(path, 'create'), allocated: 0 }
  return { file: await fileSystem.open(path, 'update'), allocated: recycled }
}

/** Header, how far other journals have come, and behind `headBytes` the first frame. */
function compose({ journalId, header, positions, first }: SegmentBeginning): {
  bytes: Uint8Array
  chain: number
  history: number
  headBytes: number
} {
  const salt = segmentSalt(journalId, header.segment)
  const head = encodeSegmentHeader(header, journalId)
  const { baseSeq, time } = header
  const known = encodePositions(positions)
  const certSeq = baseSeq - 1
  const contents: FrameContent[] = []
  if (known.length > 0)
    contents.push({ body: known, count: 0, flags: flagCheckedPositions, baseSeq, certSeq, time })
  if (first !== undefined) contents.push(first)
  const length = head.length + bytesOfFrames(contents)
  const bytes = new Uint8Array(length)
  bytes.set(head)
  const before = { chain: headerChain(head), history: header.fence.history }
  const { chain, history } = writeFrames(bytes, head.length, before, salt, contents)
  const headBytes = first === undefined ? length : length - frameBytes(first.body.length)
  return { bytes, chain, history, headBytes }
}

/** Writes frames one behind the other, each chained to the one before it. */
function writeFrames(
  into: Uint8Array,
  begin: number,
  before: { readonly chain: number; readonly history: number },
  salt: number,
  contents: readonly FrameContent[],
): { readonly chain: number; readonly history: number } {
  let at = begin
  let { chain, history } = before
  // Field by field: a spread takes longer than all else here.
  for (const { body, count, flags, baseSeq, certSeq, time } of contents) {
    chain = writeFrame(into, at, { count, flags, baseSeq, certSeq, time, salt, chain, history }, body)
    history = frameHistory(into, at)
    at += frameBytes(body.length)
  }
  return { chain, history }
}
