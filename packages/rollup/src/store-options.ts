import {
  optional,
  parseDuration,
  port,
  resolveOptions,
  silentLogger,
  wholeNumber,
  type Checks,
  type Clock,
  type Duration,
  type FileSystem,
  type Logger,
  type ProblemListener,
} from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import { asyncScheduler } from 'rxjs'

import { levelsRule, parseLevels, type Level } from './engine/levels.ts'
import { badOption } from './errors.ts'
import type { RollupProblem } from './problem.ts'
import { windowsCheck } from './window-options.ts'

/** How a store keeps its rollups, and what bounds it. */
export interface RollupStoreOptions {
  /**
   * Window lengths besides one minute, which is always kept; from short to long, each dividing the next, up to 30 days. A
   * folder keeps those that it was made with. @defaultValue `['1m', '5m', '30m', '1h', '1d']`
   */
  readonly windows?: readonly Duration[] | undefined
  /**
   * Size of the log of batches at which memory is written as segments, bytes. It bounds the memory of changed windows, which
   * is at most about 20 times as large. @defaultValue 8388608, 8 MiB
   */
  readonly flushBytes?: number | undefined
  /** Most series over the life of the store, about 500 bytes of memory each; samples of others are not stored. @defaultValue 1000000 */
  readonly maxSeries?: number | undefined
  /** Most series of one fetch. @defaultValue 10000 */
  readonly maxFetchSeries?: number | undefined
  /** Most slots per series of one fetch. @defaultValue 11000 */
  readonly maxFetchPoints?: number | undefined
  /** Where files are kept. @defaultValue the files of the machine */
  readonly fileSystem?: FileSystem | undefined
  /** Time of problems. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
  /** Hears of what was found when opening, and of failed flushes. @defaultValue silent */
  readonly logger?: Logger | undefined
  /**
   * Hears of what was met while opening, of samples that were not taken as they came, once their batch is durable, and of
   * damage where it is met; a `Subject` fits. @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<RollupProblem> | undefined
}

/** What a store does unless told otherwise. */
export const defaultRollupStoreOptions: {
  readonly [Name in keyof Omit<RollupStoreOptions, 'problems'>]-?: NonNullable<RollupStoreOptions[Name]>
} = Object.freeze({
  windows: Object.freeze(['1m', '5m', '30m', '1h', '1d'] as const),
  flushBytes: 8_388_608,
  maxSeries: 1_000_000,
  maxFetchSeries: 10_000,
  maxFetchPoints: 11_000,
  fileSystem: nodeFileSystem,
  clock: asyncScheduler,
  logger: silentLogger,
})

type CheckedOptions = typeof defaultRollupStoreOptions & Pick<RollupStoreOptions, 'problems'>

const checks: Checks<CheckedOptions> = {
  windows: windowsCheck,
  flushBytes: wholeNumber(1),
  maxSeries: wholeNumber(1, 0xffff_ffff),
  maxFetchSeries: wholeNumber(1),
  maxFetchPoints: wholeNumber(1),
  fileSystem: port('makeDirectory', 'list', 'readFile', 'open', 'rename', 'remove', 'syncDirectory'),
  clock: port('now'),
  logger: port('debug', 'info', 'warn', 'error'),
  problems: optional(port('next')),
}

/** Options with their windows as levels, the shortest one minute. */
export type ResolvedStoreOptions = CheckedOptions & { readonly levels: readonly [Level, ...Level[]] }

/** Checks the options. */
export function resolveStore(given: RollupStoreOptions | undefined): ResolvedStoreOptions {
  const options = resolveOptions<CheckedOptions>(defaultRollupStoreOptions, given, checks, badOption)
  const longer = options.windows.filter((window) => parseDuration(window) !== 60_000)
  const levels = parseLevels(['1m', ...longer])
  if (levels === undefined) throw badOption(`option "windows" must be '1m' and its multiples: ${levelsRule}`)
  return { ...options, levels }
}
