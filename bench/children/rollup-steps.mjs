// A store of many active series that is written to, flushed and tidied: what it takes of memory, and how long it holds the loop.
import { openRollupStore } from '@tocsin/rollup/store'

import { createLatencies } from '../measure.mjs'
import { createBatches, createFeed, minuteMs, named, stepMs } from '../rollup-series.mjs'
import { watchSteps } from '../steps.mjs'

const [folder, ...numbers] = process.argv.slice(2)
const [seriesCount, minutes, flushes] = numbers.map(Number)
const batchSize = Math.min(10_000, seriesCount)

const collected = () => {
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const series = named(seriesCount)
const feed = createFeed({ kind: 'walk', seriesCount, batchSize })
const batchOf = createBatches('walk', series, batchSize)
const before = collected()

// Days of samples are not waited for: what is flushed is tidied as well.
const store = await openRollupStore(folder, { rawHorizonMs: 0 })
const latencies = createLatencies()
const write = async () => {
  const batch = batchOf(feed())
  const start = performance.now()
  await store.write(batch)
  latencies.add(performance.now() - start)
}

const batchesPerMinute = ((minuteMs / stepMs) * seriesCount) / batchSize
/** Code that is run for the first time is compiled meanwhile. */
for (let batch = 0; batch < batchesPerMinute; batch++) await write()

const bytesPerSeries = (collected() - before) / seriesCount
const stop = watchSteps()
const used = process.cpuUsage()
const start = performance.now()
for (let minute = 1; minute < minutes; minute++) {
  for (let batch = 0; batch < batchesPerMinute; batch++) await write()
  // Beside the next writes.
  if (minute % Math.ceil(minutes / flushes) === 0) void store.flush()
}
await store.flush()
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(used)
const steps = await stop()
await store.close()
const samples = (minutes - 1) * batchesPerMinute * batchSize
console.log(
  JSON.stringify({
    ...steps,
    bytesPerSeries,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
    rate: samples / seconds,
    processor: (user + system) / samples,
  }),
)
