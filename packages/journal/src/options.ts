import type { Check, Checks, Clock, FileSystem, Logger } from '@tocsin/core'
import { oneOf, port, resolveOptions, silentLogger, systemClock, wholeNumber } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'

import type { SchedulerLike } from 'rxjs'
import { asyncScheduler } from 'rxjs'

import type { Codec } from './codec.ts'
import { bytesCodec } from './codec.ts'
import { JournalError } from './errors.ts'
import type { Durability } from './types.ts'

/** How a journal is kept. */
export interface JournalOptions<T = Uint8Array> {
  /** How records become bytes. @defaultValue `bytesCodec()`: records are `Uint8Array` */
  readonly codec?: Codec<T>
  /** When appends resolve unless they say otherwise: see {@link Durability}. @defaultValue 'commit' */
  readonly durability?: Durability
  /** Longest time in ms that a record of durability `'interval'` waits for its sync. @defaultValue 50 */
  readonly syncIntervalMs?: number
  /** Bytes of durability `'interval'` after which a sync is not waited for. @defaultValue 4 MiB */
  readonly syncBytes?: number
  /**
   * Bytes after which a new segment file is begun, exceeded only by one large record; whole segments are what is removed.
   * @defaultValue 16 MiB
   */
  readonly segmentBytes?: number
  /** Most bytes of all segments; at least twice `segmentBytes`. @defaultValue 4 GiB */
  readonly maxBytes?: number
  /**
   * At `maxBytes`, `'reject'` refuses appends with `JOURNAL_FULL`; `'drop-oldest'` removes the oldest segments, and whoever had
   * not read them gets a gap. @defaultValue 'reject'
   */
  readonly whenFull?: 'reject' | 'drop-oldest'
  /** Records that may wait for the disk; beyond it appends reject with `JOURNAL_BUSY`. @defaultValue 65536 */
  readonly maxPending?: number
  /** Where the files are. The folder is locked against other processes only with the default. @defaultValue the machine's files */
  readonly fileSystem?: FileSystem
  /** Time of segments, frames and problems. @defaultValue the machine's clock */
  readonly clock?: Clock
  /** Wakes the journal up for syncs that wait. @defaultValue `asyncScheduler` of rxjs */
  readonly scheduler?: SchedulerLike
  /** Gets every problem as a warning. @defaultValue logs nothing */
  readonly logger?: Logger
}

/** All options with a value. */
export type ResolvedOptions<T> = Required<JournalOptions<T>>

/** What `openJournal` does unless told otherwise; the codec is `bytesCodec()`. */
export const defaultJournalOptions: Readonly<Required<Omit<JournalOptions, 'codec'>>> = Object.freeze({
  durability: 'commit',
  syncIntervalMs: 50,
  syncBytes: 4 * 1024 * 1024,
  segmentBytes: 16 * 1024 * 1024,
  maxBytes: 4 * 1024 * 1024 * 1024,
  whenFull: 'reject',
  maxPending: 65_536,
  fileSystem: nodeFileSystem,
  clock: systemClock,
  scheduler: asyncScheduler,
  logger: silentLogger,
})

const minSegmentBytes = 4096

/** What {@link Durability} may be. */
export const durabilities: Check = oneOf('commit', 'interval', 'os')

const checks: Checks<ResolvedOptions<never>> = {
  codec: (value) =>
    port('encode', 'decode')(value) ?? ((value as Codec<never>).name ? undefined : 'a codec with a name'),
  durability: durabilities,
  syncIntervalMs: wholeNumber(1, 3_600_000),
  syncBytes: wholeNumber(1),
  segmentBytes: wholeNumber(minSegmentBytes, 1024 * 1024 * 1024),
  maxBytes: wholeNumber(2 * minSegmentBytes),
  whenFull: oneOf('reject', 'drop-oldest'),
  maxPending: wholeNumber(1, 16_777_216),
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
  scheduler: port('now', 'schedule'),
  logger: port('debug', 'info', 'warn', 'error'),
}

/** The error of a wrong option. */
export const badOption = (message: string): JournalError => new JournalError('JOURNAL_BAD_OPTION', message)

/** Checked options with the defaults filled in. */
export function resolveJournalOptions<T>(given: JournalOptions<T> | undefined): ResolvedOptions<T> {
  // Without a codec T is Uint8Array by the default of the type parameter.
  const codec = bytesCodec() as Codec<unknown> as Codec<T>
  const defaults: ResolvedOptions<T> = { ...defaultJournalOptions, codec }
  const options = resolveOptions(defaults, given, checks, badOption)
  if (options.maxBytes < 2 * options.segmentBytes) {
    throw badOption(
      `option "maxBytes" must be at least twice "segmentBytes" (${options.segmentBytes}), got ${options.maxBytes}`,
    )
  }
  return options
}
