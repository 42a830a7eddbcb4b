// A store that seals its days and answers questions: how long each holds the loop.
import { openRollupStore } from '@tocsin/rollup/store'

import { createBatches, createFeed, dayMs, minuteMs, named, startTime } from '../rollup-series.mjs'
import { watchSteps } from '../steps.mjs'

const [folder, ...numbers] = process.argv.slice(2)
const [seriesCount, days] = numbers.map(Number)
const batchSize = 10_000

// So long as days are waited for, nothing is sealed.
const filled = await openRollupStore(folder, { rawHorizonMs: 1000 * dayMs })
const feed = createFeed({ kind: 'walk', seriesCount, batchSize, periodMs: minuteMs })
const batchOf = createBatches('walk', named(seriesCount), batchSize)
for (let left = seriesCount * days * (dayMs / minuteMs) + batchSize; left > 0; left -= batchSize) {
  await filled.write(batchOf(feed()))
}
await filled.close()

const watched = async (work) => {
  globalThis.gc()
  const stop = watchSteps()
  const start = performance.now()
  await work()
  return { ms: performance.now() - start, ...(await stop()) }
}

const store = await openRollupStore(folder, { rawHorizonMs: 0 })
const compaction = await watched(() => store.flush())
if (store.stats.merges === 0) throw new Error('nothing was put together')
const range = { select: '__name:*', from: startTime, to: startTime + days * dayMs }
const reading = await watched(() => store.fetch({ ...range, period: '1m', value: 'average' }))
// No stored window: folded from the shortest ones.
const folding = await watched(() => store.fetch({ ...range, period: '2m', value: 'timeAverage' }))
await store.close()
console.log(JSON.stringify({ compaction, reading, folding }))
