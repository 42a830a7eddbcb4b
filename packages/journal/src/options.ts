import type { Check, Checks, Defined, Clock, FileSystem, Logger } from '@tocsin/core'
import { flag, oneOf, port, resolveOptions, silentLogger, wholeNumber } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import type { SchedulerLike } from 'rxjs'
import { asyncScheduler } from 'rxjs'

import { JournalError } from './errors.ts'
import type { Codec } from './format/codec.ts'
import { bytesCodec } from './format/codec.ts'
import type { BatchesOptions, FramesOptions, Position } from './reading-types.ts'
import type { AppendFrameOptions, Durability } from './types.ts'

/**
 * What happens at `maxBytes`, below `minFreeBytes` and on a full disk, after segments that everybody has read are gone.
 * `'reject'`: appends reject with `JOURNAL_FULL`. `'block'`: they wait, up to `maxPending`, until something is read and removed
 * or the disk has room; `close()` ends the wait with `JOURNAL_FULL`. `'drop-oldest'`: the oldest segments are removed, and
 * whoever had not read them gets a gap. `'evict-subscriber'`: the slowest subscriber holds nothing any more until it moves
 * again, and gets a gap; without subscribers as `'reject'`. Neither of the last two removes the newest segment: where that is
 * not enough, appends reject.
 */
export type FullPolicy = 'reject' | 'block' | 'drop-oldest' | 'evict-subscriber'

/** How a journal is kept. */
export interface JournalOptions<T = Uint8Array> {
  /** How records become bytes. @defaultValue `bytesCodec()`: records are `Uint8Array` */
  readonly codec?: Codec<T> | undefined
  /** When appends resolve unless they say otherwise: see {@link Durability}. @defaultValue 'commit' */
  readonly durability?: Durability | undefined
  /** Longest time in ms that a record of durability `'interval'` waits for its sync. @defaultValue 50 */
  readonly syncIntervalMs?: number | undefined
  /** Bytes of durability `'interval'` after which a sync is not waited for. @defaultValue 4 MiB */
  readonly syncBytes?: number | undefined
  /**
   * Bytes after which a new segment file is begun, exceeded only by one large record; whole segments are what is removed. One more
   * journal than there are 64 bytes of it is not copied into this one: each segment begins with how far each has come.
   * @defaultValue 16 MiB
   */
  readonly segmentBytes?: number | undefined
  /**
   * Most bytes of all segments; at least twice `segmentBytes`. On disk they take at most two segments more: one that is made
   * ready and one that is filled. @defaultValue 4 GiB
   */
  readonly maxBytes?: number | undefined
  /**
   * Bytes of the file system that stay free; where less is left, the journal is full too. Looked at when a segment is begun and
   * after every 4 MiB. 0: the disk may be filled. @defaultValue 64 MiB
   */
  readonly minFreeBytes?: number | undefined
  /** What happens when the journal is full: see {@link FullPolicy}. @defaultValue 'reject' */
  readonly whenFull?: FullPolicy | undefined
  /**
   * Time in ms for which records are kept though every subscriber has read them, so that history can be replayed; by whole
   * segments, and never beyond `maxBytes`. Without any subscriber nothing counts as read, and all is kept. @defaultValue 0
   */
  readonly keepMs?: number | undefined
  /** Bytes that are kept in the same way; with both, what either keeps. @defaultValue 0 */
  readonly keepBytes?: number | undefined
  /**
   * Longest time in ms that an acknowledgement waits for its sync; one that is lost by a power cut brings records again. It
   * survives the end of the process at once. @defaultValue 1000
   */
  readonly cursorSyncMs?: number | undefined
  /** Records that may wait for the disk; beyond it appends reject with `JOURNAL_BUSY`. @defaultValue 65536 */
  readonly maxPending?: number | undefined
  /**
   * Bytes of records that may wait for the disk, encoded; where as many wait, appends reject with `JOURNAL_BUSY`, so that the last one
   * may go beyond it. As many again for each `write()` and each `writeBatches()`. @defaultValue 64 MiB
   */
  readonly maxPendingBytes?: number | undefined
  /**
   * Bytes of the newest frames that are kept for subscribers that follow at different speeds, so that each byte is read once for
   * all of them: what all have is not kept, who falls behind it reads for itself. 0: each reads for itself. @defaultValue 8 MiB
   */
  readonly tailBytes?: number | undefined
  /** Where the files are. The folder is locked against other processes only with the default. @defaultValue the machine's files */
  readonly fileSystem?: FileSystem | undefined
  /** Time of segments, frames and problems. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
  /** Measures how long commits take: a clock that never jumps, of which only differences count, in ms. @defaultValue `performance` */
  readonly stopwatch?: Clock | undefined
  /** Wakes the journal up: for syncs that wait, a full disk, history whose time is over, `stats$()`. @defaultValue `asyncScheduler` of rxjs */
  readonly scheduler?: SchedulerLike | undefined
  /** Gets problems as warnings, at most ten a second for each reason. @defaultValue logs nothing, the process warns: see `problems` */
  readonly logger?: Logger | undefined
}

/** All options with a value. */
export type ResolvedOptions<T> = Defined<JournalOptions<T>>

/** What `openJournal` does unless told otherwise; the codec is `bytesCodec()`. */
export const defaultJournalOptions: Defined<Omit<JournalOptions, 'codec'>> = Object.freeze({
  durability: 'commit',
  syncIntervalMs: 50,
  syncBytes: 4 * 1024 * 1024,
  segmentBytes: 16 * 1024 * 1024,
  maxBytes: 4 * 1024 * 1024 * 1024,
  minFreeBytes: 64 * 1024 * 1024,
  whenFull: 'reject',
  keepMs: 0,
  keepBytes: 0,
  cursorSyncMs: 1000,
  maxPending: 65_536,
  maxPendingBytes: 64 * 1024 * 1024,
  tailBytes: 8 * 1024 * 1024,
  fileSystem: nodeFileSystem,
  clock: asyncScheduler,
  stopwatch: performance,
  scheduler: asyncScheduler,
  logger: silentLogger,
})

const minSegmentBytes = 4096

/** What {@link Durability} may be. */
export const durabilities: Check = oneOf('commit', 'interval', 'os')

const isName = (name: unknown): boolean => typeof name === 'string' && name !== ''

/** What a codec must have. */
export const checkCodec: Check = (value) =>
  port('encode', 'decode')(value) ??
  (isName((value as Codec<never>).name) ? undefined : 'a codec whose name is a string that is not empty')

const checks: Checks<ResolvedOptions<never>> = {
  codec: checkCodec,
  durability: durabilities,
  syncIntervalMs: wholeNumber(1, 3_600_000),
  syncBytes: wholeNumber(1),
  segmentBytes: wholeNumber(minSegmentBytes, 1024 * 1024 * 1024),
  maxBytes: wholeNumber(2 * minSegmentBytes),
  minFreeBytes: wholeNumber(0),
  whenFull: oneOf('reject', 'block', 'drop-oldest', 'evict-subscriber'),
  keepMs: wholeNumber(0),
  keepBytes: wholeNumber(0),
  cursorSyncMs: wholeNumber(1, 3_600_000),
  maxPending: wholeNumber(1, 16_777_216),
  maxPendingBytes: wholeNumber(1),
  tailBytes: wholeNumber(0),
  fileSystem: port(
    ...[
      'makeDirectory',
      'list',
      'readFile',
      'open',
      'rename',
      'renameNew',
      'remove',
      'syncDirectory',
      'freeBytes',
    ],
  ),
  clock: port('now'),
  stopwatch: port('now'),
  scheduler: port('now', 'schedule'),
  logger: port('debug', 'info', 'warn', 'error'),
}

/** The error of a wrong option. */
export const badOption = (message: string): JournalError => new JournalError('JOURNAL_BAD_OPTION', message)

/** Options of which some are needed, before anything is taken out of them; what is no object throws `JOURNAL_BAD_OPTION`. */
export function given<Options extends object>(options: Options): Options {
  if (port()(options) !== undefined) throw badOption('options must be an object')
  return options
}

/** Options that were given over their defaults; a wrong one throws `JOURNAL_BAD_OPTION`. */
export const checkedOptions = <Options extends object>(
  defaults: Defined<Options>,
  given: Options | undefined,
  allowed: Checks<Defined<Options>>,
): Defined<Options> =>
  // What is given as undefined is not given.
  resolveOptions<Defined<Options>>(defaults, given, allowed, badOption)

/** Checked options with the defaults filled in. */
export function resolveJournalOptions<T>(given: JournalOptions<T> | undefined): ResolvedOptions<T> {
  // Without a codec T is Uint8Array by the default of the type parameter.
  const codec = bytesCodec() as Codec<unknown> as Codec<T>
  const defaults: ResolvedOptions<T> = { ...defaultJournalOptions, codec }
  const options = checkedOptions<JournalOptions<T>>(defaults, given, checks)
  if (options.maxBytes < 2 * options.segmentBytes) {
    throw badOption(
      `option "maxBytes" must be at least twice "segmentBytes" (${options.segmentBytes}), got ${options.maxBytes}`,
    )
  }
  return options
}

/** What `batches()` does unless told otherwise. */
export const defaultBatchesOptions: Defined<Omit<BatchesOptions, 'after'>> = Object.freeze({
  maxRecords: 1000,
  maxInFlight: 4,
})

/** What `frames()` does unless told otherwise. */
export const defaultFramesOptions: Defined<Omit<FramesOptions, 'after'>> = Object.freeze({
  maxInFlight: 4,
  maxInFlightBytes: 8 * 1024 * 1024,
  runBytes: 0,
})

/** How frames of other journals are taken over, with defaults; wrong options throw. */
export const resolveAppendFrame = (options: AppendFrameOptions | undefined): Defined<AppendFrameOptions> =>
  checkedOptions<AppendFrameOptions>({ acceptHole: false }, options, { acceptHole: flag })

/** What a {@link Position} must be. */
export const isPosition: Check = (value) => {
  const { journalId, seq, checksum = 0 } = (port()(value) === undefined ? value : {}) as Partial<Position>
  const isSound =
    typeof journalId === 'string' &&
    wholeNumber(0)(seq) === undefined &&
    wholeNumber(0, 0xffff_ffff)(checksum) === undefined
  return isSound ? undefined : 'a position: { journalId, seq: 0, 1, 2 …, checksum as it was given }'
}
