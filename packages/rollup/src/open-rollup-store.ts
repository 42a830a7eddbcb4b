import { ioError } from './errors.ts'
import type { RollupStore } from './rollup-store.ts'
import { resolveStore, type RollupStoreOptions } from './store-options.ts'
import { FolderStore } from './store/folder-store.ts'
import { recover } from './store/recover.ts'

/**
 * Opens the rollups in a folder, or begins them. Everything that a {@link RollupStore.write} was resolved for is there,
 * whatever happened since; what a write that was cut off left behind is not.
 *
 * One process and one store per folder: nothing checks it, and two of them destroy each other's data. The lock of the journal
 * that feeds the store keeps a second process of the same program away.
 *
 * Rejects with `ROLLUP_BAD_OPTION`, `ROLLUP_CORRUPT` where files that everything depends on are damaged, or `ROLLUP_IO`.
 * Memory: the names of all series, the directories of the segments (24 bytes per series and 128 windows), and
 * what `flushBytes` bounds. Time: `clock` only stamps problems; there are no timers.
 */
export async function openRollupStore(directory: string, options?: RollupStoreOptions): Promise<RollupStore> {
  const resolved = resolveStore(options)
  const found = await recover(directory, resolved).catch((error: unknown) => {
    throw ioError('the store could not be opened', directory, error)
  })
  if (found.tornBytes > 0) {
    resolved.logger.info({ directory, bytes: found.tornBytes }, 'an unfinished write was left out')
  }
  return new FolderStore(directory, resolved, found)
}
