import { codeOf, makeDurableDirectory, type FileSystem } from '@tocsin/core'
import { DirectoryLockedError, lockDirectory, type DirectoryLock } from '@tocsin/core/lock'
import { nodeFileSystem } from '@tocsin/core/node'

import type { TakeName } from './cursors/cursor-list.ts'
import type { Cursors } from './cursors/cursors.ts'
import { loadCursors } from './cursors/cursors.ts'
import { folderNames } from './cursors/name-locks.ts'
import { isDiskFull, JournalError, mendDisk, messageOf } from './errors.ts'
import type { OpenedFolder } from './journal.ts'
import { FolderJournal } from './journal.ts'
import type { JournalOptions, ResolvedOptions } from './options.ts'
import { badOption, resolveJournalOptions } from './options.ts'
import { createProblemLog } from './problems.ts'
import { findJournalId, readIdentity, writeIdentity } from './recover/identity.ts'
import { recover } from './recover/recovery.ts'
import type { DescriptorReserve } from './segments/descriptor-reserve.ts'
import { reserveDescriptors } from './segments/descriptor-reserve.ts'
import { openQuarantine } from './segments/quarantine.ts'
import type { Report } from './status-types.ts'
import type { Journal } from './types.ts'

/**
 * Opens the journal in a folder, made where there is none, and locks it for this process. Damage never keeps it from opening:
 * see {@link Journal.recovery}. Rejects with `JOURNAL_LOCKED`, `JOURNAL_FORMAT` (written by a newer release),
 * `JOURNAL_CODEC_MISMATCH`, `JOURNAL_NOT_A_FOLDER`, `JOURNAL_READ_ONLY`, `JOURNAL_FULL` (no room to make one), `JOURNAL_IO` or
 * `JOURNAL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal } from '@tocsin/journal'
 *
 * await using journal = await openJournal('./events', { codec: jsonCodec<string>() })
 * console.log(await journal.append('started')) // => { firstSeq: 1, lastSeq: 1 }
 * ```
 */
export async function openJournal<T = Uint8Array>(
  directory: string,
  options?: JournalOptions<T>,
): Promise<Journal<T>> {
  const resolved = resolveJournalOptions(options)
  if (typeof directory !== 'string' || directory === '') throw badOption('the folder must be a path')
  const problems = createProblemLog(resolved.clock, resolved.logger)
  const folder = await openFolder(trimSlashes(directory), resolved, problems.report)
  const journal = new FolderJournal(folder, resolved, problems)
  if (folder.toFence) await journal.fence()
  return journal
}

async function openFolder<T>(
  directory: string,
  { fileSystem, codec, clock, cursorSyncMs, scheduler }: ResolvedOptions<T>,
  report: Report,
): Promise<OpenedFolder> {
  let lock: DirectoryLock = unlocked
  let cursors: Cursors | undefined
  let reserve: DescriptorReserve | undefined
  try {
    await makeDurableDirectory(fileSystem, directory)
    // Left behind by an owner that did not close, and that may still be about to write if it was only stopped.
    const unclean = (await fileSystem.list(directory)).includes('LOCK')
    if (fileSystem === nodeFileSystem) lock = await lockDirectory(directory)
    const journalId = await identify(fileSystem, directory, codec.name, report)
    const subscribers = `${directory}/subscribers`
    await makeDurableDirectory(fileSystem, subscribers)
    reserve = await reserveDescriptors(fileSystem, `${directory}/journal.json`)
    const { attempt, giveBack } = reserve
    const names = fileSystem === nodeFileSystem ? folderNames(directory) : undefined
    const takeName: TakeName | undefined =
      names &&
      (async (name) => {
        const lock = await attempt(() => names(name))
        return lock && { release: () => giveBack(() => lock.release()) }
      })
    const kept = {
      ...{ fileSystem, folder: subscribers, journalId, cursorSyncMs, scheduler, takeName, report, reserve },
    }
    cursors = await loadCursors(kept)
    // Whoever made one may have been killed before its name was durable.
    if (cursors.list().length > 0) await fileSystem.syncDirectory(subscribers)
    const quarantine = await openQuarantine(fileSystem, directory, report)
    const { maxAcked, minAcked = 0 } = cursors
    const now = (): number => clock.now()
    const known = cursors.list().filter(({ unreadable }) => !unreadable)
    const neededSeq = known.reduce((lowest, { ackedSeq }) => Math.min(lowest, ackedSeq), Infinity) + 1
    const acked = { minAcked, maxAcked, neededSeq }
    const input = { fileSystem, directory, journalId, ...acked, quarantine, now, report }
    const recovered = await recover(input)
    cursors.restartUnreadable(recovered.segments.firstSeq - 1)
    const toFence = unclean && recovered.rewrittenRecords === 0
    return { directory, journalId, cursors, recovered, quarantine, lock, toFence, reserve }
  } catch (error) {
    await reserve?.close()
    await cursors?.close()
    await lock.release()
    throw error instanceof JournalError ? error : cannotOpen(directory, error)
  }
}

/** Any other file system than the machine's is its owner's alone. */
const unlocked: DirectoryLock = { held: () => true, release: async () => undefined }

function cannotOpen(directory: string, error: unknown): JournalError {
  if (error instanceof DirectoryLockedError) {
    return new JournalError('JOURNAL_LOCKED', error.message, error.facts)
  }
  const code = codeOf(error) ?? ''
  const why = messageOf(error)
  if (['ENOTDIR', 'EEXIST'].includes(code)) {
    const message = `${directory} is no folder: ${why}; give the path of a folder`
    return new JournalError('JOURNAL_NOT_A_FOLDER', message, { directory }, error)
  }
  if (['EROFS', 'EACCES', 'EPERM'].includes(code)) {
    const message = `${directory} cannot be written: ${why}; give this process that right`
    return new JournalError('JOURNAL_READ_ONLY', message, { directory }, error)
  }
  if (isDiskFull(error)) {
    const message = `${directory} cannot be opened: ${why}; make room on its disk`
    return new JournalError('JOURNAL_FULL', message, { directory }, error)
  }
  const message = `${directory} cannot be opened: ${mendDisk(error, 'check the disk')}`
  return new JournalError('JOURNAL_IO', message, { directory }, error)
}

/** The id in journal.json; where that is lost or damaged, the one in the segments, so that cursors and positions stay good. */
async function identify(
  fileSystem: FileSystem,
  directory: string,
  codec: string,
  report: Report,
): Promise<string> {
  const known = await readIdentity(fileSystem, directory, codec)
  if (known !== undefined && known !== 'damaged') return known
  const found = await findJournalId(fileSystem, directory)
  if (known === 'damaged' || found !== undefined) {
    const from = found === undefined ? 'with a new id' : 'from its segments'
    report({
      reason: 'identity-lost',
      file: 'journal.json',
      message: `journal.json is damaged or missing and was made again ${from}`,
    })
  }
  return writeIdentity(fileSystem, directory, codec, found)
}

const trimSlashes = (path: string): string => path.replace(/(?<=.)\/+$/, '')
