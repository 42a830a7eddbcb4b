import { fenced, isDiskFull, isFenced, messageOf, unsynced } from '../errors.ts'
import { bytesOfFrames } from '../format/frame.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Limits } from '../room/limits.ts'
import { rewriteTail } from '../segments/rewrite-tail.ts'
import type { FrameContent, SegmentFile } from '../segments/segment-file.ts'
import { trimSegment } from '../segments/segment-file.ts'
import type { Segments } from '../segments/segments.ts'
import { fenceOf } from '../segments/segments.ts'
import type { Report } from '../status-types.ts'
import type { LatencyHistogram } from './latency-histogram.ts'
import type { NextSegmentInput } from './next-segment.ts'
import { NextSegment } from './next-segment.ts'

/** What frames are written to. */
export interface LogInput
  extends NextSegmentInput, Pick<Limits, 'health'>, Pick<ResolvedOptions<never>, 'stopwatch'> {
  readonly report: Report
  /** Whether the folder is still this writer's; asked after each write and before anything is acknowledged. */
  held(): boolean
  /** More is durable. */
  durable(): void
  readonly latency: LatencyHistogram
}

/** One frame of a group commit. */
export type FrameRequest = Pick<FrameContent, 'body' | 'count' | 'flags'>

/** The segments as one log: frames go to the newest, within the limits of the room, twice where the disk fails once. Calls must not overlap. */
export class Log {
  readonly #input: LogInput
  readonly #segments: Segments
  readonly #next: NextSegment
  #file: SegmentFile | undefined
  #writtenSeq: number
  #certifiedSeq = 0
  /** How often a file was left after an error, and what was under way written again elsewhere. */
  rewrites = 0
  /** Has failed, with records that are not durable. */
  #stranded: SegmentFile | undefined

  constructor(input: LogInput) {
    this.#input = input
    this.#segments = input.segments
    this.#next = new NextSegment(input)
    this.#writtenSeq = input.segments.lastSeq
  }

  /** Newest sequence number that was given, durable or not. */
  get writtenSeq(): number {
    return this.#writtenSeq
  }

  /** Bytes that are not durable yet. */
  get unsyncedBytes(): number {
    return this.#file === undefined || !this.#isDirty ? 0 : this.#file.written.end - this.#file.segment.bytes
  }

  /** Whether a frame says that everything durable is. */
  get certified(): boolean {
    return this.#certifiedSeq >= this.#segments.lastSeq
  }

  /**
   * Writes frames with one write, all or none; with `durable` they are on the disk when it resolves. Gives the first sequence number.
   * What becomes of them says how the journal is. A torn write may leave any of them, so that none may need one before it.
   */
  async write(frames: readonly FrameRequest[], durable: boolean): Promise<number> {
    const { room, health, stopwatch, latency } = this.#input
    const firstSeq = this.#writtenSeq + 1
    const length = bytesOfFrames(frames)
    try {
      for (;;) {
        const fresh = await room.admit(length, () => this.#settle())
        const started = stopwatch.now()
        if (!(await this.#writeTwice(frames, durable, fresh))) continue
        room.written()
        if (durable) latency.add(stopwatch.now() - started)
        health.written()
        return firstSeq
      }
    } catch (error) {
      health.failed(error)
      throw error
    }
  }

  /** Makes everything durable. */
  async sync(): Promise<void> {
    try {
      await this.#sync()
    } catch (error) {
      throw isFenced(error) ? error : unsynced(this.#input.directory, error)
    }
  }

  /** Certifies the last frame, so that damage to it is not taken for a torn write, and other processes may read it. */
  async certify(): Promise<void> {
    if (this.#file === undefined || this.#isDirty || this.#certifiedSeq >= this.#writtenSeq) return
    const certSeq = this.#writtenSeq
    try {
      await this.#file.append(this.#contents([certificate], certSeq), true)
      this.#checkHeld()
      this.#publish(certSeq)
    } catch (error) {
      if (isFenced(error)) throw error
      this.#reportIo(`the last record could not be certified: ${messageOf(error)}`)
      await this.#leave()
    }
  }

  /** Begins a segment without records: what a former writer still appends to its own is never seen. */
  async fence(): Promise<void> {
    await this.#begin(undefined, true, true)
  }

  /** Makes everything durable, certifies it and gives unused room back. */
  async close(): Promise<void> {
    try {
      await this.#sync()
      await this.certify()
      await this.#file?.trim()
    } catch (error) {
      this.#reportIo(`the last segment could not be sealed: ${messageOf(error)}`)
    }
    await this.#leave()
  }

  get #isDirty(): boolean {
    return this.#writtenSeq > this.#segments.lastSeq
  }

  /** `false` where it was refused and waits for room. */
  async #writeTwice(frames: readonly FrameRequest[], durable: boolean, fresh: boolean): Promise<boolean> {
    const { report, room } = this.#input
    try {
      await this.#put(frames, durable, fresh, true)
    } catch (error) {
      if (isFenced(error)) throw error
      const message = `a write failed and is repeated in a new segment: ${messageOf(error)}`
      report({ reason: isDiskFull(error) ? 'disk-full' : 'io', fromSeq: this.#writtenSeq + 1, message })
      this.rewrites += 1
      await this.#leave()
      if (isDiskFull(error)) await room.relieve()
      try {
        // What is left of a full disk is for records.
        await this.#put(frames, durable, true, !isDiskFull(error))
      } catch (again) {
        if (isFenced(again)) throw again
        await this.#leave()
        const refusal = await room.refused(again, bytesOfFrames(frames))
        if (!room.waitsAfter(refusal)) throw refusal
        return false
      }
    }
    return true
  }

  /**
   * Appends frames to the newest segment, or to a new one where they do not fit or `fresh` asks for one, which with `ahead`
   * may take room for more. After a failure the file has to be left.
   */
  async #put(
    frames: readonly FrameRequest[],
    durable: boolean,
    fresh: boolean,
    ahead: boolean,
  ): Promise<void> {
    await this.#rescue()
    const end = (this.#file?.written.end ?? 0) + bytesOfFrames(frames)
    if (this.#file !== undefined && (fresh || end > this.#input.segmentBytes)) {
      await this.#sync()
      await this.#leave()
    }
    const certSeq = this.#segments.lastSeq
    const contents = this.#contents(frames, certSeq)
    const [first, ...rest] = contents
    if (this.#file !== undefined) await this.#file.append(contents, durable)
    else {
      const begun = await this.#begin(first, durable, ahead)
      // Not with the header: two frames behind one that is damaged tell that the first had been durable.
      if (rest.length > 0) await begun.append(rest, durable)
    }
    this.#checkHeld()
    for (const { count } of frames) this.#writtenSeq += count
    if (durable) this.#publish(certSeq)
  }

  async #sync(): Promise<void> {
    const file = this.#file
    if (file !== undefined && this.#isDirty) {
      try {
        await file.sync()
        this.#checkHeld()
        this.#publish()
      } catch (error) {
        if (isFenced(error)) throw error
        this.#reportIo(`a sync failed: ${messageOf(error)}`, file.segment.path)
        await this.#leave()
      }
    }
    await this.#rescue()
  }

  /** Before a wait: whatever was accepted can be read, here and by other processes. */
  async #settle(): Promise<void> {
    this.#checkHeld()
    try {
      await this.sync()
      await this.certify()
    } catch (error) {
      if (isFenced(error)) throw error
      this.#reportIo(messageOf(error))
    }
  }

  #begin(first: FrameContent | undefined, durable: boolean, ahead: boolean): Promise<SegmentFile> {
    const beginning = { baseSeq: this.#writtenSeq + 1, first, durable, ahead }
    const opened = (file: SegmentFile): void => void (this.#file = file)
    return this.#next.begin(beginning, () => this.#checkHeld(), opened)
  }

  /** Never written to again: what a failed write or sync left behind it is unknown. Its records may still get a first sync. */
  async #leave(): Promise<void> {
    const old = this.#file
    if (old === undefined) return
    if (this.#isDirty && !old.syncFailed) {
      await old.sync().then(
        () => this.#publish(),
        () => undefined,
      )
    }
    // Room that is not counted must not be held; where that fails, it is tried again when the next one is begun.
    if (!this.#isDirty && !old.syncFailed) await old.trim().catch(() => this.#next.trimLater(old.segment))
    this.#file = undefined
    await old.close()
    if (this.#isDirty) this.#stranded = old
  }

  /**
   * What was accepted and is not durable is read back, which only what was written can pass the checksums of, and written again
   * elsewhere. Until that succeeds nothing else is written.
   */
  async #rescue(): Promise<void> {
    if (this.#stranded === undefined) return
    const { fileSystem, directory, journalId, positions } = this.#input
    const { segment: old, written } = this.#stranded
    const copy = await rewriteTail(fileSystem, {
      ...{ directory, journalId, positions, lastSeq: this.#writtenSeq, vouchedSeq: old.lastSeq },
      header: { ...this.#next.header(), fence: fenceOf(old) },
      from: { segment: old.segment, path: old.path, bytes: written.end, chain: old.headerChain },
    })
    this.#checkHeld()
    this.#stranded = undefined
    this.#segments.add(copy)
    await trimSegment(fileSystem, old)
    this.#input.durable()
  }

  #contents(frames: readonly FrameRequest[], certSeq: number): readonly FrameContent[] {
    const time = this.#input.clock.now()
    let baseSeq = this.#writtenSeq + 1
    return frames.map(({ body, count, flags }) => {
      // Field by field: a spread takes many times as long.
      const content = { body, count, flags, baseSeq, certSeq, time }
      baseSeq += count
      return content
    })
  }

  #publish(certSeq = 0): void {
    this.#certifiedSeq = Math.max(this.#certifiedSeq, certSeq)
    if (this.#file === undefined) return
    this.#segments.extend(this.#file.segment, this.#file.written)
    this.#input.durable()
  }

  #checkHeld(): void {
    if (!this.#input.held()) throw fenced(this.#input.directory)
  }

  #reportIo(message: string, file?: string): void {
    this.#input.report({ reason: 'io', message, ...(file !== undefined && { file }) })
  }
}

/** Says only that what is before it is durable. */
const certificate: FrameRequest = { body: new Uint8Array(0), count: 0, flags: 0 }
