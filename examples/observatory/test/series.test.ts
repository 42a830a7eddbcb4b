import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/series.js'

interface Series {
  readonly metric: string
  readonly tags: string
  readonly text?: string
  live: [number, number][]
}

/** The functions of the page, with the types that they would have. */
const { addSample, columns, createSeries, latest, setPast, show } = page as {
  addSample: (series: Series, kind: string, time: number, value: unknown) => void
  columns: (series: Series, from: number) => [number[], (number | null)[]]
  createSeries: (key: string) => Series
  latest: (series: Series) => number | undefined
  setPast: (
    series: Series,
    history: { start: number; periodMs: number; values: unknown[] },
    keepFrom: number,
  ) => void
  show: (series: Series, value: number | null) => string
}

describe('a series of the page', () => {
  it('joins what the store holds to what is live, with a hole where nothing came', () => {
    const series = createSeries('m|ST[host:a]')
    setPast(series, { start: 0, periodMs: 60_000, values: [1, null, 3] }, 0)
    for (const second of [180, 181, 182, 200, 201]) addSample(series, 'gauge', second * 1000, second)
    expect(columns(series, 0)).toEqual([
      [30, 90, 150, 180, 181, 182, 184.5, 200, 201],
      [1, null, 3, 180, 181, 182, null, 200, 201],
    ])
    expect(series).toMatchObject({ metric: 'm', tags: 'host:a' })
  })

  it('leaves to the store what is older than the live part', () => {
    const series = createSeries('m')
    for (const second of [10, 70]) addSample(series, 'gauge', second * 1000, second)
    setPast(series, { start: 0, periodMs: 60_000, values: [10] }, 60_000)
    expect(columns(series, 0)).toEqual([
      [30, 70],
      [10, 70],
    ])
  })

  it('does not tell a minute twice that both know, and leaves a hole of missing minutes open', () => {
    const series = createSeries('m')
    setPast(series, { start: 0, periodMs: 60_000, values: [1, 2] }, 0)
    addSample(series, 'gauge', 100_000, 3)
    expect(columns(series, 0)).toEqual([
      [30, 100],
      [1, 3],
    ])
    series.live = [[500, 4]]
    expect(columns(series, 0)).toEqual([
      [30, 90, 150, 500],
      [1, 2, null, 4],
    ])
  })

  it('draws a counter as its rate, and nothing for its first value and at a reset', () => {
    const series = createSeries('sent_bytes')
    for (const [second, value] of [
      [1, 100],
      [2, 300],
      [3, 50],
      [4, 60],
    ] as const)
      addSample(series, 'counter', second * 1000, value)
    expect(columns(series, 0)[1]).toEqual([200, 10])
    expect(show(series, 2048)).toBe('2 KiB/s')
  })

  it('shows units by the name of the metric', () => {
    expect(show(createSeries('cpu.used_percent'), 12.345)).toBe('12.3 %')
    expect(show(createSeries('memory.used_bytes'), 3 * 2 ** 30)).toBe('3 GiB')
    expect(show(createSeries('orders'), null)).toBe('')
  })

  it('keeps the newest text', () => {
    const series = createSeries('version')
    setPast(series, { start: 0, periodMs: 60_000, values: ['1.0', null] }, 0)
    addSample(series, 'text', 1, '1.1')
    expect(series.text).toBe('1.1')
    expect(latest(series)).toBeUndefined()
  })
})
