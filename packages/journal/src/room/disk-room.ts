import type { FileSystem } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'

import { isDiskFull, JournalError, mendDisk, messageOf } from '../errors.ts'
import { segmentHeaderBytes } from '../format/segment-header.ts'
import type { FullPolicy } from '../options.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import type { SpareSegment } from '../segments/spare-segment.ts'
import type { FullReason } from '../status-types.ts'
import { createFreeSpace } from './free-space.ts'
import type { Pins } from './pins.ts'
import type { Retention } from './retention.ts'
import { createRoomWatch } from './room-watch.ts'

/** What must be free beyond a frame, so that a disk at its end does not go to and fro. */
const marginBytes = 64 * 1024

/** Decides whether there is room for a frame, and makes some. */
export interface DiskRoom {
  /** Free bytes of the file system, as last seen. */
  readonly freeBytes: number | undefined
  /** Whether the disk itself lacks room, so that nothing is put aside. */
  readonly scarce: boolean
  /**
   * Resolves when a frame of this length may be written; with `true` where a segment must be begun for it, since what that
   * evicts makes the room. Rejects with `JOURNAL_FULL`. `settle` is called before it waits: what was accepted must be
   * durable, since only what is read gives room.
   */
  admit(length: number, settle: () => Promise<void>): Promise<boolean>
  /** What goes when a segment is begun with a frame of this length. */
  victims(length: number): readonly Segment[]
  /** Removes what {@link DiskRoom.victims} named, once a segment says that it is gone. */
  evict(victims: readonly Segment[]): Promise<void>
  /** The disk refused a frame: gives back what can be spared. */
  relieve(): Promise<void>
  /** The error of a write of this length that failed twice. */
  refused(error: unknown, length: number): Promise<JournalError>
  /** Whether a frame that was refused with this error waits for room and is tried again. */
  waitsAfter(error: unknown): boolean
  /** A frame was written. */
  written(): void
  /** Something was removed. */
  freed(): void
  /** Nothing waits any longer. */
  stop(): void
}

/** What room is judged by. */
export interface DiskRoomInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly segments: Segments
  readonly segmentBytes: number
  readonly maxBytes: number
  readonly minFreeBytes: number
  readonly whenFull: FullPolicy
  readonly scheduler: SchedulerLike
  readonly spare: SpareSegment
  readonly pins: Pins
  readonly retention: Pick<Retention, 'evict' | 'releasable' | 'shrink'>
  /** It is full, for this reason, or not any more. */
  changed(reason: FullReason | undefined): void
}

/** What is missing. */
interface Shortage {
  readonly reason: FullReason
  readonly error: JournalError
}

export function createDiskRoom(input: DiskRoomInput): DiskRoom {
  const { directory, segments, scheduler, whenFull, retention, minFreeBytes, maxBytes } = input
  const space = createFreeSpace(input, () => scheduler.now())
  const margin = Math.min(marginBytes, input.segmentBytes)
  let full: FullReason | undefined
  let scarce = false
  let lastLength = 0

  const evicts = (): boolean =>
    whenFull === 'drop-oldest' || (whenFull === 'evict-subscriber' && input.pins.readSeq !== undefined)
  const fits = (length: number): boolean =>
    whenFull === 'drop-oldest' || segments.bytes + segmentHeaderBytes + length <= maxBytes

  const enter = (reason: FullReason): void => {
    if (full !== reason) input.changed(reason)
    full = reason
    if (reason !== 'max-bytes' || whenFull === 'block') watch.lookLater()
  }
  const leave = (): void => {
    scarce = false
    if (full !== undefined) input.changed(undefined)
    full = undefined
  }

  /** With `tries`, a disk that refused a frame without telling why is tried once in a while. */
  const shortageOf = async (length: number, tries: boolean): Promise<Shortage | undefined> => {
    if (scarce) await space.look()
    else await space.before(length, minFreeBytes > 0 ? minFreeBytes : -Infinity)
    const { refusal, bytes: free = Infinity } = space
    if (refusal !== undefined && !space.canTake(length + margin, tries ? scheduler.now() : undefined)) {
      return { reason: 'disk', error: diskFull(directory, refusal.error) }
    }
    if (minFreeBytes > 0 && free < minFreeBytes + length + (scarce ? margin : 0)) {
      return { reason: 'min-free', error: tooLittleFree(directory, free, minFreeBytes) }
    }
    return fits(length)
      ? undefined
      : { reason: 'max-bytes', error: atLimit(directory, segments.bytes, maxBytes) }
  }
  const watch = createRoomWatch(scheduler, async () => {
    if (full === undefined) return
    if ((await shortageOf(lastLength, false)) === undefined) leave()
    else if (full !== 'max-bytes') watch.lookLater()
  })

  /** What the policy gives up so that a segment with this frame fits. */
  const sacrifices = (length: number): readonly Segment[] => {
    if (!evicts()) return []
    const needed = Math.max(input.segmentBytes, segmentHeaderBytes + length)
    const lacking = scarce ? Math.max(0, minFreeBytes + needed - (space.bytes ?? Infinity)) : 0
    const victims = segments.victims(Math.min(maxBytes - needed, segments.bytes - lacking))
    const lastSeq = victims.at(-1)?.lastSeq ?? 0
    if (whenFull === 'evict-subscriber') {
      while ((input.pins.releasedSeq() ?? lastSeq) < lastSeq && input.pins.expireSlowest());
    }
    return victims
  }
  const victims = (length: number): readonly Segment[] => {
    const forRoom = sacrifices(length)
    const released = retention.releasable()
    return forRoom.length >= released.length ? forRoom : released
  }

  /** Removes the oldest segment: what everybody has read before what is given up. */
  const relieve = async (gives: boolean): Promise<void> => {
    // While it is scarce none is put aside.
    if (!scarce) await input.spare.drop().catch(() => undefined)
    scarce = true
    const { count } = segments
    await retention.shrink(segments.bytes - 1)
    // Their mark comes with the segment that takes the frame: there is no room to write it before.
    if (segments.count === count && gives && evicts()) {
      await retention.evict(segments.victims(segments.bytes - 1))
    }
  }
  /** Whether a frame fits once these are gone. */
  const makeRoom = (gone: readonly Segment[], { reason }: Shortage, length: number): boolean =>
    gone.length > 0 &&
    (reason === 'min-free' ||
      segmentHeaderBytes + length <=
        maxBytes - gone.reduce((left, { bytes }) => left - bytes, segments.bytes))
  /** Whether something was removed that costs no record, or on a full disk what the policy gives up. */
  const spared = async ({ reason }: Shortage, length: number): Promise<boolean> => {
    const { count } = segments
    const first = !scarce
    if (reason === 'max-bytes') await retention.shrink(maxBytes - segmentHeaderBytes - length)
    else await relieve(reason === 'disk')
    return segments.count < count || (first && scarce)
  }

  return {
    get freeBytes() {
      return space.bytes
    },
    get scarce() {
      return scarce
    },
    victims,
    evict: (gone) => retention.evict(gone),
    admit: async (length, settle) => {
      lastLength = length
      for (;;) {
        const shortage = await shortageOf(length, true)
        if (shortage === undefined) {
          if (space.refusal === undefined) leave()
          return false
        }
        if (await spared(shortage, length)) continue
        if (shortage.reason !== 'disk' && makeRoom(victims(length), shortage, length)) return true
        enter(shortage.reason)
        if (whenFull !== 'block' || watch.stopped) throw shortage.error
        await watch.waitAfter(settle)
      }
    },
    relieve: () => relieve(true),
    refused: async (error, length) => {
      if (!isDiskFull(error)) return cannotWrite(directory, error)
      await space.refuse(error)
      scarce = true
      lastLength = length
      enter('disk')
      return diskFull(directory, error)
    },
    waitsAfter: (error) =>
      whenFull === 'block' &&
      !watch.stopped &&
      error instanceof JournalError &&
      error.code === 'JOURNAL_FULL',
    written: () => {
      space.accept()
      leave()
    },
    freed: () => {
      watch.notify()
      if (full === 'max-bytes' && fits(lastLength)) leave()
    },
    stop: () => watch.stop(),
  }
}

const atLimit = (directory: string, bytes: number, maxBytes: number): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `${directory} holds ${bytes} of ${maxBytes} bytes; let its subscribers catch up, remove one, or raise maxBytes`,
    { bytes, maxBytes },
  )

const tooLittleFree = (directory: string, freeBytes: number, minFreeBytes: number): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `the disk of ${directory} has ${freeBytes} bytes left and ${minFreeBytes} are to stay free; make room there or lower minFreeBytes`,
    { freeBytes, minFreeBytes },
  )

const diskFull = (directory: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `the disk of ${directory} is full: ${messageOf(error)}; make room there, later appends try again`,
    { directory },
    error,
  )

const cannotWrite = (directory: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_IO',
    `${directory} cannot be written: ${mendDisk(error, 'mend the disk')}, later appends try again`,
    { directory },
    error,
  )
