import type { Clock } from '@tocsin/core'

/**
 * Why a sample was not taken as it came, or what else was survived.
 * `bad-series`: no canonical series name. `bad-time`, `bad-value`: out of range or of the wrong type. `in-future`: further
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

/** Something was wrong and was survived. */
export interface RollupProblem {
  /** What kind of problem. */
  readonly reason: RollupProblemReason
  /** What is wrong and what is allowed, as a sentence. */
  readonly message: string
  /** When it was noticed, ms since the Unix epoch, by the clock or scheduler. */
  readonly time: number
  /** Problems with this reason since the last one shown that were counted but not shown: at most 10 a second are shown. */
  readonly suppressed: number
  /** Key of the series that is concerned. */
  readonly series?: string
  /** Event time of the sample that is concerned, ms since the Unix epoch. */
  readonly sampleTime?: number
  /** File that is concerned. */
  readonly file?: string
}

/** What is known of a problem where it is found. */
export type ProblemFacts = Omit<RollupProblem, 'time' | 'suppressed'>

const shownPerSecond = 10

/** Passes problems on, at most 10 per reason and second; tells of the others by number. */
export function createReporter(
  next: (problem: RollupProblem) => void,
  clock: Clock,
): (facts: ProblemFacts) => void {
  const recent = new Map<ProblemFacts['reason'], { second: number; shown: number; suppressed: number }>()
  return (facts) => {
    const time = clock.now()
    const second = Math.floor(time / 1000)
    let state = recent.get(facts.reason)
    if (state === undefined) {
      state = { second, shown: 0, suppressed: 0 }
      recent.set(facts.reason, state)
    }
    if (state.second !== second) {
      state.second = second
      state.shown = 0
    }
    if (state.shown >= shownPerSecond) {
      state.suppressed += 1
      return
    }
    state.shown += 1
    const { suppressed } = state
    state.suppressed = 0
    next({ ...facts, time, suppressed })
  }
}
