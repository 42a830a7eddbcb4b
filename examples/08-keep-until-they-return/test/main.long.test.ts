import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

it('brings every sample to both, each of which was away, and draws how far behind they were', async () => {
  using data = temporaryFolder()
  const { code, printed } = await runExample('08-keep-until-they-return', data.path)
  for (const name of ['graphite', 'influx']) {
    expect(printed).toContain(`${name}: 1720 samples, each of them once and in order`)
    expect(printed).toMatch(new RegExp(`${name} cannot be reached: .*127.0.0.1`))
  }
  expect(code).toBe(0)
  // What the plugin said is called as Alignak's backend calls it: in Graphite by name, in InfluxDB by name and tags.
  const tags = '|ST[host:till,realm:All.Shop,service:disk]'
  for (const [name, front, behind] of [
    ['graphite', 'alignak.All.Shop.till.disk.', ''],
    ['influx', '', tags],
  ] as const) {
    const points = new Set(readFileSync(join(data.path, name), 'utf8').split('\n'))
    for (let result = 0; result < 40; result += 1) {
      const time = Date.UTC(2026, 0, 1) + result * 10_000
      expect(points).toContain(`${front}_var${behind} ${time} ${20 + result}`)
      expect(points).toContain(`${front}_var_warning${behind} ${time} 80`)
      expect(points).toContain(`${front}_var_critical${behind} ${time} 90`)
    }
  }
  const picture = readFileSync(join(data.path, 'lags.svg'), 'utf8')
  expect(picture.match(/<polyline class="line"/g)).toHaveLength(2)
  expect(picture).not.toContain('NaN')
  // While it was away it fell behind, by what came in at least two thirds of that time.
  for (const [, records] of printed.matchAll(/was at most (\d+) records behind/g))
    expect(Number(records)).toBeGreaterThan(240)
})
