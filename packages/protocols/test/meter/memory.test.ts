import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { meter } from '../../src/meter/index.ts'

it('keeps of a tag its own text only, not the long one that it was cut from', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const own = meter()
  const hits = own.counter('hits', { tags: ['route'] })
  const before = used()
  const length = 1024 * 1024
  for (let request = 0; request < 64; request += 1) {
    const url = Buffer.alloc(length, `/a route of request ${request} `).toString('latin1')
    hits.add(1, { route: url.slice(0, 30) })
    hits.with({ route: url.slice(0, 31) }).add(1)
  }
  expect(used() - before).toBeLessThan(8 * length)
  expect(own.stats.folded).toBe(0)
})
