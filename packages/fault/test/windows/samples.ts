import { dividedBy, fromDouble, nearestDouble, type Rational } from '@tocsin/core/testing'
import fc from 'fast-check'

import type { WindowSample } from '../../src/windows/window-sample.ts'

/** A sample of row 0, as it came. */
export interface Came {
  readonly time: number
  readonly value: number
}

export const sample = (of: Partial<WindowSample>): WindowSample => ({
  ...{ row: 0, time: 0, value: 0, text: undefined, previous: NaN, previousTime: NaN, changed: 2 },
  ...of,
})

/** Short decimals over many magnitudes, whole numbers at the edges of 32 and 64 bits, the least and nearly the greatest doubles. */
export const anyValue: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: decimal(-3, 6) },
  { weight: 2, arbitrary: decimal(-300, 300) },
  fc.constantFrom(0, -0, 0.1, 0.7, 2 ** 31, 2 ** 32 - 1, 2 ** 53, -(2 ** 63), 2 ** 64, 1 + 2 ** -52),
  fc.constantFrom(5e-324, -5e-324, 2 ** -1022, 1.5e-310, 1e300, -1e300, 1.7e308, -1.7e308),
)

/** Values as people send them. */
export const usualValue: fc.Arbitrary<number> = decimal(-3, 6)

function decimal(min: number, max: number): fc.Arbitrary<number> {
  return fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min, max }))
    .map(([digits, power]) => Number(`${digits}e${power}`))
}

/** The window of the tests: 12 panes of 300 ms. */
export const durationMs = 3600
const panes = 12
const widthMs = 300

/** Samples with gaps at each border of panes and of the window, in any order. */
export const history = (value: fc.Arbitrary<number>): fc.Arbitrary<readonly Came[]> => {
  const step = fc.constantFrom(
    0,
    1,
    10,
    10,
    150,
    299,
    300,
    301,
    600,
    3299,
    3300,
    3301,
    3599,
    3600,
    3601,
    9000,
  )
  const late = fc.constantFrom(0, 0, 0, 0, 1, 10, 300, 700, 3290, 3300, 3600, 4000)
  return fc.array(fc.tuple(step, late, value), { minLength: 1, maxLength: 60 }).map((steps) => {
    let newest = 1_000_000
    return steps.map(([stepMs, lateMs, of]) => {
      const time = lateMs === 0 ? (newest += stepMs) : newest - lateMs
      return { time, value: of }
    })
  })
}

const paneOf = (time: number): number => Math.floor(time / widthMs)

/** What is in the window at a moment, by the definition: the newest 12 panes, of which the last is that of the newest sample or of now. */
export function inWindow<S extends Came>(all: readonly S[], time: number): readonly S[] {
  // What came too late for the window as it was then is not in it, nor later.
  const held = all.filter((one, index) => {
    const newest = Math.max(...all.slice(0, index + 1).map((other) => other.time))
    return paneOf(one.time) > paneOf(newest) - panes
  })
  const last = Math.max(time, ...all.map((one) => one.time))
  return held.filter((one) => paneOf(one.time) > paneOf(last) - panes)
}

export const exact = (samples: readonly Came[]): Rational[] => samples.map(({ value }) => fromDouble(value))

/** Of the magnitudes, the greatest. */
export const greatest = (samples: readonly Came[]): number =>
  Math.max(0, ...samples.map(({ value }) => Math.abs(value)))

/** The nearest double, of the greatest ones too; an infinity beyond them. */
export const toDouble = (value: Rational): number => {
  const near = nearestDouble(value)
  return Math.abs(near) < 2 ** 900 ? near : nearestDouble(dividedBy(value, fromDouble(2 ** 64))) * 2 ** 64
}
