import { add, partsOf, sumOf, type ExactSum } from '@tocsin/core/exact-sum'
import type { CounterPoint, CounterRollup } from './rollups.ts'
import type { SequenceAlgebra } from './sequence.ts'

/** From one reading to a later one, in bigint where a double would not hold it. */
function counterStep(from: CounterPoint, to: CounterPoint): number {
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

/** What the steps of a counter add up to. */
export interface CounterSteps {
  resets: number
  readonly growth: ExactSum
  readonly decrease: ExactSum
  readonly afterResets: ExactSum
  dropMs: number
}

const noSteps = (): CounterSteps => ({ resets: 0, growth: [], decrease: [], afterResets: [], dropMs: 0 })

/** The steps of a window, to add others to. */
export const stepsOf = ({
  resets,
  growth,
  decrease,
  afterResets,
  dropMs,
  rest,
}: CounterRollup): CounterSteps => ({
  resets,
  growth: sumOf([growth], rest?.growth ?? []),
  decrease: sumOf([decrease], rest?.decrease ?? []),
  afterResets: sumOf([afterResets], rest?.afterResets ?? []),
  dropMs,
})

/** Adds a step. */
export function recordStep(steps: CounterSteps, from: CounterPoint, to: CounterPoint): void {
  if (counterStep(from, to) >= 0) {
    addReading(steps.growth, to, 1)
    addReading(steps.growth, from, -1)
    return
  }
  steps.resets += 1
  addReading(steps.decrease, from, 1)
  addReading(steps.decrease, to, -1)
  addReading(steps.afterResets, to, 1)
  steps.dropMs += to.time - from.time
}

function addReading(sum: ExactSum, { value, exact }: CounterPoint, sign: 1 | -1): void {
  if (exact === undefined) {
    add(sum, sign * value)
    return
  }
  let left = BigInt(exact)
  while (left !== 0n) {
    const part = Number(left)
    add(sum, sign * part)
    left -= BigInt(part)
  }
}

type ToldSteps = Pick<CounterRollup, 'resets' | 'growth' | 'decrease' | 'afterResets' | 'dropMs' | 'rest'>

function tell(steps: CounterSteps): ToldSteps {
  const { resets, dropMs } = steps
  const [growth = 0, ...growthRest] = partsOf(steps.growth)
  const [decrease = 0, ...decreaseRest] = partsOf(steps.decrease)
  const [afterResets = 0, ...afterResetsRest] = partsOf(steps.afterResets)
  const told = { resets, growth, decrease, afterResets, dropMs }
  if (growthRest.length + decreaseRest.length + afterResetsRest.length === 0) return told
  return { ...told, rest: { growth: growthRest, decrease: decreaseRest, afterResets: afterResetsRest } }
}

function fold(first: CounterPoint, points: readonly CounterPoint[]): CounterRollup {
  const steps = noSteps()
  // Steps up one after the other add up to one step.
  let [foot, last] = [first, first]
  for (const next of points) {
    if (counterStep(last, next) < 0) {
      recordStep(steps, foot, last)
      recordStep(steps, last, next)
      foot = next
    }
    last = next
  }
  recordStep(steps, foot, last)
  return { kind: 'counter', count: points.length, first, last, ...tell(steps), inexact: false }
}

function merge(one: CounterRollup, other: CounterRollup): CounterRollup {
  const inOrder = compare(one.first, other.first) || compare(one.last, other.last)
  const [a, b] = inOrder <= 0 ? [one, other] : [other, one]
  const count = a.count + b.count
  const steps = stepsOf(a)
  if (compare(a.last, b.first) <= 0) {
    recordStep(steps, a.last, b.first)
    addSteps(steps, stepsOf(b))
    const inexact = a.inexact || b.inexact
    return { kind: 'counter', count, first: a.first, last: b.last, ...tell(steps), inexact }
  }
  // The places of b's readings between a's are gone. What a has seen of that time stands, and b adds what lies behind it.
  const isLonger = compare(a.last, b.last) < 0
  if (isLonger) recordStep(steps, a.last, b.last)
  const last = isLonger ? b.last : a.last
  return { kind: 'counter', count, first: a.first, last, ...tell(steps), inexact: true }
}

function addSteps(to: CounterSteps, more: CounterSteps): void {
  to.resets += more.resets
  to.dropMs += more.dropMs
  for (const sum of ['growth', 'decrease', 'afterResets'] as const) {
    for (const part of more[sum]) add(to[sum], part)
  }
}

/** Counters: readings that only grow, but for restarts. */
export const counterAlgebra: SequenceAlgebra<CounterPoint, CounterRollup> = { compare, fold, merge }
