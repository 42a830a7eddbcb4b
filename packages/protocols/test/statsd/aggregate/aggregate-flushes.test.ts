import { readFileSync } from 'node:fs'

import type { Sample } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { createStatsdAggregateEngine } from '../../../src/statsd/aggregate/aggregate-engine.ts'
import type { StatsdAggregateEngineOptions } from '../../../src/statsd/aggregate/aggregate-options.ts'
import { createStatsdParser } from '../../../src/statsd/statsd-parser.ts'

/** What the daemon flushed, recorded by `bench/statsd-daemon/record-flushes.cjs` with the seed and the options in the file. */
interface Recording {
  readonly flushMs: number
  readonly flushes: readonly {
    readonly lines: readonly string[]
    readonly counters: Readonly<Record<string, number>>
    readonly rates: Readonly<Record<string, number>>
    readonly gauges: Readonly<Record<string, number>>
    readonly sets: Readonly<Record<string, number>>
    readonly timers: Readonly<Record<string, Readonly<Record<string, number | Record<string, number>>>>>
  }[]
}

/** The numbers of one flush by the names that they have here. */
function namesOf({
  counters,
  rates,
  gauges,
  sets,
  timers,
}: Recording['flushes'][number]): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  const put = (name: string, type: string, value: number) => all.set(`${name}|ST[statsd_type:${type}]`, value)
  for (const [name, value] of Object.entries(counters)) put(`${name}.count`, 'counter', value)
  for (const [name, value] of Object.entries(rates)) put(`${name}.rate`, 'counter', value)
  for (const [name, value] of Object.entries(gauges)) put(name, 'gauge', value)
  for (const [name, value] of Object.entries(sets)) put(`${name}.count`, 'set', value)
  for (const [name, numbers] of Object.entries(timers)) {
    for (const [number, value] of Object.entries(numbers)) {
      if (typeof value === 'number') put(`${name}.${number}`, 'timer', value)
      else for (const [bin, count] of Object.entries(value)) put(`${name}.${number}.${bin}`, 'timer', count)
    }
  }
  return all
}

describe('the numbers of each flush are those of statsd 0.9.0, for random traffic', () => {
  it.each<[string, StatsdAggregateEngineOptions]>([
    ['default', {}],
    [
      'percentiles',
      {
        percentiles: [50, 99.9, -25],
        bins: [
          { metric: 'render.b', limits: [] },
          { metric: 'render', limits: [10, 100.5, 'inf'] },
        ],
      },
    ],
    ['idle', { deleteIdle: ['counter', 'gauge', 'set', 'timer'], gaugeFlushes: 2 }],
  ])('with the options of %s.json', (file, options) => {
    const recording = JSON.parse(
      readFileSync(new URL(`./flushes/${file}.json`, import.meta.url), 'utf8'),
    ) as Recording
    const { flushMs, flushes } = recording
    const parser = createStatsdParser()
    const engine = createStatsdAggregateEngine({ ...options, flushMs })
    for (const [at, flush] of flushes.entries()) {
      const time = at * flushMs + 7
      parser.parse(Buffer.from(flush.lines.join('\n')), time, {
        sample: (sample) => expect(engine.add(sample, time)).toEqual([]),
        problem: ({ reason }) => expect(reason).toBe('bad-value'),
      })
      const samples: readonly Sample[] = engine.advance((at + 1) * flushMs)
      const expected = namesOf(flush)
      expect(samples.map(({ series }) => series.key).sort()).toEqual([...expected.keys()].sort())
      for (const { series, value, time: stamped } of samples) {
        expect(stamped).toBe((at + 1) * flushMs - 1)
        // The daemon multiplies by 1 / rate, and subtracts sums.
        const wanted = expected.get(series.key) ?? Number.NaN
        const near = Math.abs(Number(value) - wanted) <= 1e-11 * Math.abs(wanted)
        expect(near ? wanted : value, series.key).toBe(wanted)
      }
    }
  })
})
