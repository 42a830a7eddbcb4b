import type { Sample } from '@tocsin/core'
import fc from 'fast-check'

import { closeDecimals, decimal, magnitude } from '../../support/decimals.ts'
import { day, minute, sample } from '../../support/samples.ts'

/** What happens to a store between two batches. */
export type Between = 'nothing' | 'flush' | 'close' | 'kill' | 'flush and kill'

/** Samples in the order of their arrival, and how they come to a store. */
export interface Life {
  readonly samples: readonly Sample[]
  readonly cuts: readonly {
    /** Samples of the batch. */
    readonly size: number
    /** Samples before it that come again with it. */
    readonly again: number
    readonly then: Between
    /** How far the clock goes on, ms. */
    readonly laterMs: number
  }[]
}

/** Days that samples are of. */
export const days = 3

/** Few windows, so that samples meet; at the edges of minutes, hours and days, too. */
const anyTime = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 59, 60, 61, 1439, 1440, 1441, 2879, 2880, 4000),
    fc.constantFrom(0, 1, 1000, 1001, 20_000, 59_999, 30_000.5),
  )
  .map(([at, ms]) => at * minute + ms)

const double = fc.constantFrom(1 / 3, 2 / 3, Math.PI, 1e17, -1e17, 1e-7)
const number = fc.oneof({ weight: 8, arbitrary: decimal }, { weight: 1, arbitrary: double })
const weight = fc.constantFrom(1, 1, 2, 10, 1 / 0.3, 1 / 0.7, 1 / 0.001)
const text = fc.constantFrom('up', 'down', 'ü', '')

const anySample: fc.Arbitrary<(time: number) => Sample> = fc.oneof(
  number.map((value) => (time: number) => sample('gauge', time, value)),
  number.map((value) => (time: number) => sample('state', time, value, 'state')),
  fc.tuple(number, weight).map(
    ([value, weight]) =>
      (time: number) =>
        sample('timer', time, value, 'observation', { weight }),
  ),
  fc.tuple(number, weight).map(
    ([value, weight]) =>
      (time: number) =>
        sample('sent', time, value, 'delta', { weight }),
  ),
  fc
    .oneof(fc.nat({ max: 9 }), magnitude)
    .map((value) => (time: number) => sample('counter', time, value, 'counter')),
  fc.bigInt({ min: 2n ** 63n - 9n, max: 2n ** 63n + 9n }).map(
    (exact) =>
      (time: number): Sample =>
        sample('large', time, Number(exact), 'counter', { exact }),
  ),
  text.map((value) => (time: number) => sample('text', time, value, 'text')),
  text.map((value) => (time: number) => sample('set', time, value, 'set')),
)

/** Samples in any order, some of them several times. */
const scattered = fc.array(
  fc.tuple(anySample, anyTime).map(([make, time]) => make(time)),
  { minLength: 1, maxLength: 40 },
)

/** Values that lie close to each other, where a deviation cancels most. */
const close = fc
  .tuple(closeDecimals(8), fc.array(anyTime, { minLength: 8, maxLength: 8 }))
  .map(([values, times]) => values.map((value, at) => sample('gauge', times[at] ?? 0, value)))

const inOrder = (samples: readonly Sample[]): Sample[] => {
  const seen = new Set<string>()
  return [...samples]
    .sort((a, b) => a.time - b.time)
    .filter(({ series, time }) => {
      const moment = `${series.key} ${Math.floor(time)}`
      return !seen.has(moment) && seen.add(moment)
    })
}

/** How the samples of a life are in time. */
export type Order = 'in order' | 'any order'

/** @param order of the samples; `in order` means that none is late and none comes twice. */
export const anyLife = (order: Order): fc.Arbitrary<Life> =>
  fc.record({
    samples: fc
      .oneof({ weight: 4, arbitrary: scattered }, { weight: 1, arbitrary: close })
      .map((samples) => (order === 'in order' ? inOrder(samples) : samples)),
    cuts: fc.array(
      fc.record({
        size: fc.integer({ min: 1, max: 8 }),
        again: fc.constantFrom(0, 0, 1, 3),
        then: fc.constantFrom<Between>('nothing', 'flush', 'flush', 'close', 'kill', 'flush and kill'),
        laterMs: fc.constantFrom(0, 0, minute, day),
      }),
      { maxLength: 10 },
    ),
  })

/** One sample a minute: with days so full they are sealed once they are over. */
export const fullDays = (count: number, metric = 'filler'): Sample[] =>
  Array.from({ length: (count * day) / minute }, (_, at) => sample(metric, at * minute + 7, (at % 90) / 4))
