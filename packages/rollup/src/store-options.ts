import {
  flag,
  oneOf,
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
import type { CounterWrap, SameTime } from './engine/rollups.ts'
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
  /** How long samples are kept as they came, ms: late ones find their place among them. @defaultValue 3600000, one hour */
  readonly rawHorizonMs?: number | undefined
  /** Most bytes of samples as they came; about 21 each. Windows whose samples are gone take late ones by merging. @defaultValue 1073741824, 1 GiB */
  readonly maxRawBytes?: number | undefined
  /** Memory of closed windows at which they are written as a segment, bytes. @defaultValue 33554432, 32 MiB */
  readonly flushBytes?: number | undefined
  /**
   * Which value counts where a series has several at one millisecond: the largest, the smallest, or the furthest from 0. Events
   * (`observation`, `delta`, `set`) all count. @defaultValue `'largest'`
   */
  readonly sameTime?: SameTime | undefined
  /** Counters of 32 or 64 bits begin again at 0 behind their end, and a fall is no restart. @defaultValue `'none'` */
  readonly counterWrap?: CounterWrap | undefined
  /**
   * Whether windows keep how long each gauge or state held, for the value `timeAverage`: such a minute takes more room, see the
   * guide. Those that were stored without it do not say it. @defaultValue false
   */
  readonly timeAverage?: boolean | undefined
  /** Samples further ahead of the clock are refused, ms. @defaultValue 300000, five minutes */
  readonly maxFutureMs?: number | undefined
  /** Samples further behind the clock are refused, ms. @defaultValue Infinity */
  readonly maxPastMs?: number | undefined
  /** Most series over the life of the store, about 1 KB of memory each; samples of others are not stored. @defaultValue 1000000 */
  readonly maxSeries?: number | undefined
  /** Most series of one fetch. @defaultValue 10000 */
  readonly maxFetchSeries?: number | undefined
  /** Most slots of one answer, of all series together, 9 bytes each. @defaultValue 10000000 */
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
  rawHorizonMs: 3_600_000,
  maxRawBytes: 1_073_741_824,
  flushBytes: 33_554_432,
  sameTime: 'largest',
  counterWrap: 'none',
  timeAverage: false,
  maxFutureMs: 300_000,
  maxPastMs: Infinity,
  maxSeries: 1_000_000,
  maxFetchSeries: 10_000,
  maxFetchPoints: 10_000_000,
  fileSystem: nodeFileSystem,
  clock: asyncScheduler,
  logger: silentLogger,
})

type CheckedOptions = typeof defaultRollupStoreOptions & Pick<RollupStoreOptions, 'problems'>

const checks: Checks<CheckedOptions> = {
  windows: windowsCheck,
  rawHorizonMs: wholeNumber(0),
  maxRawBytes: wholeNumber(1),
  flushBytes: wholeNumber(1),
  sameTime: oneOf('largest', 'smallest', 'furthest'),
  counterWrap: oneOf('none', '32', '64'),
  timeAverage: flag,
  maxFutureMs: wholeNumber(0),
  maxPastMs: (value) => (value === Infinity ? undefined : wholeNumber(0)(value)),
  maxSeries: wholeNumber(1, 0xffff_ffff),
  maxFetchSeries: wholeNumber(1),
  maxFetchPoints: wholeNumber(1),
  fileSystem: port('makeDirectory', 'list', 'readFile', 'open', 'link', 'rename', 'remove', 'syncDirectory'),
  clock: port('now'),
  logger: port('debug', 'info', 'warn', 'error'),
  problems: optional(port('next')),
}

/** Options with their windows as levels, the shortest one minute. */
export type ResolvedStoreOptions = CheckedOptions & { readonly levels: readonly [Level, ...Level[]] }

/** Checks the options. */
export function resolveStore(given: RollupStoreOptions | undefined): ResolvedStoreOptions {
  if (!['object', 'undefined'].includes(typeof given)) throw badOption('the options are an object')
  const options = resolveOptions<CheckedOptions>(defaultRollupStoreOptions, given, checks, badOption)
  const longer = options.windows.filter((window) => parseDuration(window) !== 60_000)
  const levels = parseLevels(['1m', ...longer])
  if (levels === undefined) throw badOption(`option "windows" must be '1m' and its multiples: ${levelsRule}`)
  return { ...options, levels }
}
