import { frameBytes } from '../format/frame.ts'
import type { SegmentHeader } from '../format/segment-header.ts'
import { noFence } from '../format/segment-header.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Recovered } from '../recover/recovery.ts'
import type { Limits } from '../room/limits.ts'
import type { SegmentBeginning } from '../segments/segment-file.ts'
import { SegmentFile, trimSegment } from '../segments/segment-file.ts'
import type { Segment } from '../segments/segments.ts'
import { fenceOf } from '../segments/segments.ts'

/** What segments are begun with. */
export interface NextSegmentInput
  extends
    Pick<Recovered, 'segments' | 'nextSegment' | 'epoch' | 'positions'>,
    Pick<Limits, 'spare' | 'room'>,
    Pick<ResolvedOptions<never>, 'fileSystem' | 'segmentBytes' | 'clock'> {
  readonly directory: string
  readonly journalId: string
}

/** How one is begun. */
interface NextBeginning extends Pick<SegmentBeginning, 'first' | 'durable' | 'ahead'> {
  readonly baseSeq: number
}

/** The segment that comes next: its number, where the one before ended, and what goes when it is begun. */
export class NextSegment {
  readonly #input: NextSegmentInput
  #number: number
  /** To be trimmed: those of earlier lives, which may have ended without it (what one wrote, what opening wrote again). */
  readonly #former: Segment[]

  constructor(input: NextSegmentInput) {
    this.#input = input
    this.#number = input.nextSegment
    this.#former = input.segments.list().slice(-4)
  }

  /** Its number is not given twice, even if it fails: what is left of a file must not be taken for the next one. */
  header(): Omit<SegmentHeader, 'baseSeq' | 'fence'> {
    const { epoch, clock, segments } = this.#input
    const segment = this.#number
    this.#number += 1
    return { segment, epoch, evictedSeq: segments.evictedSeq, time: clock.now() }
  }

  /** Once another one has been begun. */
  trimLater(segment: Segment): void {
    this.#former.push(segment)
  }

  /** Begins it behind all others; `opened` gets it before anything else is done. */
  async begin(
    { baseSeq, first, ...how }: NextBeginning,
    checkHeld: () => void,
    opened: (file: SegmentFile) => void,
  ): Promise<SegmentFile> {
    const { fileSystem, segments, room, segmentBytes: maxBytes } = this.#input
    const { newest } = segments
    // One without records would only be in the way.
    const empty = newest !== undefined && newest.fence !== undefined && newest.lastSeq < newest.baseSeq
    const fence = (empty ? newest.fence : newest && fenceOf(newest)) ?? noFence
    const victims = room.victims(frameBytes(first?.body.length ?? 0))
    const evictedSeq = Math.max(segments.evictedSeq, ...victims.map(({ lastSeq }) => lastSeq))
    const header = { ...this.header(), evictedSeq, baseSeq, fence }
    const file = await SegmentFile.begin({ ...this.#input, ...how, header, maxBytes, first }, checkHeld)
    opened(file)
    this.#number = file.segment.segment + 1
    checkHeld()
    segments.add(file.segment)
    if (empty) await segments.drop(newest, (path) => fileSystem.remove(path))
    // Their ends are in fences now.
    for (const ended of this.#former.splice(0)) await trimSegment(fileSystem, ended)
    await room.evict(victims)
    return file
  }
}
