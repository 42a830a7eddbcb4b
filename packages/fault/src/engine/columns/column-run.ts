import type { FaultColumn } from '../../model/fault-column.ts'
import type { FaultInput } from '../../model/fault-input.ts'
import type { Shape } from '../plan/shape.ts'
import type { EngineState } from '../state/state.ts'
import { type QuietPlan, quietPlanOf } from '../quiet/quiet-plan.ts'
import { isQuietRow, passQuiet } from '../quiet/quiet-row.ts'

/** What an engine does with a sample of a column, and when it has something to tell. */
export interface ColumnJudge {
  readonly begin: (now: number) => void
  readonly take: (sample: FaultInput, now: number, guess: number) => void
  readonly nextDue: () => number
}

/**
 * Samples that lie in columns, in order of time, and of one moment in that of the columns. Stretches of which nothing follows are passed over: the
 * others meet the row as if each sample had been judged.
 */
export class ColumnRun {
  readonly #state: EngineState
  readonly #columns: readonly FaultColumn[]
  readonly #judge: ColumnJudge
  readonly #rows: Int32Array
  /** The first slot of each that its row does not know yet, the next that must be judged, and when that is. */
  readonly #from: Int32Array
  readonly #next: Int32Array
  readonly #times: Float64Array
  /** Series of several columns, whose samples come in turns. */
  readonly #shared = new Set<string>()
  readonly #ranges = new Map<Shape, QuietPlan | undefined>()

  constructor(state: EngineState, columns: readonly FaultColumn[], judge: ColumnJudge) {
    this.#state = state
    this.#columns = columns
    this.#judge = judge
    this.#rows = new Int32Array(columns.length).fill(-1)
    this.#from = new Int32Array(columns.length)
    this.#next = new Int32Array(columns.length)
    this.#times = new Float64Array(columns.length)
    const keys = new Set<string>()
    for (const { series } of columns) (keys.has(series.key) ? this.#shared : keys).add(series.key)
    for (let index = 0; index < columns.length; index += 1) this.#seek(index, 0, Infinity)
  }

  /** When the next sample is that was not taken; Infinity where all were. */
  next(): number {
    let first = Infinity
    for (const [index, column] of this.#columns.entries()) {
      const slot = nextSample(column, this.#from[index] ?? 0)
      if (slot < column.values.length) first = Math.min(first, timeOf(column, slot))
    }
    return first
  }

  /**
   * Takes what is of `until` at the latest, up to where something else is due or there is a problem; gives the time of the last sample that was
   * taken.
   */
  take(now: number, until: number): number {
    const { problems } = this.#state
    const wall = (time: number): number => (time > now ? time : now)
    for (let index = 0; index < this.#columns.length; index += 1) this.#resume(index, now)
    let judged = -Infinity
    for (;;) {
      const time = this.#first()
      const due = problems.length > 0 ? -Infinity : this.#judge.nextDue()
      if (time === Infinity || time > until || due <= time) return this.#passUntil(due, judged, until)
      this.#judge.begin(wall(time))
      for (let index = 0; index < this.#times.length; index += 1)
        if (this.#times[index] === time) this.#judgeNext(index, wall(time))
      judged = time
    }
  }

  #first(): number {
    let first = Infinity
    const times = this.#times
    for (let index = 0; index < times.length; index += 1) {
      const time = times[index] ?? Infinity
      if (time < first) first = time
    }
    return first
  }

  #judgeNext(index: number, now: number): void {
    const column = this.#columns[index]
    const slot = this.#next[index] ?? 0
    if (column === undefined) return
    this.#pass(index, slot)
    const row = this.#rows[index] ?? -1
    this.#judge.take(sampleOf(column, slot), now, row)
    this.#seek(index, slot + 1, now)
  }

  /** Goes on after what was due: what was found to be quiet is so where its row still is. */
  #resume(index: number, now: number): void {
    const column = this.#columns[index]
    const [from, row] = [this.#from[index] ?? 0, this.#rows[index] ?? -1]
    const { rows } = this.#state
    const isKnown = row >= 0 && rows.series[row]?.key === column?.series.key
    if (column !== undefined && isKnown && nextSample(column, from) < (this.#next[index] ?? 0)) {
      if (this.#isInTime(column, from, row, now) && isQuietRow(this.#state, row)) return
    }
    this.#seek(index, from, now)
  }

  /** Looks for the next slot that must be judged. */
  #seek(index: number, from: number, now: number): void {
    const column = this.#columns[index]
    if (column === undefined) return
    const { rows, rowOf } = this.#state
    let row = this.#rows[index] ?? -1
    if (row < 0 || rows.series[row]?.key !== column.series.key) {
      row = rowOf.get(column.series.key) ?? -1
      this.#rows[index] = row
    }
    const isAlone =
      this.#state.limits.reorderMs === 0 && (this.#shared.size === 0 || !this.#shared.has(column.series.key))
    const range = row < 0 || !isAlone ? undefined : this.#rangeOf(rows.shape[row])
    let next = nextSample(column, from)
    const isQuiet = range !== undefined && rows.source(row) === 0 && this.#isInTime(column, next, row, now)
    if (isQuiet && isQuietRow(this.#state, row)) next = nextOutside(column, from, range)
    this.#from[index] = from
    this.#next[index] = next
    this.#times[index] = next < column.values.length ? timeOf(column, next) : Infinity
  }

  /** Whether a slot, and so those behind it, are neither late nor of before, by any clock. */
  #isInTime(column: FaultColumn, slot: number, row: number, now: number): boolean {
    const { rows, shift, resumedAt } = this.#state
    const time = timeOf(column, slot)
    return time >= now && time + shift > rows.time(row) && time + shift >= resumedAt
  }

  #rangeOf(shape: Shape | undefined): QuietPlan | undefined {
    if (shape === undefined) return undefined
    if (!this.#ranges.has(shape))
      this.#ranges.set(shape, shape.needs.length > 0 ? undefined : quietPlanOf(shape))
    return this.#ranges.get(shape)
  }

  /** Takes what is before something due or of the moment that was judged, and not after `until`: all of it is quiet. */
  #passUntil(due: number, judged: number, until: number): number {
    let last = judged
    for (const [index, column] of this.#columns.entries()) {
      const end = Math.ceil((Math.max(due, judged) - column.start) / column.periodMs)
      let slot = Math.min(this.#next[index] ?? 0, Math.max(0, end))
      const isAfter = (time: number): boolean => time > until || (time >= due && time > judged)
      while (slot > 0 && isAfter(timeOf(column, slot - 1))) slot -= 1
      last = Math.max(last, this.#pass(index, slot))
    }
    return last
  }

  /** Gives the time of the last sample; -Infinity where there is none. */
  #pass(index: number, to: number): number {
    const column = this.#columns[index]
    const from = this.#from[index] ?? 0
    if (column === undefined || from >= to) return -Infinity
    this.#from[index] = to
    const row = this.#rows[index] ?? -1
    return row < 0 ? -Infinity : passQuiet(this.#state, row, column, from, to)
  }
}

const timeOf = ({ start, periodMs }: FaultColumn, slot: number): number => start + (slot + 1) * periodMs

/** Whether a slot without a number has a text, or is known not to be a number. */
const isSample = ({ valid, texts }: FaultColumn, slot: number): boolean =>
  valid?.[slot] === 1 || typeof texts?.[slot] === 'string'

function nextSample(column: FaultColumn, from: number): number {
  const { values } = column
  let slot = from
  while (slot < values.length && Number.isNaN(values[slot]) && !isSample(column, slot)) slot += 1
  return slot
}

function nextOutside(column: FaultColumn, from: number, { least, most }: QuietPlan): number {
  const { values } = column
  const { length } = values
  for (let slot = from; slot < length; slot += 1) {
    const value = values[slot] ?? NaN
    if (value >= least && value <= most) continue
    if (!Number.isNaN(value) || isSample(column, slot)) return slot
  }
  return length
}

function sampleOf(column: FaultColumn, slot: number): FaultInput {
  const { series, values, texts } = column
  const text = texts?.[slot]
  const time = timeOf(column, slot)
  return typeof text === 'string'
    ? { series, time, value: text, kind: 'text' }
    : { series, time, value: values[slot] ?? NaN, kind: 'gauge' }
}
