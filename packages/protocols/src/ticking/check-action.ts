/** When one check runs. */
export interface CheckTiming {
  /** From one tick to the next, ms; `undefined` where it runs only when it is asked for. */
  readonly periodMs: number | undefined
  /** Longest run, ms. */
  readonly timeoutMs: number
  /** Ticks are at `phaseMs + k * periodMs` since the Unix epoch; from 0 to below `periodMs`. */
  readonly phaseMs: number
  /** A run that could begin only so much after its tick is left out, ms; in place of the bound of the set and half a period. */
  readonly maxLateMs?: number | undefined
  /** Whose places it takes. */
  readonly host: string
}

/** Why a tick gave no run. */
export type SkipReason = 'missed' | 'still-running' | 'queued' | 'removed'

/** A tick without a run. */
export interface CheckSkip {
  /** There is nothing to run. */
  readonly kind: 'skip'
  /** Of the check. */
  readonly key: string
  /** Which tick, ms since the Unix epoch. */
  readonly tick: number
  /** Why. */
  readonly reason: SkipReason
  /** Earlier ticks that it stands for as well. */
  readonly missed: number
}

/** What is to be done. */
export type CheckAction =
  | CheckSkip
  | {
      /** The check is to be run. */
      readonly kind: 'start'
      /** Of the check. */
      readonly key: string
      /** For which tick, ms since the Unix epoch. */
      readonly tick: number
      /** Number of the run, to say that it is over. */
      readonly run: number
    }
  | {
      /**
       * The run is to end, for it has taken too long. The check is not started again before it has settled, also where it is taken
       * out and comes back meanwhile.
       */
      readonly kind: 'time-out'
      /** Of the check. */
      readonly key: string
      /** Number of the run. */
      readonly run: number
    }
  | {
      /** The run is to end, for its check was taken out. */
      readonly kind: 'removed'
      /** Of the check. */
      readonly key: string
      /** Number of the run. */
      readonly run: number
    }
