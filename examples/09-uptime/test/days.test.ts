import { expect, it } from 'vitest'

import { availabilityOf, dayCount, daysOf } from '../days.ts'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 1)
/** So many hours that are all the same. */
const hours = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value)
const end = start + dayCount * 24 * hour

it('takes what nobody has looked at for unknown, and not for available', () => {
  const none = daysOf({ start, available: [], knew: [], due: [] }, end)
  expect(none).toHaveLength(dayCount)
  expect(none.every(({ known, available }) => known === 0 && Number.isNaN(available))).toBe(true)
  expect(availabilityOf(none)).toBeNaN()
})

it('tells how much of a day is known beside how available it was in that', () => {
  // Six hours well, six hours down, and then nobody looked.
  const seen = { available: [...hours(6, 1), ...hours(6, 0)], knew: hours(12, 60), due: hours(12, 60) }
  const [first, second] = daysOf({ start, ...seen }, end)
  expect(first).toEqual({ start, known: 0.5, available: 0.5 })
  expect(second).toMatchObject({ known: 0 })
})

it('counts looks that did not come to know it as unknown', () => {
  const [first] = daysOf({ start, available: hours(24, 1), knew: hours(24, 15), due: hours(24, 60) }, end)
  expect(first).toEqual({ start, known: 0.25, available: 1 })
})

it('measures the present day by its hours so far', () => {
  const half = { start, available: hours(12, 1), knew: hours(12, 1), due: hours(12, 1) }
  expect(daysOf(half, start + 12 * hour)[0]).toEqual({ start, known: 1, available: 1 })
})

it('weighs days by how much of them is known', () => {
  const days = [
    { start, known: 1, available: 1 },
    { start, known: 0.5, available: 0 },
    { start, known: 0, available: NaN },
  ]
  expect(availabilityOf(days)).toBeCloseTo(2 / 3, 12)
})
