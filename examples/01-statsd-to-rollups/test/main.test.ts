import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

const ordersIn = (printed: string): number =>
  [...printed.matchAll(/UTC: (\d+) orders, checkout 150 ms on average/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )

it('finds the samples of the first run in the second one, in the journal and in the rollups', async () => {
  using data = temporaryFolder()
  const first = await runExample('01-statsd-to-rollups', data.path)
  expect(first).toMatchObject({ code: 0, printed: expect.stringContaining('0 samples of earlier runs') })
  expect(first.printed).toMatch(/statsd listens on 127\.0\.0\.1:\d+/)
  expect(ordersIn(first.printed)).toBe(3)

  const second = await runExample('01-statsd-to-rollups', data.path)
  expect(second).toMatchObject({ code: 0, printed: expect.stringContaining('3 samples of earlier runs') })
  expect(ordersIn(second.printed)).toBe(6)
})
