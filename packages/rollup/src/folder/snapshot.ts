import { makeDurableDirectory } from '@tocsin/core'

import { RollupError } from '../errors.ts'
import { segmentFile } from '../segment/segment-facts.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import type { OpenedFolder } from './open-folder.ts'

/**
 * Makes a store of another folder of the same disk, as of now, which nothing changes any more: its files are second names of the files
 * here, but for the names of the series, which are copied. Nothing may be written meanwhile, and the segments must be held. Where the
 * disk refuses, what was made is removed again.
 */
export async function snapshot(
  { directory, fileSystem, log, names }: Pick<OpenedFolder, 'directory' | 'fileSystem' | 'log' | 'names'>,
  segments: readonly SegmentReader[],
  target: string,
): Promise<void> {
  await makeDurableDirectory(fileSystem, target)
  if ((await fileSystem.list(target)).length > 0) {
    const message = `${target} is not empty; give a snapshot a new folder`
    throw new RollupError('ROLLUP_BAD_OPTION', message, { directory: target })
  }
  await log.rotate()
  // The newest segment first: where the power goes now, it says which others are missing.
  const newestFirst = segments.toSorted((a, b) => b.number - a.number)
  const files = [...newestFirst.map(({ number }) => segmentFile(number)), ...log.closedFiles]
  try {
    for (const file of files) await fileSystem.link(`${directory}/${file}`, `${target}/${file}`)
    await names.copyTo(target)
    await fileSystem.syncDirectory(target)
  } catch (error) {
    for (const name of await fileSystem.list(target).catch(() => [])) {
      await fileSystem.remove(`${target}/${name}`).catch(() => undefined)
    }
    throw error
  }
}
