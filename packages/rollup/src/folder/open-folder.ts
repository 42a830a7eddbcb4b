import { makeDurableDirectory, type FileSystem } from '@tocsin/core'
import { DirectoryLockedError, lockDirectory, type DirectoryLock } from '@tocsin/core/lock'
import { nodeFileSystem } from '@tocsin/core/node'

import { RollupError } from '../errors.ts'
import type { LogDamage } from '../log/log-file.ts'
import { RawLog } from '../log/raw-log.ts'
import type { ReplaySink } from '../log/reading-sink.ts'
import type { FoundProblem } from '../problem.ts'
import type { RollupPosition } from '../rollup-store.ts'
import { SegmentFiles } from '../segment/segment-files.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import { findSegments } from './find-segments.ts'
import type { FlushState } from '../memory/flush-state.ts'
import { findNames } from './find-names.ts'
import type { SeriesNames } from '../names/series-names.ts'
import { convertFolder } from './version-2/convert.ts'
import { replayLog } from './replay-log.ts'

/** A folder that is open: this process has it until it is closed. */
export interface OpenedFolder {
  readonly directory: string
  readonly fileSystem: FileSystem
  readonly files: SegmentFiles
  /** Those that count, by number. */
  readonly segments: readonly SegmentReader[]
  /** Numbers of segments that should be there and are not. */
  readonly missing: readonly number[]
  /** Number of the next segment. */
  readonly nextSegment: number
  /** Of the latest flush. */
  readonly state: FlushState | undefined
  readonly log: RawLog
  readonly names: SeriesNames
  /** Series with lower numbers may have windows in segments. */
  readonly knownSeries: number
  /** The last journal record that is stored. */
  readonly position: RollupPosition | undefined
  /** What was found when it was opened. */
  readonly problems: readonly FoundProblem[]
  /** Says who hears of damage that the log meets later. */
  tell(listener: (problem: FoundProblem) => void): void
  /** Gives memory what is in no segment, and learns the names that are in the log alone. Once, before anything is written. */
  replay(sink: ReplaySink): Promise<void>
  /** Whether nobody has taken the folder over: what is written once this is `false` must not be acknowledged. */
  held(): boolean
  /** Closes its files and lets others have it. */
  close(): Promise<void>
}

/**
 * Opens a folder, or makes it. Damage costs what it hit, and is told; it never keeps a folder shut. Rejects with `ROLLUP_LOCKED` while
 * another process, or another store of this one, has it, or with the error of the file system.
 */
export async function openFolder(directory: string, options: ResolvedStoreOptions): Promise<OpenedFolder> {
  const { fileSystem } = options
  await makeDurableDirectory(fileSystem, directory)
  const lock = await lockFolder(directory, fileSystem)
  try {
    return await openLocked(directory, options, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Any other file system than the machine's is its owner's alone. */
const unlocked: DirectoryLock = { held: () => true, release: async () => undefined }

async function lockFolder(directory: string, fileSystem: FileSystem): Promise<DirectoryLock> {
  if (fileSystem !== nodeFileSystem) return unlocked
  try {
    return await lockDirectory(directory)
  } catch (error) {
    if (!(error instanceof DirectoryLockedError)) throw error
    throw new RollupError('ROLLUP_LOCKED', error.message, error.facts)
  }
}

async function openLocked(
  directory: string,
  { fileSystem, levels, rawHorizonMs, maxRawBytes, clock }: ResolvedStoreOptions,
  lock: DirectoryLock,
): Promise<OpenedFolder> {
  const periods = levels.map(({ periodMs }) => periodMs)
  const converting = { fileSystem, directory, periods, now: clock.now() }
  const told: FoundProblem[] = [...(await convertFolder(converting))]
  const found = await fileSystem.list(directory)
  for (const name of found) {
    if (/^(?:\d+\.seg|series\.log)\.tmp$/.test(name)) await fileSystem.remove(`${directory}/${name}`)
  }
  const files = new SegmentFiles(fileSystem)
  const { segments, state, next, problems, missing } = await findSegments(files, directory, found)
  const { names, problems: ofNames } = await findNames(fileSystem, directory, segments)
  told.push(...problems, ...ofNames)
  let tell = (problem: FoundProblem): void => void told.push(problem)
  const log = await RawLog.open({
    fileSystem,
    directory,
    basePeriodMs: levels[0].periodMs,
    rawHorizonMs,
    maxRawBytes,
    ...(state !== undefined && {
      leastFile: state.flushedTo.file,
      newest: state.newest,
      flushed: { to: state.flushedTo, position: state.position },
    }),
    damaged: (damage) => tell(logProblem(damage)),
  })
  const knownSeries = names.length
  return {
    directory,
    fileSystem,
    files,
    segments,
    nextSegment: next,
    missing,
    state,
    log,
    names,
    knownSeries,
    position: laterPosition(state?.position, log.position),
    problems: told,
    tell: (listener) => {
      tell = listener
    },
    replay: (sink) => replayLog(log, state?.replayFrom, names, sink),
    held: () => lock.held(),
    close: async () => {
      try {
        await log.close()
        await names.close()
      } finally {
        await lock.release()
      }
    },
  }
}

function laterPosition(
  flushed: RollupPosition | null | undefined,
  logged: RollupPosition | null,
): RollupPosition | undefined {
  if (flushed && logged?.journalId === flushed.journalId) return logged.seq > flushed.seq ? logged : flushed
  return logged ?? flushed ?? undefined
}

function logProblem({ file, from, to, records }: LogDamage): FoundProblem {
  const what = to === 0 ? 'is missing' : `is damaged from byte ${from} to ${to}`
  const message = `${file} ${what}: samples that are in no segment yet may be lost, the rest is there`
  return { reason: 'damaged-log', file, message, count: Math.max(1, records) }
}
