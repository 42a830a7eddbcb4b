import { isPreferred, type MomentValue } from './same-time.ts'
import type { SameTime } from './rollups.ts'

/** How values at their moments become a rollup. */
export interface SequenceAlgebra<Value extends MomentValue, State> {
  /** The rollup of `end` values at least, in order of time. */
  fold(times: readonly number[], values: readonly Value[], end: number): State
  /** Two rollups; where their times overlap, the result says that it is inexact. */
  merge(a: State, b: State): State
  /** What one value takes, in units of 16 bytes. */
  sizeOf(value: Value): number
}

/** Values of a window that wait here until all are there, so that late ones find their place and one moment has one value. */
export interface Sequence<Value extends MomentValue, State> {
  /** Which of several values of one moment counts; `undefined` where all do. */
  readonly sameTime: SameTime | undefined
  times: number[]
  values: Value[]
  size: number
  sorted: boolean
  condensed: State | undefined
}

/**
 * What the values of one window may take, in units of 16 bytes: 64 KiB, which is 4096 numbers. Beyond, the older half becomes
 * one state: exact, but what comes among them later is only counted.
 */
export const maxSequenceSize = 4096

/** A window without values. */
export const createSequence = <Value extends MomentValue, State>(
  sameTime: SameTime | undefined,
): Sequence<Value, State> => ({
  sameTime,
  times: [],
  values: [],
  size: 0,
  sorted: true,
  condensed: undefined,
})

/** Takes a value, in any order. */
export function recordMoment<Value extends MomentValue, State>(
  sequence: Sequence<Value, State>,
  time: number,
  value: Value,
  algebra: SequenceAlgebra<Value, State>,
): void {
  const { times, values, sameTime } = sequence
  const at = times.length - 1
  const newest = times[at]
  if (newest !== undefined && time <= newest) {
    const known = values[at]
    if (time === newest && sameTime !== undefined && known !== undefined) {
      if (isPreferred(value, known, sameTime)) values[at] = value
      return
    }
    sequence.sorted = false
  }
  if (newest === undefined) {
    // Of many series most windows hold one value: an array that grows takes room for 17 at once.
    sequence.times = [time]
    sequence.values = [value]
  } else {
    times.push(time)
    values.push(value)
  }
  sequence.size += algebra.sizeOf(value)
  if (sequence.size >= maxSequenceSize) condense(sequence, algebra)
}

/** The state of all values; `undefined` where there are none. */
export function foldSequence<Value extends MomentValue, State>(
  sequence: Sequence<Value, State>,
  algebra: SequenceAlgebra<Value, State>,
): State | undefined {
  settle(sequence, algebra)
  const { times, values, condensed } = sequence
  if (times.length === 0) return condensed
  const state = algebra.fold(times, values, times.length)
  return condensed === undefined ? state : algebra.merge(condensed, state)
}

function condense<Value extends MomentValue, State>(
  sequence: Sequence<Value, State>,
  algebra: SequenceAlgebra<Value, State>,
): void {
  settle(sequence, algebra)
  if (sequence.size < maxSequenceSize) return
  const { times, values, condensed } = sequence
  const half = Math.max(1, times.length >> 1)
  const state = algebra.fold(times, values, half)
  sequence.condensed = condensed === undefined ? state : algebra.merge(condensed, state)
  keep(sequence, times.slice(half), values.slice(half), algebra)
}

/** Puts the values in order; of one moment one is left, unless all count. */
function settle<Value extends MomentValue, State>(
  sequence: Sequence<Value, State>,
  algebra: SequenceAlgebra<Value, State>,
): void {
  if (sequence.sorted) return
  sequence.sorted = true
  const { times, values, sameTime } = sequence
  const valueAt = (at: number): Value => values[at] as Value
  const timeAt = (at: number): number => times[at] ?? 0
  const order = times
    .map((_, at) => at)
    .sort((a, b) => timeAt(a) - timeAt(b) || (valueAt(a) < valueAt(b) ? -1 : valueAt(a) > valueAt(b) ? 1 : 0))
  const kept: number[] = []
  for (const at of order) {
    const before = kept.at(-1)
    if (before === undefined || timeAt(before) !== timeAt(at) || sameTime === undefined) kept.push(at)
    else if (isPreferred(valueAt(at), valueAt(before), sameTime)) kept[kept.length - 1] = at
  }
  keep(sequence, kept.map(timeAt), kept.map(valueAt), algebra)
}

function keep<Value extends MomentValue, State>(
  sequence: Sequence<Value, State>,
  times: number[],
  values: Value[],
  algebra: SequenceAlgebra<Value, State>,
): void {
  sequence.times = times
  sequence.values = values
  sequence.size = values.reduce((total, value) => total + algebra.sizeOf(value), 0)
}
