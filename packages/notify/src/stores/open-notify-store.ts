import { port, resolveOptions, silentLogger, text, wholeNumber } from '@tocsin/core'
import type { Defined, FileSystem, Logger } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'

import { applyChange, emptyState, openAlerts, stateChanges } from '../engine/state.ts'
import { badOption } from '../errors.ts'
import { ChangeLog } from './change-log.ts'
import { storeInUse } from './memory-notify-store.ts'
import type { NotifyStore } from './notify-store.ts'

/** Options of `openNotifyStore`. */
export interface NotifyStoreOptions {
  /** Where files are. @defaultValue the files of the machine */
  readonly fileSystem?: FileSystem | undefined
  /** Told of an unfinished append that was left out, and of compactions. @defaultValue nobody */
  readonly logger?: Logger | undefined
  /** Bytes that the file grows by, beyond doubling, before it is written anew, bytes. @defaultValue 4194304 */
  readonly compactBytes?: number | undefined
}

/** A store in a folder. */
export interface FileNotifyStore extends NotifyStore, AsyncDisposable {
  /** Waits for what is under way and closes the file; a subscription that still uses it fails with `NOTIFY_STORE_CLOSED`. */
  close(): Promise<void>
}

/** The defaults of {@link NotifyStoreOptions}. */
export const defaultNotifyStoreOptions: Defined<NotifyStoreOptions> = Object.freeze({
  fileSystem: nodeFileSystem,
  logger: silentLogger,
  compactBytes: 4_194_304,
})

/**
 * Opens a store in a folder of its own, which is made where there is none. One process at a time may have it open.
 * An append is durable (synced) when it resolves. Rejects with `NOTIFY_STORE_CORRUPT` where the file is damaged and with
 * `NOTIFY_STORE_FAILED` where it cannot be read or written. After a failed append the store takes no more; open it again.
 * Memory: what is open, once more. Disk: at most about twice that and `compactBytes`.
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
  const { fileSystem, logger, compactBytes } = resolveStore(directory, options)
  const state = emptyState()
  const log = new ChangeLog(directory, fileSystem, logger, compactBytes)
  for (const change of await log.open()) applyChange(state, change)
  await log.compact(stateChanges(state))

  let isLoaded = false
  return {
    load: () => {
      if (isLoaded) throw storeInUse()
      isLoaded = true
      // An append of the run before may still be under way.
      return log.settled().then(
        () => stateChanges(state),
        (error: unknown) => {
          isLoaded = false
          throw error
        },
      )
    },
    append: (changes) =>
      log.append(changes, () => {
        for (const change of changes) applyChange(state, change)
        return () => stateChanges(state)
      }),
    release: () => {
      isLoaded = false
    },
    openAlerts: () => openAlerts(state),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
  }
}

function resolveStore(
  directory: string,
  options: NotifyStoreOptions | undefined,
): Defined<NotifyStoreOptions> {
  const wrong = text()(directory)
  if (wrong !== undefined) throw badOption(`the directory must be ${wrong}`)
  return resolveOptions<NotifyStoreOptions>(
    defaultNotifyStoreOptions,
    options,
    {
      fileSystem: port('makeDirectory', 'readFile', 'open', 'rename', 'remove', 'syncDirectory'),
      logger: port('debug', 'info', 'warn', 'error'),
      compactBytes: wholeNumber(1),
    },
    badOption,
  ) as Defined<NotifyStoreOptions>
}
