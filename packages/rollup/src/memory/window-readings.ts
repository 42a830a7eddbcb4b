import { counterAlgebras, counterPoint, type CounterValue } from '../engine/counter.ts'
import { mergeLate } from '../engine/merge-late.ts'
import {
  addedNumeric,
  addNumeric,
  createTotals,
  gaugeAlgebra,
  heldGaugeAlgebra,
  numericRollup,
  recordNumber,
  type NumericTotals,
} from '../engine/numeric.ts'
import type { Reading } from '../engine/reading.ts'
import type { CounterWrap, Rollup, SameTime } from '../engine/rollups.ts'
import type { MomentValue } from '../engine/same-time.ts'
import { createSequence, foldSequence, type Sequence, type SequenceAlgebra } from '../engine/sequence.ts'
import { textAlgebra } from '../engine/text.ts'
import type { RowKind } from '../rows/row-columns.ts'

/** Which values count. */
export interface WindowRules {
  readonly sameTime: SameTime
  readonly counterWrap: CounterWrap
  /** Whether windows of gauges keep how long each value held. @defaultValue false */
  readonly timeAverage?: boolean | undefined
}

/** At one moment the kind that stands further left comes before the others. */
export const kindsInOrder: readonly RowKind[] = ['numeric', 'counter', 'text']

/** About what one value at its moment takes, and the window itself. */
const momentBytes = 24
const windowBytes = 240
/** Values from which on those that count no more are left out before there are twice as many. */
const leastLimit = 1024

/** What readings add up to. */
export interface FoldedReadings {
  readonly rollup: Rollup
  /** Readings that are left out, being of another kind than the earliest. */
  readonly kindChanged: number
}

/**
 * The readings of one window, in any order. Numbers that are events are added up at once; of all others each moment is kept, so
 * that late ones find their place. Unlike a cell it never puts moments together: who has it bounds its bytes.
 */
export class WindowReadings {
  readonly #rules: WindowRules
  #gauges: Moments<number> | undefined
  #counters: Moments<CounterValue> | undefined
  #texts: Moments<string> | undefined
  #members: Moments<string> | undefined
  #events: NumericTotals | undefined
  #eventCount = 0

  constructor(rules: WindowRules) {
    this.#rules = rules
  }

  /** Readings that it took, but for those that were left out since. */
  get length(): number {
    return this.#eventCount + this.#lengthOf('counter') + this.#lengthOf('text') + (this.#gauges?.length ?? 0)
  }

  /** Readings left out, since their series had a value at that moment. */
  get duplicates(): number {
    return [this.#gauges, this.#counters, this.#texts].reduce((sum, one) => sum + (one?.duplicates ?? 0), 0)
  }

  /** About. */
  get bytes(): number {
    return windowBytes + momentBytes * (this.length - this.#eventCount)
  }

  number(time: number, value: number, weight: number, total: number | undefined, event: boolean): void {
    if (!event) {
      const { sameTime, timeAverage } = this.#rules
      this.#gauges ??= new Moments<number>(sameTime, timeAverage ? heldGaugeAlgebra : gaugeAlgebra)
      this.#gauges.record(time, value)
      return
    }
    this.#eventCount += 1
    recordNumber((this.#events ??= createTotals()), time, value, weight, total)
  }

  counter(time: number, value: number, exact: string | undefined): void {
    const { sameTime, counterWrap } = this.#rules
    this.#counters ??= new Moments<CounterValue>(sameTime, counterAlgebras[counterWrap])
    this.#counters.record(time, exact === undefined ? value : BigInt(exact))
  }

  text(time: number, value: string, event: boolean): void {
    if (event) this.#members ??= new Moments<string>(undefined, textAlgebra)
    else this.#texts ??= new Moments<string>(this.#rules.sameTime, textAlgebra)
    ;(event ? this.#members : this.#texts)?.record(time, value)
  }

  /** Takes all that another has. */
  absorb(other: WindowReadings): void {
    for (const [time, value] of other.#gauges?.inOrder() ?? []) this.number(time, value, 1, undefined, false)
    for (const { time, point } of other.#moments('counter') as Iterable<
      Extract<Reading, { kind: 'counter' }>
    >) {
      this.counter(time, point.value, point.exact)
    }
    for (const [time, value] of other.#texts?.inOrder() ?? []) this.text(time, value, false)
    for (const [time, value] of other.#members?.inOrder() ?? []) this.text(time, value, true)
    const events = other.#events && numericRollup(other.#events, false)
    if (events === undefined) return
    addNumeric((this.#events ??= createTotals()), events)
    this.#eventCount += other.#eventCount
  }

  /** Their fold; `undefined` where there are none. */
  fold(): FoldedReadings | undefined {
    let earliest: Rollup | undefined
    for (const kind of kindsInOrder) {
      const rollup = this.#rollupOf(kind)
      if (rollup === undefined) continue
      if (earliest === undefined || rollup.first.time < earliest.first.time) earliest = rollup
    }
    if (earliest === undefined) return undefined
    return { rollup: earliest, kindChanged: this.length - this.#lengthOf(earliest.kind) }
  }

  /** Their fold with what is stored of others of the window. */
  mergeInto(stored: Rollup): FoldedReadings {
    const own = this.fold()
    if (own === undefined) return { rollup: stored, kindChanged: 0 }
    const { rollup } = own
    const rank = (kind: RowKind): number => kindsInOrder.indexOf(kind)
    const earlier = rollup.first.time - stored.first.time || rank(rollup.kind) - rank(stored.kind)
    // What came of this kind before is gone: it was left out.
    if (rollup.kind !== stored.kind && earlier < 0) return { ...own, rollup: { ...rollup, inexact: true } }
    const { sameTime, counterWrap } = this.#rules
    let merged = mergeLate(stored, this.#moments(stored.kind), sameTime, counterWrap).rollup
    const events = stored.kind === 'numeric' && this.#events && numericRollup(this.#events, false)
    if (events && merged.kind === 'numeric') merged = addedNumeric(merged, events, merged.inexact)
    return { rollup: merged, kindChanged: this.length - this.#lengthOf(stored.kind) }
  }

  #lengthOf(kind: RowKind): number {
    if (kind === 'numeric') return this.#eventCount + (this.#gauges?.length ?? 0)
    if (kind === 'counter') return this.#counters?.length ?? 0
    return (this.#texts?.length ?? 0) + (this.#members?.length ?? 0)
  }

  #rollupOf(kind: RowKind): Rollup | undefined {
    if (kind === 'counter') return this.#counters?.fold()
    if (kind === 'text') {
      if (this.#members === undefined) return this.#texts?.fold()
      const texts = this.#texts?.inOrder() ?? []
      return this.#members.foldWith(texts)
    }
    const gauges = this.#gauges?.fold()
    const events = this.#events && numericRollup(this.#events, false)
    return gauges?.kind === 'numeric' && events !== undefined
      ? addedNumeric(gauges, events, false)
      : (gauges ?? events)
  }

  /** All but the events of numbers. */
  *#moments(kind: RowKind): Generator<Reading> {
    if (kind === 'numeric') {
      for (const [time, value] of this.#gauges?.inOrder() ?? []) {
        yield { kind, time, event: false, value, weight: 1 }
      }
    } else if (kind === 'counter') {
      for (const [time, value] of this.#counters?.inOrder() ?? []) {
        yield { kind, time, event: false, point: counterPoint(time, value) }
      }
    } else {
      for (const [time, value] of this.#texts?.inOrder() ?? []) yield textReading(time, value, false)
      for (const [time, value] of this.#members?.inOrder() ?? []) yield textReading(time, value, true)
    }
  }
}

/** As the engine takes it. */
export const textReading = (time: number, value: string, event: boolean): Reading => ({
  kind: 'text',
  time,
  event,
  point: { time, value },
  cut: false,
})

/** As the engine takes it. */
export const counterReading = (time: number, value: number, exact: string | undefined): Reading => ({
  kind: 'counter',
  time,
  event: false,
  point: exact === undefined ? { time, value } : { time, value, exact },
})

class Moments<Value extends MomentValue> {
  duplicates = 0
  readonly #sequence: Sequence<Value, Rollup>
  readonly #algebra: SequenceAlgebra<Value, Rollup>
  #limit = leastLimit

  constructor(sameTime: SameTime | undefined, algebra: SequenceAlgebra<Value, Rollup>) {
    this.#sequence = createSequence(sameTime)
    this.#algebra = algebra
  }

  get length(): number {
    return this.#sequence.times.length
  }

  record(time: number, value: Value): void {
    const { times, values } = this.#sequence
    if (time <= (times.at(-1) ?? -Infinity)) this.#sequence.sorted = false
    times.push(time)
    values.push(value)
    if (times.length < this.#limit) return
    this.fold()
    this.#limit = Math.max(leastLimit, 2 * this.length)
  }

  fold(): Rollup | undefined {
    const before = this.length
    const rollup = foldSequence(this.#sequence, this.#algebra)
    this.duplicates += before - this.length
    return rollup
  }

  inOrder(): (readonly [time: number, value: Value])[] {
    this.fold()
    const { times, values } = this.#sequence
    return times.map((time, at) => [time, values[at] as Value])
  }

  /** With others, all of which count. */
  foldWith(others: readonly (readonly [time: number, value: Value])[]): Rollup | undefined {
    const all = createSequence<Value, Rollup>(undefined)
    all.times = [...this.#sequence.times, ...others.map(([time]) => time)]
    all.values = [...this.#sequence.values, ...others.map(([, value]) => value)]
    all.sorted = false
    return foldSequence(all, this.#algebra)
  }
}
