import fc from 'fast-check'

import { decimal, magnitude } from '../support/decimals.ts'
import type { LoggedReading } from './exact-window.ts'

export const periodMs = 10

/** What a store lives through. */
export type Step =
  | { readonly type: 'write'; readonly readings: readonly LoggedReading[] }
  | {
      readonly type: 'flush'
      readonly closeTo: number
      readonly during: readonly (readonly LoggedReading[])[]
    }
  | { readonly type: 'settle'; readonly during: readonly (readonly LoggedReading[])[] }
  | { readonly type: 'restart' }
  | { readonly type: 'drop'; readonly records: number }
  | { readonly type: 'fail' }

/** Of windows that are few, so that readings meet. */
const maxTime = 79

type Sort = 'gauges' | 'doubles' | 'counters' | 'large counters' | 'texts' | 'events' | 'anything'
const sorts: readonly Sort[] = [
  'gauges',
  'doubles',
  'counters',
  'large counters',
  'texts',
  'events',
  'anything',
]

/** Values around which sums leave the whole numbers that a double holds. */
const edge = fc.constantFrom(
  2 ** 50,
  2 ** 51 - 1,
  2 ** 51,
  2 ** 53 - 1,
  -(2 ** 53),
  2 ** 53,
  2 ** 32 - 1,
  1e15 + 0.5,
)
const few = fc.constantFrom(0, 1, 1.5, 0.1, 0.25, -0.125, 2, 1e9)
const double = fc.constantFrom(1 / 3, 2 / 3, Math.PI, 1e-12, 1e21, -1e100)
const numbers = fc.oneof(few, few, decimal, edge)
const weights = fc.constantFrom(1, 1, 1, 2, 10, 2.5, 10 / 3, 1e9)

function valueOf(sort: Sort): fc.Arbitrary<object> {
  const gauge = (value: fc.Arbitrary<number>): fc.Arbitrary<object> =>
    value.map((one) => ({ kind: 'numeric', value: one + 0, weight: 1, total: undefined, event: false }))
  const counter = (value: fc.Arbitrary<number>): fc.Arbitrary<object> =>
    value.map((one) => ({ kind: 'counter', value: one, exact: undefined }))
  const large = fc
    .bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })
    .map((exact) => ({ kind: 'counter', value: Number(exact), exact: exact.toString() }))
  const text = fc.constantFrom('a', 'b', 'c', 'up')
  const texts = fc.record({ kind: fc.constant('text'), value: text, event: fc.constant(false) })
  const event = fc
    .tuple(fc.oneof(numbers, double), weights)
    .map(([value, weight]) => ({ kind: 'numeric', value, weight, total: undefined, event: true }))
  switch (sort) {
    case 'gauges':
      return gauge(numbers)
    case 'doubles':
      return gauge(fc.oneof(numbers, double))
    case 'counters':
      return counter(fc.oneof(fc.nat(20), fc.nat(20), magnitude, fc.constantFrom(2 ** 32 - 2, 2 ** 32, 0.5)))
    case 'large counters':
      return fc.oneof(large, counter(fc.oneof(fc.nat(20), edge.map(Math.abs), double.map(Math.abs))))
    case 'texts':
      return fc.oneof(texts, fc.record({ kind: fc.constant('text'), value: text, event: fc.boolean() }))
    case 'events':
      return event
    case 'anything':
      return fc.oneof(gauge(numbers), counter(fc.nat(20)), texts, event)
  }
}

/** Mostly forward in time, with disorder, duplicates and leaps ahead. */
function readings(all: readonly Sort[]): fc.Arbitrary<LoggedReading[]> {
  const one = fc.nat(all.length - 1).chain((series) =>
    fc.record({
      series: fc.constant(series),
      value: valueOf(all[series] ?? 'gauges'),
      step: fc.oneof(
        { weight: 8, arbitrary: fc.nat(4) },
        { weight: 3, arbitrary: fc.integer({ min: -12, max: 0 }) },
        { weight: 1, arbitrary: fc.constant(25) },
        { weight: 1, arbitrary: fc.integer({ min: -60, max: -20 }) },
      ),
    }),
  )
  return fc.array(one, { minLength: 1, maxLength: 40 }).map((list) => {
    let time = 5
    return list.map(({ series, value, step }) => {
      const now = Math.min(maxTime, Math.max(0, time + step))
      // A leap is one sender's: the others go on where they were.
      if (Math.abs(step) < 20) time = now
      return { series, time: now, ...value } as LoggedReading
    })
  })
}

/** How the readings come, and what happens meanwhile. */
export const anyRun: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.constantFrom(...sorts), { minLength: 1, maxLength: 3 })
  .chain((all) =>
    fc.tuple(
      readings(all),
      fc.array(
        fc.record({
          size: fc.integer({ min: 1, max: 5 }),
          during: fc.nat(2),
          then: fc.constantFrom(
            'nothing',
            'nothing',
            'flush',
            'forget',
            'forget',
            'settle',
            'restart',
            'drop',
            'fail',
          ),
          back: fc.integer({ min: -20, max: 15 }),
        }),
        { maxLength: 14 },
      ),
    ),
  )
  .map(([list, cuts]) => {
    const steps: Step[] = []
    let at = 0
    let newest = 0
    const next = (size: number): LoggedReading[] => {
      const batch = list.slice(at, at + size)
      at += batch.length
      for (const { time } of batch) newest = Math.max(newest, time)
      return batch
    }
    for (const { size, then, back, during } of cuts) {
      const batch = next(size)
      if (batch.length > 0) steps.push({ type: 'write', readings: batch })
      const meanwhile = Array.from({ length: during }, () => next(1 + (size % 2))).filter(
        (one) => one.length > 0,
      )
      if (then === 'flush' || then === 'forget')
        steps.push({ type: 'flush', closeTo: newest - back, during: meanwhile })
      else if (then === 'settle') steps.push({ type: 'settle', during: meanwhile })
      else for (const one of meanwhile) steps.push({ type: 'write', readings: one })
      if (then === 'drop' || then === 'forget') steps.push({ type: 'drop', records: 2 * size })
      if (then === 'restart' || then === 'fail') steps.push({ type: then })
    }
    const rest = next(list.length)
    if (rest.length > 0) steps.push({ type: 'write', readings: rest })
    return steps
  })
