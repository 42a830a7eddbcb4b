import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as joining from '../page/charts/columns.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as store from '../page/charts/samples.js'
import type { SeriesHistory, Value } from '../server/wire.ts'

interface Series {
  readonly times: readonly number[]
  readonly values: readonly Value[]
  readonly latest?: { readonly time: number; readonly value: Value }
  readonly known: { from: number; to: number }
}
interface Hole {
  readonly from: number
  readonly to: number
}
interface Columns {
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  readonly least: readonly (number | null)[]
  readonly holes: readonly Hole[]
}

const { addRow, doubt, mostSamples, prune, setHistory, usualStep } = store as {
  addRow: (samples: Map<string, Series>, key: string, time: number, value: unknown) => void
  doubt: (series: Series) => void
  mostSamples: number
  prune: (series: Series, before: number) => void
  setHistory: (series: Series, told: SeriesHistory, asked: { from: number; to: number; now: number }) => void
  usualStep: (series: Series) => number | undefined
}
const { blocks, columns, common, isSparse, nearest } = joining as {
  blocks: (series: Series, from: number, to: number, now: number) => readonly (Hole & { text: string })[]
  columns: (series: Series, from: number, to: number, now?: number) => Columns
  common: (lists: readonly (readonly Hole[])[]) => readonly Hole[]
  isSparse: (step: number | undefined, from: number, to: number) => boolean
  nearest: (series: Series, time: number) => { time: number; value: Value } | undefined
}

const second = 1000
const minute = 60 * second
const asked = { from: 0, to: 10_000 * minute, now: 10_000 * minute }

/** A series that the history told whole, by its times in seconds; the value is the time. */
function told(seconds: readonly number[], values?: readonly Value[]): Series {
  const samples = new Map<string, Series>()
  addRow(samples, 'a', 0, 0)
  const series = samples.get('a')!
  const times = seconds.map((time) => time * second)
  setHistory(
    series,
    {
      key: 'a',
      drawn: typeof values?.[0] === 'string' ? 'text' : 'number',
      stepMs: 2 * second,
      samples: {
        times: times.map((time, at) => time - (times[at - 1] ?? 0)),
        values: values ?? seconds,
      },
    },
    asked,
  )
  return series
}

const every2s = (from: number, to: number): readonly number[] =>
  Array.from({ length: (to - from) / 2 + 1 }, (_, at) => from + 2 * at)

describe('the samples of a series', () => {
  it('have each time once, whether history or stream told it, in the order of time', () => {
    const series = told([2, 4, 6])
    const samples = new Map([['a', series]])
    for (const time of [6, 10, 8, 4]) addRow(samples, 'a', time * second, time)
    expect(series.times).toEqual([2, 4, 6, 8, 10].map((time) => time * second))
    expect(series.values).toEqual([2, 4, 6, 8, 10])
    expect(series.latest).toEqual({ time: 10 * second, value: 10 })
  })

  it('that the stream brought after a history was taken stay when it arrives', () => {
    const series = told([2, 4])
    const samples = new Map([['a', series]])
    addRow(samples, 'a', 8 * second, 8)
    setHistory(
      series,
      { key: 'a', drawn: 'number', samples: { times: [2000, 2000, 2000], values: [2, 4, 6] } },
      { from: 0, to: 6 * second, now: 6 * second },
    )
    expect(series.times).toEqual([2000, 4000, 6000, 8000])
  })

  it('are no samples where they have no time or no value', () => {
    const samples = new Map<string, Series>()
    for (const [time, value] of [
      [NaN, 1],
      [1000, null],
      [2000, undefined],
      [3000, { value: 1 }],
    ] as const)
      addRow(samples, 'a', time, value)
    expect(samples.get('a')!.times).toEqual([])
    expect(samples.get('a')!.latest).toBeUndefined()
  })

  it('stay bounded over a day of one a second, and the latest is still there', () => {
    const samples = new Map<string, Series>()
    const day = 24 * 60 * minute
    let most = 0
    for (let time = 0; time <= day; time += second) {
      addRow(samples, 'a', time, time % 7)
      most = Math.max(most, samples.get('a')!.times.length)
    }
    expect(most).toBeLessThanOrEqual(mostSamples + 1)
    expect(samples.get('a')!.latest!.time).toBe(day)
    expect(samples.get('a')!.times.at(-1)).toBe(day)
  })

  it('that were thinned are still one line, with the highest peak in it', () => {
    const samples = new Map<string, Series>()
    for (let time = 0; time < 20_000; time++) addRow(samples, 'a', time * second, time === 5000 ? 99 : 1)
    const series = samples.get('a')!
    doubt(series)
    series.known.from = 0
    const drawn = columns(series, 0, 20_000 * second)
    expect(drawn.values).not.toContain(null)
    expect(Math.max(...drawn.values.map(Number))).toBe(99)
  })

  it('before the range are forgotten, but the one from which its first line comes', () => {
    const series = told(every2s(0, 400))
    prune(series, 301 * second)
    expect(series.times[0]).toBe(300 * second)
  })

  it('stay bounded by the number of series too', () => {
    const samples = new Map<string, Series>()
    for (let count = 0; count < 5000; count++) addRow(samples, `key ${count}`, 1000, 1)
    expect(samples.size).toBeLessThanOrEqual(2000)
  })
})

describe('the line of a series', () => {
  it('joins neighbours up to four usual steps apart, and has a hole beyond', () => {
    const near = columns(told([...every2s(0, 20), ...every2s(28, 48)]), 0, 50 * second)
    expect(near.holes).toEqual([])
    const far = columns(told([...every2s(0, 20), ...every2s(30, 50)]), 0, 50 * second)
    expect(far.holes).toEqual([{ from: 20 * second, to: 30 * second }])
    expect(far.values.filter((value) => value === null)).toHaveLength(1)
  })

  it('has no hole below five seconds, however fast the samples usually come', () => {
    const quick = Array.from({ length: 100 }, (_, at) => at / 10)
    const samples = new Map<string, Series>()
    for (const time of [...quick, 14.8, 14.9]) addRow(samples, 'a', time * second, 1)
    const series = samples.get('a')!
    doubt(series)
    series.known.from = 0
    expect(columns(series, 0, 20 * second).holes).toEqual([])
    addRow(samples, 'a', 20 * second, 1)
    expect(columns(series, 0, 20 * second).holes).toEqual([{ from: 14_900, to: 20_000 }])
  })

  it('has no hole where nobody asked what was', () => {
    const samples = new Map<string, Series>()
    for (const time of [...every2s(0, 20), ...every2s(60, 80)]) addRow(samples, 'a', time * second, 1)
    expect(columns(samples.get('a')!, 0, 80 * second).holes).toEqual([])
    expect(columns(samples.get('a')!, 0, 80 * second).values).toContain(null)
  })

  it('joins neighbouring windows and has a hole where one is empty', () => {
    const series = told([])
    setHistory(
      series,
      {
        key: 'a',
        drawn: 'number',
        windows: { start: 0, periodMs: minute, average: [1, 2, null, 4], min: [0, 1, null, 3] },
      },
      asked,
    )
    const drawn = columns(series, 0, 4 * minute)
    expect(drawn.values).toEqual([1, 2, null, 4])
    expect(drawn.least).toEqual([0, 1, null, 3])
    expect(drawn.holes).toEqual([{ from: 2 * minute, to: 3 * minute }])
  })

  it('goes from the last window to the first sample', () => {
    const series = told([])
    setHistory(
      series,
      {
        key: 'a',
        drawn: 'number',
        stepMs: second,
        windows: { start: 0, periodMs: minute, average: [1, 2] },
        samples: { times: [2 * minute + 3000, 1000, 1000], values: [3, 4, 5] },
      },
      asked,
    )
    expect(columns(series, 0, 3 * minute).values).toEqual([1, 2, 3, 4, 5])
  })

  it('is broken by what is not a number, which is no hole', () => {
    const drawn = columns(told(every2s(0, 6), [1, 'NaN', 'Infinity', 2]), 0, 6 * second)
    expect(drawn.values).toEqual([1, null, null, 2])
    expect(drawn.holes).toEqual([])
  })

  it('of a series that has stopped has a hole up to now', () => {
    const series = told(every2s(0, 20))
    expect(columns(series, 0, 40 * second, 28 * second).holes).toEqual([])
    expect(columns(series, 0, 40 * second, 29 * second).holes).toEqual([
      { from: 20 * second, to: 29 * second },
    ])
  })

  it('is made of dots where a step is more than a fortieth of what is shown', () => {
    expect(isSparse(5 * minute, 0, 60 * minute)).toBe(true)
    expect(isSparse(minute, 0, 60 * minute)).toBe(false)
    expect(isSparse(undefined, 0, 60 * minute)).toBe(false)
  })

  it('joins what a history thinned, and still has its real holes', () => {
    // Of stretches of 20 s the first, smallest, largest and last, of one sample a second.
    const stretches = Array.from({ length: 60 }, (_, at) => (at < 30 ? at * 20 : at * 20 + 200))
    const series = told(stretches.flatMap((start) => [start, start + 3, start + 12, start + 19]))
    expect(columns(series, 0, 1500 * second).holes).toEqual([{ from: 599 * second, to: 800 * second }])
  })

  it('goes on from what a history thinned to each sample of the stream', () => {
    const series = told(Array.from({ length: 30 }, (_, at) => at * 20))
    const samples = new Map([['a', series]])
    for (let time = 581; time < 1200; time++) addRow(samples, 'a', time * second, 1)
    expect(usualStep(series)).toBe(2 * second)
    expect(columns(series, 0, 1200 * second).holes).toEqual([])
  })
})

describe('the value under the pointer', () => {
  const series = told([...every2s(0, 20), ...every2s(60, 80)])

  it('is that of the nearest real sample, never one between two', () => {
    expect(nearest(series, 4900)).toEqual({ time: 4000, value: 4 })
    expect(nearest(series, 5100)).toEqual({ time: 6000, value: 6 })
  })

  it('is none in a hole, before the first and long after the last', () => {
    expect(nearest(series, 40 * second)).toBeUndefined()
    expect(nearest(series, -10 * second)).toBeUndefined()
    expect(nearest(series, 100 * second)).toBeUndefined()
    expect(nearest(series, 83 * second)).toEqual({ time: 80_000, value: 80 })
  })
})

describe('a series of text', () => {
  it('is blocks that end where another text begins', () => {
    const series = told([0, 2, 4, 6], ['v1', 'v1', 'v2', 'v2'])
    expect(blocks(series, 0, 10 * second, 7 * second)).toEqual([
      { from: 0, to: 4 * second, text: 'v1' },
      { from: 4 * second, to: 7 * second, text: 'v2' },
    ])
  })

  it('ends where it stopped to come', () => {
    const series = told(every2s(0, 6), ['v1', 'v1', 'v1', 'v1'])
    expect(blocks(series, 0, 100 * second, 100 * second)).toEqual([{ from: 0, to: 6 * second, text: 'v1' }])
  })
})

it('what all lines of a chart have no data in is a hole of the chart', () => {
  const one = [
    { from: 0, to: 10 },
    { from: 20, to: 30 },
  ]
  expect(common([one, [{ from: 5, to: 25 }]])).toEqual([
    { from: 5, to: 10 },
    { from: 20, to: 25 },
  ])
  expect(common([one, []])).toEqual([])
  expect(common([])).toEqual([])
})
