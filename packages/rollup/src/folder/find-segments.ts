import type { FoundProblem } from '../problem.ts'
import { segmentFile, segmentNumber } from '../segment/segment-facts.ts'
import type { SegmentFiles } from '../segment/segment-files.ts'
import { SegmentReader } from '../segment/segment-reader.ts'
import { latestState, readFlushState, type FlushState } from '../memory/flush-state.ts'

/** The segments of a folder as they were found. */
export interface FoundSegments {
  /** Those that count, by number. */
  readonly segments: readonly SegmentReader[]
  /** Of the latest flush that any of them tells of. */
  readonly state: FlushState | undefined
  /** Larger than any number that was used. */
  readonly next: number
  readonly problems: readonly FoundProblem[]
  /** Those that should be there and are not. */
  readonly missing: readonly number[]
}

/**
 * Opens the segments. Which of them count they say themselves: those that another one replaces go, and those that the newest one names
 * beside itself must be there.
 */
export async function findSegments(
  files: SegmentFiles,
  directory: string,
  names: readonly string[],
): Promise<FoundSegments> {
  const numbers = names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
  const opened: SegmentReader[] = []
  const bad = new Set<number>()
  for (const number of numbers) {
    const segment = await openSegment(files, directory, number)
    if (segment === undefined) bad.add(number)
    else opened.push(segment)
  }
  const replaced = new Set(opened.flatMap(({ trailer }) => trailer.replaces))
  for (const number of numbers) {
    // What was replaced is there twice, and need not be read, whole or not.
    if (replaced.has(number)) await files.fileSystem.remove(`${directory}/${segmentFile(number)}`)
  }
  const beside = opened.at(-1)?.trailer.beside ?? []
  const missing = beside.filter((number) => !numbers.includes(number))
  return {
    segments: opened.filter(({ number }) => !replaced.has(number)),
    state: latestState(opened.map(({ trailer }) => readFlushState(trailer.state))),
    next: Math.max(0, ...numbers, ...beside, ...replaced) + 1,
    missing: missing.filter((number) => !replaced.has(number)),
    problems: [...bad, ...missing]
      .filter((number) => !replaced.has(number))
      .map((number) => segmentProblem(number, bad.has(number))),
  }
}

/** A segment that the disk does not give is like a damaged one: it costs itself, and the others are served. */
async function openSegment(
  files: SegmentFiles,
  directory: string,
  number: number,
): Promise<SegmentReader | undefined> {
  try {
    const segment = await SegmentReader.open(files, directory, number)
    return typeof segment === 'string' ? undefined : segment
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return undefined
    throw error
  }
}

function segmentProblem(number: number, isThere: boolean): FoundProblem {
  const file = segmentFile(number)
  const what = isThere ? 'is damaged at its end' : 'is missing'
  return {
    reason: 'damaged-segment',
    file,
    message: `${file} ${what}: its rollups are left out, the rest is served`,
  }
}
