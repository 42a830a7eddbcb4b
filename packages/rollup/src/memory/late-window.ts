import type { Reading } from '../engine/reading.ts'
import type { Rollup } from '../engine/rollups.ts'
import type { WindowPatch } from './memory-face.ts'
import { WindowReadings, type FoldedReadings, type WindowRules } from './window-readings.ts'

/**
 * - `pending`: the log has its readings; those that come are not kept.
 * - `filling`: the log is being asked; those that come are kept.
 * - `whole`: all of its readings are here.
 * - `patch`: those that came since the last flush are here, others are stored or gone.
 */
type LateState = 'pending' | 'filling' | 'whole' | 'patch'

/** A window that had a reading out of order. */
export class LateWindow {
  state: LateState
  readonly series: number
  readonly start: number
  readonly #rules: WindowRules
  #readings: WindowReadings
  /** What came before the last flush, until it is known whether that is all of it. */
  #earlier: WindowReadings
  #rollup: Rollup | undefined
  #kindChanged = 0
  #isDamaged = false
  #isSealed = false
  /** Bytes that it is counted with. */
  counted = 0

  constructor(series: number, start: number, state: LateState, rules: WindowRules) {
    this.series = series
    this.start = start
    this.state = state
    this.#rules = rules
    this.#readings = new WindowReadings(rules)
    this.#earlier = this.#readings
  }

  get readings(): WindowReadings {
    return this.#readings
  }

  /** Readings that its fold leaves out, being of another kind than its earliest. */
  get kindChanged(): number {
    return this.#kindChanged
  }

  record(reading: Reading): void {
    if (this.state === 'pending') return
    this.#rollup = undefined
    recordInto(this.#readings, reading)
  }

  /** The log is asked from now on. */
  begin(): void {
    this.state = 'filling'
    this.#readings = new WindowReadings(this.#rules)
    this.#earlier = new WindowReadings(this.#rules)
  }

  /** Where what the log has goes: what came since the last flush, and what came before. */
  filled(isNew: boolean): WindowReadings {
    return isNew ? this.#readings : this.#earlier
  }

  /** The log could not be asked. */
  abandon(): void {
    this.begin()
    this.state = 'pending'
  }

  /** The log was asked, and had all of it or not; `isDamaged`: less than it should. */
  finish(isWhole: boolean, isDamaged: boolean): void {
    if (isWhole) this.#readings.absorb(this.#earlier)
    this.#earlier = this.#readings
    this.#isDamaged = isDamaged
    this.state = isWhole ? 'whole' : 'patch'
  }

  /** The fold of a window that is whole; `undefined` where it has no readings. */
  rollup(): Rollup | undefined {
    if (this.#rollup !== undefined) return this.#rollup
    const folded = this.#readings.fold()
    if (folded === undefined) return undefined
    this.#kindChanged = folded.kindChanged
    this.#rollup = this.#isDamaged ? { ...folded.rollup, inexact: true } : folded.rollup
    return this.#rollup
  }

  /** As it is now, but for readings that come before the next flush. */
  patch(): WindowPatch {
    const { series, start } = this
    const readings = this.#readings
    return { series, start, mergeWith: (stored) => merged(readings, stored).rollup }
  }

  /** It is a row from now on, merged with what is stored. */
  resolve(stored: Rollup | undefined): Rollup {
    const { rollup, kindChanged } = merged(this.#readings, stored)
    this.#kindChanged = kindChanged
    this.#rollup = rollup
    this.seal()
    return rollup
  }

  /** It is a row, and its readings are gone. */
  get isSealed(): boolean {
    return this.#isSealed
  }

  /** It is a row from now on: it takes no readings any more. */
  seal(): Rollup | undefined {
    const rollup = this.rollup()
    this.#readings = new WindowReadings(this.#rules)
    this.#earlier = this.#readings
    this.state = 'whole'
    this.#isSealed = true
    return rollup
  }
}

function merged(readings: WindowReadings, stored: Rollup | undefined): FoldedReadings {
  const folded = stored === undefined ? readings.fold() : readings.mergeInto(stored)
  if (folded === undefined) throw new RangeError('a patch without readings was merged')
  return folded
}

function recordInto(readings: WindowReadings, reading: Reading): void {
  const { time, event } = reading
  if (reading.kind === 'numeric') {
    const { value, weight, total } = reading
    readings.number(time, value, weight, total, event)
  } else if (reading.kind === 'counter') readings.counter(time, reading.point.value, reading.point.exact)
  else readings.text(time, reading.point.value, event)
}
