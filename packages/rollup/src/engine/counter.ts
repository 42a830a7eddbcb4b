import type { CounterPoint, CounterRollup } from './rollups.ts'
import type { SequenceAlgebra } from './sequence.ts'

/** From one reading to a later one, in bigint where a double would not hold it. */
export function counterStep(from: CounterPoint, to: CounterPoint): number {
  const start = from.exact === undefined && to.exact === undefined ? undefined : integer(from)
  const end = start === undefined ? undefined : integer(to)
  return start === undefined || end === undefined ? to.value - from.value : Number(end - start)
}

function integer(point: CounterPoint): bigint | undefined {
  if (point.exact !== undefined) return BigInt(point.exact)
  return Number.isInteger(point.value) ? BigInt(point.value) : undefined
}

function compare(a: CounterPoint, b: CounterPoint): number {
  return a.time - b.time || -counterStep(a, b)
}

/** A state with the step to `next` added. */
function extend(state: CounterRollup, next: CounterPoint): CounterRollup {
  const step = counterStep(state.last, next)
  const fell = step < 0
  return {
    ...state,
    last: next,
    resets: state.resets + (fell ? 1 : 0),
    growth: state.growth + (fell ? 0 : step),
    decrease: state.decrease - (fell ? step : 0),
    afterResets: state.afterResets + (fell ? next.value : 0),
    dropMs: state.dropMs + (fell ? next.time - state.last.time : 0),
  }
}

function fold(first: CounterPoint, points: readonly CounterPoint[]): CounterRollup {
  let last = first
  let [resets, growth, decrease, afterResets, dropMs] = [0, 0, 0, 0, 0]
  for (const next of points) {
    const step = counterStep(last, next)
    if (step < 0) {
      resets += 1
      decrease -= step
      afterResets += next.value
      dropMs += next.time - last.time
    } else {
      growth += step
    }
    last = next
  }
  const count = points.length
  return {
    kind: 'counter',
    count,
    first,
    last,
    resets,
    growth,
    decrease,
    afterResets,
    dropMs,
    inexact: false,
  }
}

function merge(one: CounterRollup, other: CounterRollup): CounterRollup {
  const inOrder = compare(one.first, other.first) || compare(one.last, other.last)
  const [a, b] = inOrder <= 0 ? [one, other] : [other, one]
  const count = a.count + b.count
  if (compare(a.last, b.first) <= 0) {
    const joined = extend(a, b.first)
    return {
      ...joined,
      last: b.last,
      count,
      resets: joined.resets + b.resets,
      growth: joined.growth + b.growth,
      decrease: joined.decrease + b.decrease,
      afterResets: joined.afterResets + b.afterResets,
      dropMs: joined.dropMs + b.dropMs,
      inexact: a.inexact || b.inexact,
    }
  }
  // The places of b's readings between a's are gone. What a has seen of that time stands, and b adds what lies behind it.
  const widened = compare(a.last, b.last) < 0 ? extend(a, b.last) : a
  return { ...widened, count, inexact: true }
}

/** Counters: readings that only grow, but for restarts. */
export const counterAlgebra: SequenceAlgebra<CounterPoint, CounterRollup> = { compare, fold, merge }
