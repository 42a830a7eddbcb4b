import { makeDurableDirectory, port, resolveOptions, silentLogger, text, wholeNumber } from '@tocsin/core'
import type { Defined, FileSystem, Logger } from '@tocsin/core'
import { DirectoryLockedError, lockDirectory } from '@tocsin/core/lock'
import type { DirectoryLock } from '@tocsin/core/lock'
import { nodeFileSystem } from '@tocsin/core/node'

import { applyChange, emptyStoredState, openAlerts, stateChanges } from '../engine/state.ts'
import { badOption, NotifyError } from '../errors.ts'
import type { NotifyChange } from '../model/change.ts'
import { ChangeLog, storeFailed } from './change-log.ts'
import { storeInUse } from './memory-notify-store.ts'
import type { NotifyStore } from './notify-store.ts'
import { readStore } from './read-store.ts'
import type { StoreRecovery } from './read-store.ts'
import { convertVersion1 } from './version-1.ts'

/** Options of `openNotifyStore`. */
export interface NotifyStoreOptions {
  /** Where files are. @defaultValue the files of the machine */
  readonly fileSystem?: FileSystem | undefined
  /** Told of damage, of an unfinished append that was left out, and of compactions. @defaultValue nobody */
  readonly logger?: Logger | undefined
  /** Bytes that the files grow by, beyond doubling, before they are written anew, bytes. @defaultValue 4194304 */
  readonly compactBytes?: number | undefined
}

/** A store in a folder. */
export interface FileNotifyStore extends NotifyStore, AsyncDisposable {
  /** What was found when it was opened; where something is damaged, alerts or their ends may be missing. */
  readonly recovery: StoreRecovery
  /** Waits for what is under way and closes the files; a subscription that still uses it fails with `NOTIFY_STORE_CLOSED`. */
  close(): Promise<void>
}

/** The defaults of {@link NotifyStoreOptions}. */
export const defaultNotifyStoreOptions: Defined<NotifyStoreOptions> = Object.freeze({
  fileSystem: nodeFileSystem,
  logger: silentLogger,
  compactBytes: 4_194_304,
})

/**
 * Opens a store in a folder of its own, which is made where there is none. One process at a time may have it open; another one is
 * refused with `NOTIFY_STORE_LOCKED`. An append is durable (synced) when it resolves. One that fails rejects with `NOTIFY_STORE_FAILED`
 * and changes nothing; the next one goes on by itself, as soon as the disk takes it.
 *
 * Damage costs the records that it hit, and is told in `recovery` and to the logger; everything else is read. Rejects with
 * `NOTIFY_STORE_CORRUPT` only where a newer version of this package wrote the folder, and with `NOTIFY_STORE_FAILED` where it cannot be
 * read. Memory: what is open, once more. Disk: at most about three times that and `compactBytes`.
 *
 * @example
 * ```ts
 * import { openNotifyStore } from '@tocsin/notify/store'
 *
 * const store = await openNotifyStore('alerts')
 * console.log(store.openAlerts().length) // => 0
 * await store.close()
 * ```
 */
export async function openNotifyStore(
  directory: string,
  options?: NotifyStoreOptions,
): Promise<FileNotifyStore> {
  const resolved = resolveStore(directory, options)
  const { fileSystem } = resolved
  try {
    await makeDurableDirectory(fileSystem, directory)
    const lock = await lockFolder(directory, fileSystem)
    try {
      return await openLocked(directory, resolved, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (error) {
    throw storeFailed('read', directory, error)
  }
}

async function openLocked(
  directory: string,
  { fileSystem, logger, compactBytes }: Defined<NotifyStoreOptions>,
  lock: DirectoryLock,
): Promise<FileNotifyStore> {
  let state = emptyStoredState()
  const folder = { fileSystem, directory }
  const converted = await convertVersion1(folder, () => undefined)
  const read = await readStore(folder, (change) => applyChange(state, change))
  const damaged = [...converted.damaged, ...read.damaged]
  const recovery = { damaged, tornBytes: converted.tornBytes + read.tornBytes }
  tell(directory, recovery, logger)
  const snapshot = (): readonly NotifyChange[] => stateChanges(state)
  const log = await ChangeLog.open({ ...folder, lock, logger, compactBytes, snapshot }, read)

  let isLoaded = false
  const close = async (): Promise<void> => {
    await log.close()
    await lock.release()
  }
  return {
    recovery,
    load: () => {
      if (isLoaded) throw storeInUse()
      isLoaded = true
      // An append of the run before may still be under way.
      return log.settled().then(() => stateChanges(state))
    },
    append: (changes) => {
      const reset = changes.findLastIndex(({ type }) => type === 'reset')
      if (reset < 0) {
        return log.append(changes, () => {
          for (const change of changes) applyChange(state, change)
        })
      }
      const fresh = emptyStoredState()
      for (const change of changes.slice(reset + 1)) applyChange(fresh, change)
      return log.replace(stateChanges(fresh), () => {
        state = fresh
      })
    },
    release: () => {
      isLoaded = false
    },
    openAlerts: () => openAlerts(state),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function tell(directory: string, { damaged, tornBytes }: StoreRecovery, logger: Logger): void {
  for (const part of damaged) {
    logger.error(
      { path: directory, ...part },
      'damaged: alerts or their ends may be missing, the rest was read',
    )
  }
  if (tornBytes > 0) {
    logger.warn({ path: directory, tornBytes }, 'left out an append that was never acknowledged')
  }
}

/** Any other file system than the machine's is its owner's alone. */
const unlocked: DirectoryLock = { held: () => true, release: async () => undefined }

/** Keeps other processes out of a folder, or rejects with `NOTIFY_STORE_LOCKED`. */
export async function lockFolder(directory: string, fileSystem: FileSystem): Promise<DirectoryLock> {
  if (fileSystem !== nodeFileSystem) return unlocked
  try {
    return await lockDirectory(directory)
  } catch (error) {
    if (!(error instanceof DirectoryLockedError)) throw error
    throw new NotifyError('NOTIFY_STORE_LOCKED', error.message, error.facts)
  }
}

/** Checks the folder and the options. */
export function resolveStore(
  directory: string,
  options: NotifyStoreOptions | undefined,
): Defined<NotifyStoreOptions> {
  const wrong = text()(directory)
  if (wrong !== undefined) throw badOption(`the directory must be ${wrong}`)
  return resolveOptions<NotifyStoreOptions>(
    defaultNotifyStoreOptions,
    options,
    {
      fileSystem: port(
        'makeDirectory',
        'list',
        'readFile',
        'open',
        'rename',
        'remove',
        'syncDirectory',
        'freeBytes',
      ),
      logger: port('debug', 'info', 'warn', 'error'),
      compactBytes: wholeNumber(1),
    },
    badOption,
  ) as Defined<NotifyStoreOptions>
}
