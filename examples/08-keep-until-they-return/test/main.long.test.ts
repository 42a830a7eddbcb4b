import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

it('brings every sample to both, each of which was away, and draws how far behind they were', async () => {
  using data = temporaryFolder()
  const { code, printed } = await runExample('08-keep-until-they-return', data.path)
  for (const name of ['graphite', 'influx']) {
    expect(printed).toContain(`${name}: 1600 samples, each of them once and in order`)
    expect(printed).toMatch(new RegExp(`${name} cannot be reached: .*127.0.0.1`))
  }
  expect(code).toBe(0)
  const picture = readFileSync(join(data.path, 'lags.svg'), 'utf8')
  expect(picture.match(/<polyline class="line"/g)).toHaveLength(2)
  expect(picture).not.toContain('NaN')
  // While it was away it fell behind, by what came in at least two thirds of that time.
  for (const [, records] of printed.matchAll(/was at most (\d+) records behind/g))
    expect(Number(records)).toBeGreaterThan(240)
})
