import type { Clock, Defined, FileSystem, Logger } from '@tocsin/core'
import { port, wholeNumber } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import type { SchedulerLike } from 'rxjs'

import { loadCursors } from '../cursors/cursors.ts'
import { folderNames } from '../cursors/name-locks.ts'
import { codeOf, JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { bytesCodec } from '../format/codec.ts'
import { badOption, checkCodec, checkedOptions, defaultJournalOptions } from '../options.ts'
import { createProblemLog } from '../problems.ts'
import { findJournalId, readIdentity } from '../recover/identity.ts'
import type { JournalReader } from './folder-reader.ts'
import { createFolderReader } from './folder-reader.ts'
import { createFollowedSegments } from './followed-segments.ts'

/** How a journal of another process is read. */
export interface JournalReaderOptions<T = Uint8Array> {
  /** How bytes become records: the codec that the journal was made with. @defaultValue `bytesCodec()` */
  readonly codec?: Codec<T> | undefined
  /** Time between two looks at the folder while somebody reads, ms. @defaultValue 100 */
  readonly pollMs?: number | undefined
  /** As in `JournalOptions`. @defaultValue 1000 */
  readonly cursorSyncMs?: number | undefined
  /** Where the files are. Cursors are kept from other processes only with the default. @defaultValue the machine's files */
  readonly fileSystem?: FileSystem | undefined
  /** Time of problems. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
  /** Times the looks. @defaultValue `asyncScheduler` of rxjs */
  readonly scheduler?: SchedulerLike | undefined
  /** Gets problems as warnings, at most ten a second for each reason. @defaultValue logs nothing, the process warns: see `problems` */
  readonly logger?: Logger | undefined
}

/** All options with a value. */
type ResolvedReaderOptions<T> = Defined<JournalReaderOptions<T>>

/** What `openJournalReader` does unless told otherwise; the codec is `bytesCodec()`. */
export const defaultJournalReaderOptions: Defined<Omit<JournalReaderOptions, 'codec'>> = Object.freeze({
  pollMs: 100,
  cursorSyncMs: defaultJournalOptions.cursorSyncMs,
  fileSystem: defaultJournalOptions.fileSystem,
  clock: defaultJournalOptions.clock,
  scheduler: defaultJournalOptions.scheduler,
  logger: defaultJournalOptions.logger,
})

/**
 * Opens a journal for reading while another process writes it, or none does. Takes no lock, and writes nothing into the folder
 * but the cursors of its own subscribers. It sees what the files prove to be durable: records show when the next ones are
 * written, or 200 ms after the last, plus `pollMs`. Where the header of a frame is damaged in the newest segment, what is
 * behind it shows when the next segment is begun or the writer opens the journal again.
 *
 * Rejects with `JOURNAL_NOT_A_FOLDER` where there is no journal yet, `JOURNAL_FORMAT`, `JOURNAL_CODEC_MISMATCH`,
 * `JOURNAL_READ_ONLY` (no right to read), `JOURNAL_IO` or `JOURNAL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal } from '@tocsin/journal'
 * import { openJournalReader } from '@tocsin/journal/reader'
 * import { firstValueFrom } from 'rxjs'
 *
 * const codec = jsonCodec<string>()
 * const journal = await openJournal('./events', { codec })
 * await journal.append('started')
 * await journal.close()
 * await using reader = await openJournalReader('./events', { codec })
 * const { values } = await firstValueFrom(reader.readFrom('oldest'))
 * console.log(values) // => [ 'started' ]
 * ```
 */
export async function openJournalReader<T = Uint8Array>(
  directory: string,
  given?: JournalReaderOptions<T>,
): Promise<JournalReader<T>> {
  const options = resolveReaderOptions(given)
  if (typeof directory !== 'string' || directory === '') throw badOption('the folder must be a path')
  const folder = directory.replace(/(?<=.)\/+$/, '')
  try {
    return await openFolder(folder, options)
  } catch (error) {
    throw error instanceof JournalError ? error : unreadable(folder, error)
  }
}

async function openFolder<T>(
  directory: string,
  options: ResolvedReaderOptions<T>,
): Promise<JournalReader<T>> {
  const { fileSystem, codec, clock, cursorSyncMs, scheduler, logger, pollMs } = options
  const problemLog = createProblemLog(clock, logger)
  // There is no report of a recovery to keep them for.
  problemLog.takeEarly()
  const { report } = problemLog
  const known = await readIdentity(fileSystem, directory, codec.name)
  const isSound = known !== undefined && known !== 'damaged'
  const journalId = isSound ? known : await findJournalId(fileSystem, directory)
  if (journalId === undefined) throw notThere(directory)
  const followed = createFollowedSegments({ fileSystem, directory, journalId })
  await followed.look()
  const takeName = fileSystem === nodeFileSystem ? folderNames(directory) : undefined
  const folder = `${directory}/subscribers`
  const cursors = await loadCursors({
    fileSystem,
    folder,
    journalId,
    cursorSyncMs,
    scheduler,
    takeName,
    report,
  })
  cursors.restartUnreadable(followed.segments.firstSeq - 1)
  return createFolderReader({
    ...{ fileSystem, directory, journalId, codec, cursors, followed, pollMs, scheduler, problemLog },
    now: () => clock.now(),
  })
}

function resolveReaderOptions<T>(given: JournalReaderOptions<T> | undefined): ResolvedReaderOptions<T> {
  // Without a codec T is Uint8Array by the default of the type parameter.
  const codec = bytesCodec() as Codec<unknown> as Codec<T>
  return checkedOptions<JournalReaderOptions<T>>({ ...defaultJournalReaderOptions, codec }, given, {
    codec: checkCodec,
    pollMs: wholeNumber(1, 3_600_000),
    cursorSyncMs: wholeNumber(1, 3_600_000),
    fileSystem: port('list', 'readFile', 'open', 'syncDirectory'),
    clock: port('now'),
    scheduler: port('now', 'schedule'),
    logger: port('debug', 'info', 'warn', 'error'),
  })
}

const notThere = (directory: string): JournalError =>
  new JournalError(
    'JOURNAL_NOT_A_FOLDER',
    `there is no journal in ${directory}; open it for writing first, or give the path of one`,
    { directory },
  )

function unreadable(directory: string, error: unknown): JournalError {
  const code = codeOf(error) ?? ''
  const why = messageOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return notThere(directory)
  const isRefused = ['EACCES', 'EPERM'].includes(code)
  const advice = isRefused ? 'give this process the right to read there' : 'check the disk'
  const message = `${directory} cannot be read: ${why}; ${advice}`
  return new JournalError(isRefused ? 'JOURNAL_READ_ONLY' : 'JOURNAL_IO', message, { directory }, error)
}
