import {
  createProblemReporter,
  type Clock,
  type Problem,
  type ProblemFacts,
  type ProblemListener,
  type ReportProblem,
} from '@tocsin/core'
import { noop, of } from 'rxjs'

/**
 * Why a sample was not taken as it came, or what else was survived.
 * `bad-series`: no canonical series name, or one without room for a tag. `bad-time`, `bad-value`: out of range or of the wrong type. `in-future`: further
 * ahead of the clock than `maxFutureMs`. `kind-changed`: the window holds another kind already. `text-cut`: a text above 512
 * characters was shortened. `too-late`: its window is closed for good. `too-many-series`: no room for another series.
 * `unsupported-kind`: a kind without rollups. `damaged-block`, `damaged-segment`: stored data fails its checksum, the rest is
 * served. `damaged-log`: so do batches since the last flush; those behind the store's position are lost. `compaction-failed`: stored files could not be put together; tried again later.
 */
export type RollupProblemReason =
  | 'bad-series'
  | 'bad-time'
  | 'bad-value'
  | 'compaction-failed'
  | 'damaged-block'
  | 'damaged-log'
  | 'damaged-segment'
  | 'in-future'
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

/** Tells of a problem. */
export type ReportRollupProblem = ReportProblem<RollupProblem>

/** What is known of a problem where it is found. */
export type FoundProblem = ProblemFacts<RollupProblem> & Pick<RollupProblem, 'reason'>

/** Tells a listener of problems; one that throws ends nothing, rxjs reports its error. */
export function reportTo(
  listener: ProblemListener<RollupProblem> | undefined,
  clock: Clock,
): ReportRollupProblem {
  const guarded = listener && {
    next: (problem: RollupProblem): void =>
      void of(problem).subscribe({ next: (one) => listener.next(one), error: noop }),
    get observed() {
      return listener.observed !== false
    },
  }
  return createProblemReporter<RollupProblem>({ from: 'rollup', clock, listener: guarded })
}
