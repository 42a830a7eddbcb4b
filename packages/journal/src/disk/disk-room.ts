import { codeOf, JournalError, messageOf } from '../errors.ts'
import { segmentHeaderBytes } from './segment-header.ts'
import type { Segment, Segments } from './segments.ts'

/** Decides whether there is room for a frame, and makes some. */
export interface DiskRoom {
  /** Resolves when a frame of this length may be written. Rejects with `JOURNAL_FULL`. */
  admit(length: number): Promise<void>
  /** What goes when a segment is begun with a frame of this length. */
  victims(length: number): readonly Segment[]
  /** Removes what {@link DiskRoom.victims} named, once a segment says that it is gone. */
  evict(victims: readonly Segment[]): Promise<void>
  /** The error of a write that failed twice. */
  refused(error: unknown): JournalError
}

/** What room is judged by. */
export interface DiskRoomInput {
  readonly directory: string
  readonly segments: Segments
  readonly segmentBytes: number
  readonly maxBytes: number
  readonly whenFull: 'reject' | 'drop-oldest'
  /** Removes what was evicted. */
  evict(victims: readonly Segment[]): Promise<void>
}

const fullCodes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export const isDiskFull = (error: unknown): boolean => fullCodes.has(codeOf(error))

export function createDiskRoom(input: DiskRoomInput): DiskRoom {
  const { directory, segments, segmentBytes, maxBytes, whenFull } = input
  return {
    victims: (length) =>
      whenFull === 'drop-oldest'
        ? segments.victims(maxBytes - Math.max(segmentBytes, segmentHeaderBytes + length))
        : [],
    evict: (victims) => input.evict(victims),
    admit: async (length) => {
      if (whenFull === 'drop-oldest' || segments.bytes + segmentHeaderBytes + length <= maxBytes) return
      throw new JournalError(
        'JOURNAL_FULL',
        `${directory} holds ${segments.bytes} of ${maxBytes} bytes; let its subscribers catch up, remove one, or raise maxBytes`,
        { bytes: segments.bytes, maxBytes },
      )
    },
    refused: (error) =>
      isDiskFull(error)
        ? new JournalError(
            'JOURNAL_FULL',
            `the disk of ${directory} is full: ${messageOf(error)}; later appends try again`,
            { directory },
            error,
          )
        : new JournalError(
            'JOURNAL_IO',
            `${directory} cannot be written: ${messageOf(error)}; mend the disk, later appends try again`,
            { directory },
            error,
          ),
  }
}
