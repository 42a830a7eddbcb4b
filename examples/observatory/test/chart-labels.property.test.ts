import fc from 'fast-check'
import { expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as labels from '../page/charts/plot/labels.js'

const { labelHeight, placeLabels } = labels as {
  labelHeight: number
  placeLabels: (wanted: readonly number[], top: number, bottom: number) => readonly (number | undefined)[]
}

const wantedArbitrary = fc.array(
  fc.oneof(fc.integer({ min: -50, max: 250 }), fc.double({ min: 0, max: 130 })),
  {
    maxLength: 12,
  },
)
const heightArbitrary = fc.integer({ min: 0, max: 200 })

it('labels never overlap each other or the edges', () => {
  fc.assert(
    fc.property(wantedArbitrary, heightArbitrary, (wanted, height) => {
      const places = placeLabels(wanted, 0, height)
        .filter((place) => place !== undefined)
        .sort((one, other) => one - other)
      for (const [at, place] of places.entries()) {
        expect(place - labelHeight / 2).toBeGreaterThanOrEqual(-1e-6)
        expect(place + labelHeight / 2).toBeLessThanOrEqual(height + 1e-6)
        if (at > 0) expect(place - places[at - 1]!).toBeGreaterThanOrEqual(labelHeight - 1e-6)
      }
    }),
  )
})

it('as many labels as there is room for stand, the first of the list first', () => {
  fc.assert(
    fc.property(wantedArbitrary, heightArbitrary, (wanted, height) => {
      const shown = placeLabels(wanted, 0, height).map((place) => place !== undefined)
      const room = Math.min(wanted.length, Math.floor(height / labelHeight))
      expect(shown).toEqual(wanted.map((_, at) => at < room))
    }),
  )
})

it('labels have the order of the ends of their lines', () => {
  fc.assert(
    fc.property(wantedArbitrary, (wanted) => {
      const places = placeLabels(wanted, 0, 1000)
      for (const [one, place] of places.entries()) {
        for (const [other, otherPlace] of places.entries())
          if (wanted[one]! < wanted[other]!) expect(place!).toBeLessThan(otherPlace!)
      }
    }),
  )
})

/** The distance of all together, squared, by trying each place of a grid. */
function leastDistance(wanted: readonly number[], height: number, step: number): number {
  const sorted = [...wanted].sort((one, other) => one - other)
  const best = (at: number, from: number): number => {
    if (at === sorted.length) return 0
    let least = Infinity
    const last = height - labelHeight / 2 - (sorted.length - 1 - at) * labelHeight
    for (let place = from; place <= last + 1e-9; place += step)
      least = Math.min(least, (place - sorted[at]!) ** 2 + best(at + 1, place + labelHeight))
    return least
  }
  return best(0, labelHeight / 2)
}

it('no other places are nearer to the ends of the lines, all together', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 3 }), (wanted) => {
      const places = placeLabels(wanted, 0, 60)
      const distance = wanted.reduce((sum, y, at) => sum + (places[at]! - y) ** 2, 0)
      expect(distance).toBeLessThanOrEqual(leastDistance(wanted, 60, 1) + 1e-6)
    }),
  )
})
