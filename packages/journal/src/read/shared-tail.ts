import type { FileSystem, OpenFile } from '@tocsin/core'

import { segmentHeaderBytes, segmentSalt } from '../format/segment-header.ts'
import type { FramePlace, FrameReader, SoundFrame } from '../segments/frame-reader.ts'
import { createFrameReaderAt } from '../segments/frame-reader.ts'
import type { Segment } from '../segments/segments.ts'
import { WindowBudget } from '../segments/window-budget.ts'

/** About what a frame takes beside its bytes. */
const overheadBytes = 512

/** What the tail is read from. */
export interface SharedTailInput {
  readonly fileSystem: FileSystem
  readonly journalId: string
  readonly windows: WindowBudget
  /** Most bytes of frames that are kept for those who come later. */
  readonly bytes: number
}

interface Held {
  readonly segment: Segment
  readonly frame: SoundFrame
}

/** One reading of the tail: consecutive sound frames, from where the durable records once ended. */
interface Run {
  /** `undefined` before the first of a journal. */
  segment: Segment | undefined
  /** Where its file is opened. */
  place: FramePlace
  file: OpenFile | undefined
  frames: FrameReader | undefined
  /** First record behind what was read. */
  nextSeq: number
  held: Held[]
  heldBytes: number
  reading: Promise<void> | undefined
}

/**
 * Reads what becomes durable once for all who follow, when the first of them wants it, and keeps it for the others, the newest
 * first. Whatever is not as it should be ends it: everybody then reads for himself, and finds the damage.
 */
export class SharedTail {
  readonly #input: SharedTailInput
  #run: Run | undefined
  /** Who reads here, and what each wanted last. */
  readonly #followers = new Map<object, number>()
  /** Those that have everything that was read. */
  readonly #atEnd = new Set<object>()

  constructor(input: SharedTailInput) {
    this.#input = input
  }

  /** A follower has everything that is durable, and wants this record next. */
  join(follower: object, newest: Segment | undefined, seq: number): void {
    // Its end is that of the last record, and known.
    if (newest !== undefined && newest.lastSeq + 1 !== seq) return
    let run = this.#run
    if (run === undefined || (run.nextSeq < seq && !this.#canCatchUp(run, newest))) {
      if (run !== undefined) void this.#end(run)
      run = { segment: newest, place: endOf(newest), nextSeq: seq, ...empty() }
      this.#run = run
    }
    this.#note(run, follower, seq)
    if (this.#isDone && run.reading === undefined) run.frames?.release()
  }

  /** The frame that holds the record, which is durable in this segment; `undefined` where it is not to be had here. */
  async frame(follower: object, segment: Segment, seq: number): Promise<SoundFrame | undefined> {
    const run = this.#run
    if (run === undefined) return undefined
    const isHere = seq <= run.nextSeq || this.#followers.has(follower)
    if (!isHere || seq < (run.held[0]?.frame.baseSeq ?? run.nextSeq)) {
      await this.leave(follower)
      return undefined
    }
    this.#note(run, follower, seq)
    while (this.#run === run && run.nextSeq <= seq) {
      run.reading ??= this.#read(run, segment).finally(() => {
        run.reading = undefined
      })
      await run.reading
    }
    const held = this.#run === run ? heldAt(run.held, seq) : undefined
    return held?.segment === segment ? held.frame : undefined
  }

  /** Resolves when nothing is open for it any more. */
  async leave(follower: object): Promise<void> {
    this.#followers.delete(follower)
    this.#atEnd.delete(follower)
    const run = this.#run
    if (run === undefined) return
    if (this.#followers.size === 0) await this.#end(run)
    else if (this.#isDone) forget(run)
  }

  get #isDone(): boolean {
    return this.#atEnd.size === this.#followers.size
  }

  /** What lies between would be kept anyway. */
  #canCatchUp(run: Run, newest: Segment | undefined): boolean {
    return run.segment === newest && (newest?.bytes ?? 0) - run.place.offset <= this.#input.bytes
  }

  #note(run: Run, follower: object, seq: number): void {
    this.#followers.set(follower, seq)
    if (seq !== run.nextSeq) this.#atEnd.delete(follower)
    else {
      this.#atEnd.add(follower)
      // Nobody needs what all have.
      if (this.#isDone) forget(run)
    }
  }

  /** One frame with records, or the end of the run. */
  async #read(run: Run, segment: Segment): Promise<void> {
    // Taken together and before reading: a commit may extend both meanwhile.
    const { lastSeq, bytes } = segment
    try {
      if (run.segment !== segment && !(await this.#move(run, segment))) return
      for (;;) {
        const frames = await this.#open(run, segment)
        const frame = await frames.next(bytes)
        if (this.#run !== run) return
        const { nextSeq } = run
        if (frame?.body === undefined || frame.baseSeq > lastSeq + 1) break
        run.place = { offset: frame.end, chain: frame.checksum }
        if (frame.baseSeq + frame.count <= nextSeq) continue
        if (frame.baseSeq !== nextSeq || frame.baseSeq > lastSeq) break
        this.#keep(run, segment, frame as SoundFrame)
        return
      }
    } catch {
      // Whoever reads for himself comes upon it.
    }
    void this.#end(run)
  }

  /** To the segment behind: `false` where it does not begin with the next record. */
  async #move(run: Run, segment: Segment): Promise<boolean> {
    if (segment.baseSeq !== run.nextSeq) {
      void this.#end(run)
      return false
    }
    const { file, frames } = run
    run.segment = segment
    run.place = { offset: segmentHeaderBytes, chain: segment.headerChain }
    run.file = undefined
    run.frames = undefined
    frames?.release()
    await file?.close().catch(() => undefined)
    return this.#run === run
  }

  async #open(run: Run, { path, segment }: Segment): Promise<FrameReader> {
    if (run.frames !== undefined) return run.frames
    const { fileSystem, journalId, windows } = this.#input
    const salt = segmentSalt(journalId, segment)
    run.file = await fileSystem.open(path, 'read')
    run.frames = createFrameReaderAt(run.file, salt, run.place, windows)
    return run.frames
  }

  #keep(run: Run, segment: Segment, frame: SoundFrame): void {
    run.held.push({ segment, frame: { ...frame, shared: true } })
    run.heldBytes += sizeOf(frame)
    if (run.heldBytes > this.#input.bytes) dropOldest(run, this.#input.bytes)
    run.nextSeq = frame.baseSeq + frame.count
    this.#atEnd.clear()
  }

  /** Those who followed find that it is over when they come again. */
  async #end(run: Run): Promise<void> {
    if (this.#run === run) {
      this.#run = undefined
      this.#followers.clear()
      this.#atEnd.clear()
    }
    forget(run)
    await run.reading
    run.frames?.release()
    await run.file?.close().catch(() => undefined)
  }
}

/** Where the durable frames of a segment end. */
export const endOf = (segment: Segment | undefined): FramePlace => {
  const { bytes = segmentHeaderBytes, chain = 0 } = segment ?? {}
  return { offset: bytes, chain: chain === 0 ? undefined : chain }
}

const empty = (): Pick<Run, 'held' | 'heldBytes' | 'file' | 'frames' | 'reading'> => ({
  ...{ held: [], heldBytes: 0, file: undefined, frames: undefined, reading: undefined },
})

const sizeOf = ({ bytes }: SoundFrame): number => bytes.length + overheadBytes

function forget(run: Run): void {
  run.held = []
  run.heldBytes = 0
}

/** Several at a time, since the others move up; the newest stays, however large it is. */
function dropOldest(run: Run, most: number): void {
  let dropped = 0
  for (const { frame } of run.held.slice(0, -1)) {
    if (run.heldBytes <= most - most / 8) break
    run.heldBytes -= sizeOf(frame)
    dropped += 1
  }
  run.held.splice(0, dropped)
}

/** Binary search: they are consecutive. */
function heldAt(held: readonly Held[], seq: number): Held | undefined {
  let low = 0
  let high = held.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((held[middle]?.frame.baseSeq ?? 0) <= seq) low = middle + 1
    else high = middle
  }
  const found = held[low - 1]
  return found !== undefined && seq < found.frame.baseSeq + found.frame.count ? found : undefined
}

/** What all readers of a journal have in common; without bytes they share no tail. */
export function sharedReading(
  input: Pick<SharedTailInput, 'fileSystem' | 'journalId'>,
  bytes: number,
): Pick<SharedTailInput, 'fileSystem' | 'windows'> & { readonly tail: SharedTail | undefined } {
  const windows = new WindowBudget()
  const tail = bytes === 0 ? undefined : new SharedTail({ ...input, windows, bytes })
  return { fileSystem: input.fileSystem, windows, tail }
}
