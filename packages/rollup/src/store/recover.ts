import type { FileSystem } from '@tocsin/core'

import { RollupError } from '../errors.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import { Dictionary } from './dictionary.ts'
import { HeadLog, type HeadRecord } from './head-log.ts'
import { manifestName, readManifest, renameManifest, writeManifest, type Manifest } from './manifest.ts'
import { SegmentFiles } from './segment-files.ts'
import { segmentFile, type SegmentName } from './segment-name.ts'
import { SegmentReader } from './segment-reader.ts'

/** A folder as it was found. */
export interface Recovered {
  readonly manifest: Manifest
  readonly dictionary: Dictionary
  readonly head: HeadLog
  readonly segments: readonly SegmentReader[]
  /** Reads the segments. */
  readonly files: SegmentFiles
  /** Segments that cannot be used; they stay where they are. */
  readonly damaged: readonly SegmentName[]
  /** Batches behind the manifest's position. */
  readonly records: readonly HeadRecord[]
  /** What a write that was cut off left at the end of the log. */
  readonly tornBytes: number
  /** The log is damaged: batches that were durable may be lost. */
  readonly logDamaged: boolean
}

/** Opens a folder, or makes it: manifest, names of series, directories of segments, then the log. */
export async function recover(directory: string, options: ResolvedStoreOptions): Promise<Recovered> {
  const { fileSystem, levels } = options
  await fileSystem.makeDirectory(directory)
  const periods = levels.map(({ periodMs }) => periodMs)
  const manifest =
    (await readManifest(fileSystem, directory)) ?? (await create(fileSystem, directory, periods))
  if (manifest.periods.join() !== periods.join()) {
    throw new RollupError(
      'ROLLUP_BAD_OPTION',
      `the folder ${directory} was made with windows of ${manifest.periods.join(', ')} ms, not ${periods.join(', ')}; ` +
        'open it with the same "windows", or write the journal into a new folder',
      { directory },
    )
  }
  // The manifest that was found must stay before what only an older one names is removed.
  await fileSystem.syncDirectory(directory)
  await removeUnnamed(fileSystem, directory, manifest)
  const dictionary = new Dictionary(fileSystem, directory)
  await dictionary.load(manifest.dictionaryBytes)
  const files = new SegmentFiles(fileSystem)
  const segments: SegmentReader[] = []
  const damaged: SegmentName[] = []
  for (const name of manifest.segments) {
    const segment = await SegmentReader.open(files, directory, name)
    if (segment === undefined) damaged.push(name)
    else segments.push(segment)
  }
  const records: HeadRecord[] = []
  const opened = await HeadLog.open(fileSystem, directory, manifest.head, (record) => {
    for (const key of record.newSeries) dictionary.add(key)
    records.push(record)
  })
  if (opened === undefined) {
    throw new RollupError(
      'ROLLUP_CORRUPT',
      `the log ${HeadLog.fileName(manifest.head)} in ${directory} is missing or damaged at its start; restore it, or ` +
        'remove the folder and write the journal again',
      { directory },
    )
  }
  const { log: head, tornBytes, damaged: logDamaged } = opened
  return { manifest, dictionary, head, segments, files, damaged, records, tornBytes, logDamaged }
}

async function create(
  fileSystem: FileSystem,
  directory: string,
  periods: readonly number[],
): Promise<Manifest> {
  if (await holdsData(fileSystem, directory)) {
    throw new RollupError(
      'ROLLUP_CORRUPT',
      `${directory} holds rollups but no ${manifestName}; restore it, or remove the folder and write the journal again`,
      { directory },
    )
  }
  const manifest: Manifest = {
    format: 'tocsin-rollup',
    version: 2,
    periods,
    position: null,
    head: 1,
    nextNumber: 2,
    dictionaryBytes: 0,
    segments: [],
  }
  await fileSystem.remove(`${directory}/${HeadLog.fileName(manifest.head)}`)
  const head = await HeadLog.create(fileSystem, directory, manifest.head)
  await head.close()
  await writeManifest(fileSystem, directory, manifest)
  await renameManifest(fileSystem, directory)
  return manifest
}

/** Whether there is more than what a first opening leaves when it is cut off: an empty log. */
async function holdsData(fileSystem: FileSystem, directory: string): Promise<boolean> {
  for (const name of await fileSystem.list(directory)) {
    if (/^\d+-\d+-\d+\.seg$/.test(name)) return true
    const log = /^head-\d+\.log$/.test(name) ? await fileSystem.readFile(`${directory}/${name}`) : undefined
    if (log !== undefined && log.length > HeadLog.headerBytes) return true
  }
  return false
}

/** Removes our own files that a flush or merge left when it was cut off, or had not removed yet. */
async function removeUnnamed(fileSystem: FileSystem, directory: string, manifest: Manifest): Promise<void> {
  const named = new Set([HeadLog.fileName(manifest.head), ...manifest.segments.map(segmentFile)])
  const ours = /^(?:\d+-\d+-\d+\.seg|head-\d+\.log|MANIFEST\.tmp)$/
  for (const name of await fileSystem.list(directory)) {
    if (ours.test(name) && !named.has(name)) await fileSystem.remove(`${directory}/${name}`)
  }
}
