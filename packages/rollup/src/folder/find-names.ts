import type { FileSystem } from '@tocsin/core'

import type { FoundProblem } from '../problem.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import { namesFile, SeriesNames } from '../names/series-names.ts'

/** Names as they were found. */
export interface FoundFolderNames {
  readonly names: SeriesNames
  readonly problems: readonly FoundProblem[]
}

/** Reads the names, and learns from the segments what their file has lost. */
export async function findNames(
  fileSystem: FileSystem,
  directory: string,
  segments: readonly SegmentReader[],
): Promise<FoundFolderNames> {
  const { names, isWhole, isTorn } = await SeriesNames.load(fileSystem, directory)
  // One that was cut off between two records is whole as far as it goes.
  const hasAll = isWhole && segments.every(({ seriesEnd }) => seriesEnd <= names.length)
  if (hasAll || segments.length === 0) return { names, problems: [] }
  const known = names.length
  for (const segment of segments) {
    const named = await segment.names().catch(() => undefined)
    for (const [number, key] of named ?? []) names.learn(number, key)
    await reserveNumbers(segment, names)
  }
  // A write that was cut off had names that no segment has yet.
  if (isTorn && names.length === known) return { names, problems: [] }
  const lost = names.list.filter((series) => series === undefined).length
  const rest = lost === 0 ? 'all were found in the segments' : `${lost} series have lost their names`
  const message = `the names of the series in ${namesFile} are damaged or missing; ${rest}`
  return { names, problems: [{ reason: 'damaged-log', file: namesFile, message }] }
}

/** A number that a segment uses is not given to another series, whatever its name was. */
async function reserveNumbers(segment: SegmentReader, names: SeriesNames): Promise<void> {
  const all = { series: undefined, from: -Infinity, to: Infinity }
  for (const level of segment.trailer.periods.keys()) {
    const take = ({ lastSeries }: { readonly lastSeries: number }): void => names.reserve(lastSeries)
    await segment.heads({ level, ...all }, take, take)
  }
}
