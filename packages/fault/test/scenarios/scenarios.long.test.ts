import { expect, it } from 'vitest'

import { churn, onePercentStops } from './scenarios.ts'

it('knows of each of 1,000 series that stop, of 100,000, within a second of when it can be known', () => {
  const { told, stopped } = onePercentStops(100_000)
  expect(told).toHaveLength(stopped)
  for (const { event, at } of told) {
    expect(event).toMatchObject({ type: 'opened', time: 90_000, cause: { reason: 'absent' } })
    expect(at - event.time).toBeLessThanOrEqual(11_000)
  }
})

it('lives through 30 days of 5,000 new pods a day with room for those of two', () => {
  const { most, left, opened, gone } = churn(30, 5000)
  expect(most).toBeLessThanOrEqual(10_001)
  expect(left).toBe(0)
  expect([opened, gone]).toEqual([15_000, 15_000])
})
