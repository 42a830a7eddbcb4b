import type { Sample } from '@tocsin/core'
import fc from 'fast-check'

import type { OracleRules } from './oracle.ts'
import { closeDecimals, decimal, magnitude } from './decimals.ts'
import { sample } from './samples.ts'

/** Values as people send them, loads and ratios among them. */
const number = fc.oneof(
  { weight: 4, arbitrary: decimal },
  // Squares of smaller ones fall out of the range of doubles.
  {
    weight: 1,
    arbitrary: fc
      .double({ min: -1e15, max: 1e15, noNaN: true })
      .map((value) => (Math.abs(value) < 1e-60 ? 0 : value)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 99 }).map((value) => value / 3) },
)

const weight = fc.constantFrom(1, 1, 10, 1 / 0.3, 1 / 0.7, 1e9)

/** Around where counters of 32 and 64 bits end, and small ones after a restart. */
const reading = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 1000 }).map((value) => ({ value })) },
  { weight: 2, arbitrary: fc.integer({ min: -20, max: 20 }).map((value) => ({ value: 2 ** 32 + value })) },
  {
    weight: 2,
    arbitrary: fc.bigInt({ min: -3000n, max: 20n }).map((step) => {
      const exact = 2n ** 64n + step
      return { value: Number(exact), exact }
    }),
  },
  {
    weight: 1,
    arbitrary: fc.bigInt({ min: -9n, max: 9n }).map((step) => {
      const exact = 2n ** 53n + step
      return Number.isSafeInteger(Number(exact)) ? { value: Number(exact) } : { value: Number(exact), exact }
    }),
  },
  { weight: 2, arbitrary: magnitude.map((value) => ({ value })) },
  { weight: 1, arbitrary: fc.nat({ max: 99 }).map((value) => ({ value: value / 3 })) },
)

const text = fc.nat({ max: 5 }).map((value) => `state ${value}`)

/** A sample of a gauge, of events, of a counter, of texts. */
const samplesAt: Readonly<Record<string, (time: number) => fc.Arbitrary<Sample>>> = {
  gauge: (time) => number.map((value) => sample('g', time, value)),
  events: (time) =>
    fc.oneof(
      fc
        .tuple(number, weight)
        .map(([value, times]) => sample('e', time, value, 'observation', { weight: times })),
      fc.tuple(number, weight).map(([value, times]) => sample('e', time, value, 'delta', { weight: times })),
      number.map((value) => sample('e', time, value)),
    ),
  counter: (time) => reading.map(({ value, ...more }) => sample('c', time, value, 'counter', more)),
  text: (time) => text.map((value) => sample('t', time, value, 'text')),
  sets: (time) =>
    fc.tuple(text, fc.boolean()).map(([value, set]) => sample('s', time, value, set ? 'set' : 'text')),
}

/** Samples of one series, in the order of their arrival: any order of time, and several of one moment. */
export const seriesOfOneKind = (spanMs: number, maxLength = 40): fc.Arbitrary<Sample[]> =>
  fc.oneof(
    fc.constantFrom(...Object.values(samplesAt)).chain((at) =>
      fc.array(
        fc
          .oneof(
            fc.nat({ max: spanMs - 1 }),
            fc.nat({ max: 5 }).map((moment) => Math.floor((moment * spanMs) / 6)),
          )
          .chain(at),
        { minLength: 1, maxLength },
      ),
    ),
    // Where a deviation cancels most.
    fc
      .tuple(closeDecimals(10), fc.uniqueArray(fc.nat({ max: spanMs - 1 }), { minLength: 10, maxLength: 10 }))
      .map(([values, times]) => values.map((value, at) => sample('g', times[at] ?? 0, value))),
  )

/** How windows may be told to count. */
export const anyRules: fc.Arbitrary<OracleRules> = fc.record({
  sameTime: fc.constantFrom('largest', 'smallest', 'furthest'),
  counterWrap: fc.constantFrom('none', '32', '64'),
})
