import { checkDirectory, ioError } from './errors.ts'
import { FolderStore } from './store/folder-store.ts'
import { openFolder, type OpenedFolder } from './folder/open-folder.ts'
import { createMemory } from './memory/memory.ts'
import type { RollupStore } from './rollup-store.ts'
import { resolveStore, type ResolvedStoreOptions, type RollupStoreOptions } from './store-options.ts'

/**
 * Opens the rollups in a folder, or begins them. Everything that a {@link RollupStore.write} was resolved for is there,
 * whatever happened since; what a write that was cut off left behind is not.
 *
 * A folder has one owner: a second store of it, in this process or another, is refused until the first is closed or its process is
 * gone. A folder that was made with other `windows` is taken over: the shortest ones stay, the longer ones are made anew of them
 * while the store is used.
 *
 * Rejects with `ROLLUP_BAD_OPTION`, `ROLLUP_LOCKED`, `ROLLUP_IO`, or `ROLLUP_CORRUPT` where the folder is of a later version, or of
 * 0.1.0 without its manifest or names. Anything else that is damaged costs itself and is a problem.
 * Memory: about 1 KB per series, 20 bytes per 1440 stored windows of a series, and what `flushBytes` bounds, twice while a flush is
 * under way. Time: `clock` says what is in the future, how old samples in the log are, and stamps problems; there are no timers.
 */
export async function openRollupStore(directory: string, options?: RollupStoreOptions): Promise<RollupStore> {
  checkDirectory(directory)
  const resolved = resolveStore(options)
  try {
    const folder = await openFolder(directory, resolved)
    return await storeOf(folder, resolved).catch(async (error: unknown) => {
      await folder.close()
      throw error
    })
  } catch (error) {
    throw ioError('the store could not be opened', directory, error)
  }
}

async function storeOf(folder: OpenedFolder, options: ResolvedStoreOptions): Promise<FolderStore> {
  const { levels, sameTime, counterWrap, timeAverage, logger } = options
  const { directory, state, knownSeries, log } = folder
  const memory = createMemory({
    periodMs: levels[0].periodMs,
    sameTime,
    counterWrap,
    timeAverage,
    knownSeries,
    ...(state !== undefined && { resume: state }),
  })
  await folder.replay(memory)
  if (log.tornBytes > 0) logger.info({ directory, bytes: log.tornBytes }, 'an unfinished write was left out')
  return new FolderStore(folder, memory, options)
}
