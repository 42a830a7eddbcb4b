import { makeDurableDirectory } from '@tocsin/core'
import type { FileSystem } from '@tocsin/core'

import { applyChange, emptyStoredState, stateChanges } from '../engine/state.ts'
import type { NotifyState } from '../engine/state.ts'
import { badOption } from '../errors.ts'
import { storeFailed } from './change-log.ts'
import { lockFolder, resolveStore } from './open-notify-store.ts'
import { readStore } from './read-store.ts'
import type { StoreRecovery } from './read-store.ts'
import type { StoreFolder } from './store-files.ts'
import { readVersion1 } from './version-1.ts'
import { writeSnapshot } from './write-snapshot.ts'

/** Options of `verifyNotifyStore` and `salvageNotifyStore`. */
export interface CheckNotifyStoreOptions {
  /** Where files are. @defaultValue the files of the machine */
  readonly fileSystem?: FileSystem | undefined
}

/** What can be read of a store. */
export interface NotifyStoreReport extends StoreRecovery {
  /** Version of the format that it was written in. */
  readonly version: 1 | 2
  /** Alerts whose end is not told to everybody yet. */
  readonly alerts: number
  /** Notifications that are planned and not settled. */
  readonly notifications: number
  /** Windows of maintenance that were set by commands. */
  readonly maintenance: number
  /** Ended episodes that are remembered. */
  readonly ended: number
}

/**
 * Reads a store, and changes nothing; also while it is open elsewhere, where the append that is under way counts as torn. Rejects with
 * `NOTIFY_STORE_FAILED` where it cannot be read, and with `NOTIFY_STORE_CORRUPT` where a newer version of this package wrote it.
 *
 * @example
 * ```ts
 * import { openNotifyStore, verifyNotifyStore } from '@tocsin/notify/store'
 *
 * await (await openNotifyStore('alerts')).close()
 * const { damaged } = await verifyNotifyStore('alerts')
 * console.log(damaged.length) // => 0
 * ```
 */
export async function verifyNotifyStore(
  directory: string,
  options?: CheckNotifyStoreOptions,
): Promise<NotifyStoreReport> {
  const { fileSystem } = resolveStore(directory, options)
  return (await readFolder({ fileSystem, directory })).report
}

/**
 * Writes what can be read of a store into another folder, which is made where there is none and must hold no store; the first one stays as
 * it is. Rejects like `verifyNotifyStore`, and with `NOTIFY_BAD_OPTION` where the other folder holds a store.
 *
 * @returns what was read
 */
export async function salvageNotifyStore(
  from: string,
  to: string,
  options?: CheckNotifyStoreOptions,
): Promise<NotifyStoreReport> {
  const { fileSystem } = resolveStore(from, options)
  resolveStore(to, options)
  const { state, report } = await readFolder({ fileSystem, directory: from })
  try {
    await makeDurableDirectory(fileSystem, to)
    const lock = await lockFolder(to, fileSystem)
    try {
      const folder = { fileSystem, directory: to }
      const there = await readStore(folder, () => undefined)
      if (there.files.length > 0 || (await readVersion1(folder)) !== undefined) {
        throw badOption(`${to} holds a store already; name another folder`)
      }
      await writeSnapshot(folder, 1, stateChanges(state), () => undefined)
    } finally {
      await lock.release()
    }
  } catch (error) {
    throw storeFailed('write', to, error)
  }
  return report
}

async function readFolder(
  folder: StoreFolder,
): Promise<{ readonly state: NotifyState; readonly report: NotifyStoreReport }> {
  const state = emptyStoredState()
  try {
    const old = await readVersion1(folder)
    for (const change of old?.changes ?? []) applyChange(state, change)
    const { damaged, tornBytes } = old ?? (await readStore(folder, (change) => applyChange(state, change)))
    const { alerts, notifications, maintenance, ended } = state
    return {
      state,
      report: {
        version: old === undefined ? 2 : 1,
        alerts: alerts.size,
        notifications: notifications.size,
        maintenance: maintenance.size,
        ended: ended.size,
        damaged,
        tornBytes,
      },
    }
  } catch (error) {
    throw storeFailed('read', folder.directory, error)
  }
}
