import type { Problem } from '@tocsin/core'

/**
 * Why a sample was not taken as it came, or what else was survived.
 *
 * Samples: `bad-series`: no canonical series name, or one without room for a tag. `bad-time`, `bad-value`: out of range or of the
 * wrong type. `in-future`, `in-past`: further from the clock than `maxFutureMs`, `maxPastMs`. `kind-changed`: the window has an
 * earlier sample of another kind. `text-cut`: a text above 512 characters was shortened. `too-late`: its shortest window is closed
 * for good; longer ones that are not hold it. `too-many-series`: no room for another series. `unsupported-kind`: a kind without rollups.
 *
 * The store: `damaged-block`, `damaged-segment`, `damaged-log`: windows, or samples that are in no window yet, fail their checksum or are
 * missing; the rest is served. `flush-failed`, `compaction-failed`: windows could not be written, or files could not be put together;
 * nothing is lost, it is tried again later.
 */
export type RollupProblemReason =
  | 'bad-series'
  | 'bad-time'
  | 'bad-value'
  | 'compaction-failed'
  | 'damaged-block'
  | 'damaged-log'
  | 'damaged-segment'
  | 'flush-failed'
  | 'in-future'
  | 'in-past'
  | 'kind-changed'
  | 'text-cut'
  | 'too-late'
  | 'too-many-series'
  | 'unsupported-kind'

/** Something was wrong and was survived. At most 10 of each reason are shown in a second; `count` says how many each stands for. */
export interface RollupProblem extends Problem<RollupProblemReason> {
  /** `'rollup'`. */
  readonly from: 'rollup'
  /** Event time of the sample that is concerned, ms since the Unix epoch. */
  readonly sampleTime?: number
  /** File that is concerned. */
  readonly file?: string
}

/** What is known of a problem where it is found. */
export type RollupProblemFacts = Omit<RollupProblem, 'type' | 'from' | 'reason' | 'time' | 'count'> & {
  /** How many it stands for by itself; 1 where absent. */
  readonly count?: number
}

/** Tells of a problem; `describe` makes the facts, and is called only by who wants them. */
export type ReportRollupProblem = (reason: RollupProblemReason, describe: () => RollupProblemFacts) => void

/** A problem where it is found. */
export type FoundProblem = RollupProblemFacts & Pick<RollupProblem, 'reason'>
