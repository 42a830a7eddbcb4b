// What the benchmarks of faults judge: always the same series, values and rules.
import { series as seriesOf } from '@tocsin/fault/engine'

import { createChance } from './rollup-series.mjs'

export const periodMs = 10_000
export const startTime = Date.UTC(2025, 0, 1)
/** One in so many series is bad all the time, by each of the thresholds. */
const badOneIn = 1000
export const isBad = (number) => number % badOneIn === 0
export const badOf = (count) => Math.ceil(count / badOneIn)

/** The five rules: two thresholds, one that holds, the average of two minutes, and absence. */
export const rules = [
  { when: { above: 90 }, severity: 1 },
  { when: { above: 80 }, severity: 2 },
  { when: { above: 70 }, for: '5m', severity: 3 },
  { when: { of: { average: '2m' }, above: 60 }, severity: 4 },
  { when: { absentFor: '5m' }, severity: 5 },
]
export const fiveRules = [{ id: 'load', select: '__name:service.load', rules }]

export const named = (count) =>
  Array.from({ length: count }, (_, number) =>
    seriesOf('service.load', { host: `host-${number % 1000}`, disk: `disk-${Math.floor(number / 1000)}` }),
  )

/**
 * One sample of each series every 10 s, in batches of at most `batchSize`; the samples are used again. `next()` gives a batch and the
 * moment at which it comes. The order of the series is theirs, or, `isShuffled`, another one in each round.
 */
export function createFaultFeed(series, { batchSize = 10_000, isShuffled = false, from = startTime } = {}) {
  const chance = createChance(14)
  const values = Float64Array.from(series, (_, number) => (isBad(number) ? 95 : chance(5000) / 100))
  const samples = series.map((one) => ({ series: one, time: 0, value: 0, kind: 'gauge' }))
  const order = Uint32Array.from(series, (_, number) => number)
  const count = series.length
  const batch = []
  let at = 0
  let round = 0
  const shuffle = () => {
    for (let last = count - 1; last > 0; last--) {
      const other = chance(last + 1)
      const kept = order[last]
      order[last] = order[other]
      order[other] = kept
    }
  }
  return () => {
    if (at === 0 && isShuffled) shuffle()
    const end = Math.min(count, at + batchSize)
    const now = from + round * periodMs + Math.floor((at / count) * periodMs)
    batch.length = end - at
    for (let index = at; index < end; index++) {
      const number = order[index]
      const sample = samples[number]
      sample.time = now
      // Up and down by a little, well within what is good.
      sample.value = values[number] + ((number + round) & 3)
      batch[index - at] = sample
    }
    at = end === count ? 0 : end
    if (at === 0) round += 1
    return { samples: batch, now }
  }
}

/** Processor time of all threads so far, s. */
export function processorSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
