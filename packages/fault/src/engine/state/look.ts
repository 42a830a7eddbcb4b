import type { Look } from '../../conditions/look.ts'
import type { Truth } from '../../conditions/truth.ts'

/** A window of time that a row may miss, wall clock, and what is known of the last one. */
export interface MissedWindow {
  begin: number
  end: number
  truth: Truth
  /** When the one before it ended, if that was under watch. */
  endedAt?: number
}

/** What conditions are tested on. The engine has one. */
export class EngineLook implements Look {
  row: number = 0
  time: number = 0
  value: number = NaN
  text: string | undefined = undefined
  previous: number = NaN
  previousTime: number = NaN
  changed: Truth = 2
  isKnown: boolean = false
  memory: Uint8Array = new Uint8Array(0)
  at: number = 0
  parts: Int32Array | undefined = undefined
  counts: Float64Array | undefined = undefined
  readonly countsAt: number = 0
  /** The longest absence that was told, ms; 0 for none. */
  absentMs: number = 0
  missedWindows: readonly MissedWindow[] | undefined = undefined
  readonly lastOf: (row: number) => number

  constructor(lastOf: (row: number) => number) {
    this.lastOf = lastOf
  }

  isAbsent(ms: number): boolean {
    return ms <= this.absentMs
  }

  missed(index: number): Truth {
    return this.missedWindows?.[index]?.truth ?? 2
  }
}
