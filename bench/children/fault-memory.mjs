// An engine that knows many series: what each takes of its memory.
import { createFaultEngine } from '@tocsin/fault/engine'

import { createFaultFeed, fiveRules, named } from '../fault-series.mjs'

const [countGiven, terms] = process.argv.slice(2)
const count = Number(countGiven)
const passes = 14

const collected = () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  // Buffers are in `external`.
  return heapUsed + external
}

const ruleSets =
  terms === 'five'
    ? fiveRules
    : [
        {
          id: 'load',
          select: '__name:service.load',
          rules: terms.split(',').map((term, index) => ({
            when: { of: { [term]: term === 'last' ? true : '2m' }, above: 90 + index },
            severity: 1 + index,
          })),
        },
      ]
const next = createFaultFeed(named(count))
// Code that is run for the first time is compiled before.
const warm = createFaultEngine(ruleSets, { maxInstances: count })
const { samples, now } = next()
warm.batch(samples.slice(0, 100), now)

const before = collected()
const engine = createFaultEngine(ruleSets, { maxInstances: count })
const batches = passes * Math.ceil(count / 10_000)
// The first batch was taken already.
for (let batch = 1; batch < batches + 1; batch++) {
  const given = next()
  engine.batch(given.samples, given.now)
}
const after = collected()
const { instances } = engine.stats
if (instances !== count) throw new Error(`${instances} of ${count} instances`)
console.log(JSON.stringify({ perSeries: (after - before) / count, warm: warm.stats.instances }))
