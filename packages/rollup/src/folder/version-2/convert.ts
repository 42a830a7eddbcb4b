import { createRecordFile } from '@tocsin/core/record-log'

import { RollupError } from '../../errors.ts'
import { recordFileName } from '../../log/log-file.ts'
import { RecordWriter } from '../../log/record-writer.ts'
import type { FoundProblem } from '../../problem.ts'
import { SegmentWriter } from '../../segment/segment-writer.ts'
import { SeriesNames } from '../../names/series-names.ts'
import type { FlushState } from '../../memory/flush-state.ts'
import type { ConversionOptions } from './conversion-options.ts'
import { convertSegments, type ConvertedSegments } from './convert-segments.ts'
import { manifestName, readManifest, type OldManifest } from './manifest.ts'
import { readOldLog, oldLogFile } from './old-log.ts'
import { readOldNames } from './old-names.ts'

/** Files that a conversion makes. */
const madeFiles = /^(?:\d+\.seg|\d+\.seg\.tmp|log-\d+\.log|series\.log|series\.log\.tmp)$/
/** Files of versions 1 and 2 beside the manifest. */
const oldFiles = /^(?:\d+-\d+-\d+\.seg|head-\d+\.log|series\.dat|MANIFEST\.tmp)$/
const emptyLogBytes = 12

/**
 * Makes a folder of version 1 or 2 one of today: minutes become segments, the log becomes the log; longer windows are folds of the
 * minutes. The old files stay until all that is new is durable, and the manifest goes first: until then a conversion that is cut off
 * starts over, from then on it only removes what is left.
 */
export async function convertFolder(options: ConversionOptions): Promise<readonly FoundProblem[]> {
  const { fileSystem, directory } = options
  const found = await fileSystem.list(directory)
  const problems: FoundProblem[] = []
  if (found.includes(manifestName)) {
    await removeFiles(options, found, madeFiles)
    await convert(options, problems)
    await fileSystem.syncDirectory(directory)
    await fileSystem.remove(`${directory}/${manifestName}`)
    await fileSystem.syncDirectory(directory)
  } else if (!found.some((name) => /^\d+\.seg$/.test(name))) await refuseLostManifest(options, found)
  await removeFiles(options, found, oldFiles)
  return problems
}

async function removeFiles(
  { fileSystem, directory }: ConversionOptions,
  found: readonly string[],
  which: RegExp,
): Promise<void> {
  const names = found.filter((name) => which.test(name))
  for (const name of names) await fileSystem.remove(`${directory}/${name}`)
  if (names.length > 0) await fileSystem.syncDirectory(directory)
}

/** Old files without what names them, and without what a conversion makes of them: more than what a first opening leaves when it is cut off. */
async function refuseLostManifest(
  { fileSystem, directory }: ConversionOptions,
  found: readonly string[],
): Promise<void> {
  for (const name of found.filter((one) => oldFiles.test(one))) {
    const bytes = name.endsWith('.log') ? await fileSystem.readFile(`${directory}/${name}`) : undefined
    if (name.endsWith('.tmp') || (bytes !== undefined && bytes.length <= emptyLogBytes)) continue
    throw new RollupError(
      'ROLLUP_CORRUPT',
      `${directory} holds rollups of an earlier version but no ${manifestName}; restore it, or remove the folder and write the journal again`,
      { directory },
    )
  }
}

async function convert(options: ConversionOptions, problems: FoundProblem[]): Promise<void> {
  const { fileSystem, directory, periods } = options
  const manifest = await readManifest(fileSystem, directory)
  const { names } = await SeriesNames.load(fileSystem, directory)
  const known = await readOldNames(fileSystem, directory, manifest.dictionaryBytes)
  for (const [number, key] of known.entries()) names.learn(number, key)
  const converted = await convertSegments(options, manifest.segments, names, problems)
  await convertLog(options, manifest, names, converted, problems)
  await names.save()
  await names.close()
  // One more segment, which says how far all of this goes.
  const start = { file: 1, offset: 0 }
  const { closedTo, newest } = converted
  const state: FlushState = {
    position: manifest.position,
    replayFrom: start,
    flushedTo: start,
    closedTo,
    newest,
  }
  const number = converted.numbers.length + 1
  const last = SegmentWriter.create(fileSystem, directory, number, periods)
  await last.finish({ state, beside: converted.numbers, replaces: [], sealed: null }, [])
}

/** Windows that are stored have readings that are in no log: from where they end it is complete. */
async function convertLog(
  { fileSystem, directory, now }: ConversionOptions,
  { head, position }: OldManifest,
  names: SeriesNames,
  { closedTo }: ConvertedSegments,
  problems: FoundProblem[],
): Promise<void> {
  const record = new RecordWriter()
  const file = await createRecordFile(recordFileName(fileSystem, directory, 1))
  record.begin(position, now)
  record.completeFrom(closedTo)
  await file.append(record.finish())
  const batches: Uint8Array[] = []
  let isBegun = false
  const end = (): void => {
    if (isBegun) batches.push(record.finish().slice())
    isBegun = true
  }
  const behind = await readOldLog(fileSystem, directory, head, {
    batch: (of) => {
      end()
      record.begin(of, now)
    },
    name: (key) => {
      record.name(names.length, key)
      names.learn(names.length, key)
    },
    number: (...reading) => record.number(...reading),
    counter: (...reading) => record.counter(...reading),
    text: (...reading) => record.text(...reading),
  })
  end()
  for (const batch of batches) await file.append(batch)
  await file.close()
  if (behind === 0) return
  const name = oldLogFile(head)
  const what =
    behind === undefined
      ? 'is missing or damaged at its start'
      : `ends with ${behind} bytes that are no record`
  problems.push({
    reason: 'damaged-log',
    file: name,
    message: `${name} ${what}: the position of the store says what it has`,
  })
}
