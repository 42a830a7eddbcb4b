import { memoryFileSystem } from '@tocsin/journal/testing'
import { series } from '@tocsin/protocols'
import type { Sample, Series } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import type { RollupStore } from '@tocsin/rollup/store'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { exactQueries } from '../server/answers/exact-queries.ts'
import { readHistory } from '../server/answers/history.ts'
import { SeriesIndex } from '../server/answers/series-index.ts'
import { SeriesPoints } from '../server/live/series-points.ts'
import { thinned } from '../server/answers/thinned.ts'
import type { History, SeriesHistory } from '../server/wire.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** A whole day, so that windows of each length begin there. */
const start = Math.floor(1_700_000_000_000 / day) * day

let rollups: RollupStore
let seq = 0
beforeEach(async () => {
  rollups = await openRollupStore('rollups', { fileSystem: memoryFileSystem() })
  seq = 0
})

async function store(samples: readonly Sample[]): Promise<void> {
  const firstSeq = seq + 1
  seq += samples.length
  await rollups.write({ values: samples, position: { journalId: 'a', firstSeq, lastSeq: seq }, gaps: [] })
}

/** What is there of the last minutes: nothing where nobody watches. */
function recentOf(samples: readonly Sample[] = [], reach = Infinity) {
  const points = new Map<string, SeriesPoints>()
  for (const sample of samples) {
    const one = points.get(sample.series.key) ?? new SeriesPoints(sample.series)
    points.set(sample.series.key, one)
    if (sample.time >= reach) one.add(sample)
  }
  return { find: (key: string) => points.get(key), ready: async () => undefined, reach }
}

const ask = (
  from: number,
  to: number,
  keys: readonly string[],
  recent: ReturnType<typeof recentOf> = recentOf(),
): Promise<History> =>
  readHistory({ rollups, index: new SeriesIndex(rollups), recent, now: () => to }, { from, to, keys })

const load = series('load')
const sent = series('sent')
const version = series('version')
const gauge = (time: number, value: number, of: Series = load): Sample => ({
  series: of,
  time,
  value,
  kind: 'gauge',
})

/** The times and values of samples as they were before their differences were taken. */
function samplesOf({ samples }: SeriesHistory): readonly (readonly [number, unknown])[] {
  let time = 0
  return (samples?.times ?? []).map((step, index) => [(time += step), samples?.values[index]])
}

describe('the past of a series', () => {
  it('is older windows, then the samples themselves, and nothing twice or left out between', async () => {
    const samples = Array.from({ length: 600 }, (_, index) => gauge(start + index * 1000, index))
    await store(samples)
    const recent = recentOf(samples, start + 4 * minute + 30_000)
    const { series } = await ask(start, start + 10 * minute, ['load'], recent)
    const [history] = series
    expect(history?.windows).toEqual({
      start,
      periodMs: minute,
      // The fifth minute is not whole in the samples, so that it is a window too.
      average: [29.5, 89.5, 149.5, 209.5, 269.5],
    })
    const told = samplesOf(history!)
    expect([told[0], told.at(-1), history?.stepMs]).toEqual([
      [start + 5 * minute, 300],
      [start + 599_000, 599],
      1000,
    ])
  })

  it('joins so for any reach: each sample is in a window or behind all windows, and each told sample was one', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 20 * minute }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 25 * minute }),
        fc.integer({ min: 0, max: 10 * minute }),
        async (offsets, reach, from) => {
          const name = series('any', { id: String(seq) })
          const samples = offsets.map((offset) => gauge(start + offset, offset, name))
          await store(samples)
          const recent = recentOf(samples, start + reach)
          const { series: told } = await ask(start + from, start + 20 * minute + 1, [name.key], recent)
          const [history] = told
          const { windows } = history!
          const firstWindow = windows?.start ?? 0
          const end = firstWindow + (windows?.average.length ?? 0) * minute
          const single = samplesOf(history!)
          for (const { time, value } of samples) {
            if (time < start + from) continue
            const inSamples = single.some(([at, told]) => at === time && told === value)
            const slot = windows?.average[Math.floor((time - firstWindow) / minute)]
            const inWindow = time >= firstWindow && time < end && typeof slot === 'number'
            // Of a stretch, which is shorter than the usual distance here, all may be told; never a sample in both.
            expect([inSamples, inWindow]).not.toEqual([true, true])
            const isOutlined = single.some(([at]) => Math.abs(at - time) <= (20 * minute) / 200)
            expect(inSamples || inWindow || isOutlined).toBe(true)
          }
          const real = new Map(samples.map(({ time, value }) => [time, value]))
          expect(single.every(([time, value]) => real.get(time) === value)).toBe(true)
          if (windows !== undefined && single.length > 0) expect(end).toBeLessThanOrEqual(single[0]?.[0] ?? 0)
        },
      ),
      { numRuns: 50 },
    ))

  it.each<[number, number, number]>([
    [hour, minute, 60],
    [6 * hour, minute, 360],
    [6 * hour + 1, 5 * minute, 73],
    [day, 5 * minute, 288],
    [3 * day, 30 * minute, 144],
    [7 * day, hour, 168],
    [31 * day, hour, 744],
  ])('over %i ms is windows of %i ms, at most %i of them', async (range, periodMs, most) => {
    const samples = Array.from({ length: 32 * 24 * 12 }, (_, index) => gauge(start + index * 5 * minute, 1))
    await store(samples.filter(({ time }) => time < start + range))
    const [history] = (await ask(start, start + range, ['load'])).series
    expect(history?.windows?.periodMs).toBe(periodMs)
    expect(history?.windows?.average.length).toBeLessThanOrEqual(most)
    expect(history?.windows?.average.length).toBeGreaterThan(most * 0.9)
  })

  it('is averages with a band from a day on, the newest window included, although samples are there', async () => {
    const samples = [gauge(start, 1), gauge(start + 1000, 5), gauge(start + day - 1000, 7)]
    await store(samples)
    const [history] = (await ask(start, start + day, ['load'], recentOf(samples, start))).series
    expect(history?.samples).toBeUndefined()
    const { average, min, max } = history!.windows!
    expect([average[0], min?.[0], max?.[0]]).toEqual([3, 1, 5])
    expect([average[1], min?.[1], max?.[1]]).toEqual([null, null, null])
    expect([average.length, average.at(-1)]).toEqual([288, 7])
  })

  it('of a counter are rates, and of texts the texts, also of those that nobody has seen lately', async () => {
    await store([
      ...[0, 30, 90, 150].map((value, index): Sample => ({
        series: sent,
        time: start + index * 30_000,
        value,
        kind: 'counter',
      })),
      { series: version, time: start, value: '1.1', kind: 'text' },
      { series: version, time: start + 3 * minute, value: '1.2', kind: 'text' },
      gauge(start, 4),
    ])
    const { series } = await ask(start, start + 5 * minute, ['sent', 'version', 'load'])
    expect(series.map(({ key, drawn, windows }) => [key, drawn, windows?.average])).toEqual([
      ['sent', 'rate', [1, 2]],
      ['version', 'text', ['1.1', null, null, '1.2']],
      ['load', 'number', [4]],
    ])
  })

  it('has no band where it is a rate', async () => {
    await store([0, 60, 120].map((value, at): Sample => ({ series: sent, time: start + at * minute, value, kind: 'counter' }))) // prettier-ignore
    const [history] = (await ask(start, start + day, ['sent'])).series
    expect(history?.windows).toMatchObject({ average: [1] })
    expect(history?.windows).not.toHaveProperty('min')
  })

  it('carries in words what JSON has no number for', async () => {
    const samples = [gauge(start + 1, NaN), gauge(start + 2, Infinity)]
    await store([gauge(start, 1)])
    const [history] = (await ask(start, start + minute, ['load'], recentOf(samples, start))).series
    expect(history?.samples?.values).toEqual(['NaN', 'Infinity'])
  })

  it('leaves out what is unknown, and says of a known one without values that there are none', async () => {
    await store([gauge(start, 1)])
    const { series } = await ask(start + day, start + 2 * day, ['load', 'unknown', 'load'])
    expect(series).toEqual([{ key: 'load', drawn: 'number' }])
  })

  it('is there of a series that the rollups have not taken yet', async () => {
    const recent = recentOf([gauge(start + 5, 3)], start)
    const [history] = (await ask(start, start + minute, ['load'], recent)).series
    expect(samplesOf(history!)).toEqual([[start + 5, 3]])
  })

  it('reads only what is asked: not those with one tag more, and each kind of value once', async () => {
    const asked = [series('http'), series('http', { code: '200' }), series('load')]
    const others = ['a', 'b'].map((host) => series('http', { code: '200', host }))
    await store([...asked, ...others].map((one) => gauge(start, 1, one)))
    const fetch = vi.spyOn(rollups, 'fetch')
    const { series: told } = await ask(
      start,
      start + hour,
      asked.map(({ key }) => key),
    )
    expect(told.map(({ key }) => key)).toEqual(asked.map(({ key }) => key))
    const answers = await Promise.all(
      fetch.mock.results.map(({ value }) => value as Promise<{ series: Series }[]>),
    )
    expect(answers.map((answer) => answer.length)).toEqual([3])
  })

  const bad: readonly (readonly [string, unknown])[] = [
    ['no times', { keys: [] }],
    ['from behind to', { from: 2, to: 1, keys: [] }],
    ['an empty time', { from: 1, to: 1, keys: [] }],
    ['times that are none', { from: '1', to: 2, keys: [] }],
    ['fractions', { from: 0.5, to: 2, keys: [] }],
    ['times before 1970', { from: -1, to: 2, keys: [] }],
    ['more than 31 days', { from: 0, to: 31 * day + 1, keys: [] }],
    ['no keys', { from: 0, to: 1 }],
    ['keys that are no texts', { from: 0, to: 1, keys: [1] }],
    ['too many keys', { from: 0, to: 1, keys: Array.from({ length: 121 }, String) }],
  ]
  it.each(bad)('is refused for %s', async (_, asked) => {
    const parts = { rollups, index: new SeriesIndex(rollups), recent: recentOf(), now: () => 0 }
    await expect(readHistory(parts, asked)).rejects.toMatchObject({ status: 400 })
  })
})

describe('a query for exactly these series', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  const tags = fc.dictionary(text, fc.string({ unit: 'grapheme', maxLength: 4 }), { maxKeys: 3 })
  const names = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom('a', 'b', 'a,b:(c)"*', 'ä'), tags)
      .map(([metric, given]) => series(metric, given)),
    { minLength: 1, maxLength: 12, selector: ({ key }) => key },
  )

  it('selects them and no others, whatever stands in their names', () =>
    fc.assert(
      fc.asyncProperty(names, fc.infiniteStream(fc.boolean()), async (all, chosen) => {
        const own = await openRollupStore('own', { fileSystem: memoryFileSystem() })
        await own.write({
          values: all.map((one) => gauge(start, 1, one)),
          position: { journalId: 'a', firstSeq: 1, lastSeq: all.length },
          gaps: [],
        })
        const index = new SeriesIndex(own)
        const wanted = all.filter(() => chosen.next().value === true)
        const queries = exactQueries(wanted, (metric) => index.categoriesOf(metric))
        const found = queries.flatMap((query) => own.series(query)).map(({ key }) => key)
        expect(found.sort()).toEqual(wanted.map(({ key }) => key).sort())
      }),
      { numRuns: 100 },
    ))

  it('stays below the longest that is read, also of a hundred long names', async () => {
    const long = Array.from({ length: 120 }, (_, index) =>
      series(`${'m'.repeat(3500)}${index % 10}`, { id: `${index}`, text: 'x'.repeat(240) }),
    )
    await store(long.map((one) => gauge(start, 1, one)))
    const queries = exactQueries(long)
    expect(Math.max(...queries.map(({ length }) => length))).toBeLessThan(16_384)
    const found = new Set(queries.flatMap((query) => rollups.series(query)).map(({ key }) => key))
    expect(long.filter(({ key }) => !found.has(key))).toEqual([])
  })
})

describe('what is left of many points', () => {
  it('is of each stretch the first, the smallest, the largest and the last, in their order, as they were', () => {
    const points = fc.uniqueArray(
      fc.tuple(
        fc.nat(1000),
        fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(NaN, Infinity, 'up', 'down')),
      ),
      { selector: ([time]) => time, maxLength: 300 },
    )
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 300 }), (given, stretchMs) => {
        const sorted = given.toSorted(([a], [b]) => a - b)
        const { times, values } = thinned(
          { times: sorted.map(([time]) => time), values: sorted.map(([, value]) => value) },
          stretchMs,
        )
        const kept = new Map(times.map((time, index) => [time, values[index]]))
        expect([...kept.keys()]).toEqual(times)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        const real = new Map(sorted)
        for (const [time, value] of kept) expect(Object.is(real.get(time), value)).toBe(true)
        for (let stretch = 0; stretch * stretchMs <= 1000; stretch++) {
          const inside = sorted.filter(([time]) => Math.floor(time / stretchMs) === stretch)
          const told = inside.filter(([time]) => kept.has(time))
          const numbers = (all: typeof inside): number[] =>
            all.flatMap(([, value]) => (typeof value === 'number' && !Number.isNaN(value) ? [value] : []))
          const spread = (all: typeof inside): readonly unknown[] => [
            all[0]?.[0],
            all.at(-1)?.[0],
            Math.min(...numbers(all)),
            Math.max(...numbers(all)),
          ]
          expect(spread(told)).toEqual(spread(inside))
          if (inside.every(([, value]) => typeof value === 'number' && !Number.isNaN(value))) {
            expect(told.length).toBeLessThanOrEqual(4)
          }
        }
      }),
    )
  })
})
