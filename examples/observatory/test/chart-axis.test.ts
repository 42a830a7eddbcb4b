import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as axis from '../page/charts/plot/axis.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as scale from '../page/charts/plot/scale.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as format from '../page/words/format.js'

interface Unit {
  readonly kind: string
}
const { timeTicks, valueTicks } = axis as {
  timeTicks: (
    from: number,
    to: number,
    width: number,
    zone: string,
  ) => readonly { time: number; text: string }[]
  valueTicks: (
    min: number,
    max: number,
    height: number,
    unit: Unit,
    isMirrored?: boolean,
  ) => readonly { value: number; text: string }[]
}
const { valueRange } = scale as {
  valueRange: (asked: {
    kind: string
    least?: number
    most?: number
    thresholds?: readonly number[]
    whole?: number
    isCut?: boolean
  }) => readonly [number, number]
}
const { unitOf } = format as { unitOf: (metric: string, drawn?: string) => Unit }

const minute = 60_000
const day = 1440 * minute
const now = Date.UTC(2026, 10, 26, 5, 12, 40)
const texts = (ticks: readonly { text: string }[]): string =>
  ticks.map(({ text }) => text.replaceAll('\u00a0', ' ')).join(' | ')

describe('the marks of time', () => {
  it.each([
    [2, 257, '05:11:00 | 05:11:30 | 05:12:00'],
    [4, 257, '05:10:00 | 05:11:00 | 05:12:00'],
    [15, 257, '05:00 | 05:05 | 05:10'],
    [60, 257, '04:30 | 04:45 | 05:00'],
    [60, 212, '04:30 | 04:45 | 05:00'],
    [60, 638, '04:20 | 04:30 | 04:40 | 04:50 | 05:00 | 05:10'],
    [360, 257, 'Thu 26 | 02:00 | 04:00'],
    [1440, 257, '12:00 | 18:00 | Thu 26'],
    [7 * 1440, 257, 'Sat 21 | Mon 23 | Wed 25'],
    [7 * 1440, 638, 'Fri 20 | Sat 21 | Sun 22 | Mon 23 | Tue 24 | Wed 25 | Thu 26'],
    [30 * 1440, 257, 'Mon 2 | Mon 9 | Mon 16 | Mon 23'],
  ])('of %d minutes on %d px are round by the clock: %s', (minutes, width, expected) => {
    expect(texts(timeTicks(now - minutes * minute, now, width, 'utc'))).toBe(expected)
  })

  it('are as far apart as their texts need, and inside of the chart', () => {
    for (let minutes = 1; minutes < 50_000; minutes = Math.ceil(minutes * 1.37)) {
      const from = now - minutes * minute
      const places = timeTicks(from, now, 257, 'utc').map(({ time }) => ((time - from) / (now - from)) * 257)
      for (const [at, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual(16)
        expect(place).toBeLessThanOrEqual(257 - 16)
        if (at > 0) expect(place - places[at - 1]!).toBeGreaterThanOrEqual(57.9)
      }
    }
  })

  it('follow the local clock over its change', () => {
    const offset = (time: number): number => -new Date(time).getTimezoneOffset() * minute
    for (const { time, text } of timeTicks(now - 400 * day, now, 20_000, 'local')) {
      expect(new Date(time + offset(time)).toISOString()).toContain('T00:00:00')
      expect(text).toMatch(/^[A-Z][a-z]{2}\u00a0\d+$/)
    }
  })

  it('of no time or no room are none', () => {
    expect(timeTicks(now, now, 257, 'utc')).toEqual([])
    expect(timeTicks(0, now, 0, 'utc')).toEqual([])
    expect(timeTicks(NaN, NaN, 257, 'utc')).toEqual([])
  })
})

describe('the marks of values', () => {
  const gibibyte = 1024 ** 3
  it.each([
    ['used_percent', 0, 100, 120, '0 | 25 | 50 | 75 | 100'],
    ['used_percent', 0, 100, 96, '0 | 50 | 100'],
    ['used_percent', 75, 100, 80, '80 | 90 | 100'],
    ['used_bytes', 0, 23.5 * gibibyte, 120, '0 | 6 GiB | 12 GiB | 18 GiB'],
    ['used_bytes', 0, 1000, 120, '0 | 256 B | 512 B | 768 B'],
    ['orders', 0, 48, 96, '0 | 20 | 40'],
    ['latency_ms', 0, 340, 96, '0 | 100 | 200 | 300'],
    ['load.1m', 0, 8, 120, '0 | 2 | 4 | 6 | 8'],
    ['queue', 0, 0.03, 96, '0 | 0.01 | 0.02 | 0.03'],
    ['queue', -30, 30, 96, '−20 | 0 | 20'],
  ])('of %s from %d to %d on %d px are %s', (metric, min, max, height, expected) => {
    expect(texts(valueTicks(min, max, height, unitOf(metric)))).toBe(expected)
  })

  it('below zero of a mirrored chart are what goes the other way', () => {
    const mebibyte = 1024 ** 2
    expect(texts(valueTicks(-6 * mebibyte, 12 * mebibyte, 120, unitOf('sent_bytes', 'rate'), true))).toBe(
      '4 MiB | 0 | 4 MiB | 8 MiB | 12 MiB',
    )
  })

  it('are few and inside, however large or small the values', () => {
    for (let power = -12; power < 24; power++) {
      for (const metric of ['used_percent', 'used_bytes', 'wait_seconds', 'count']) {
        const max = 7.3 * 10 ** power
        const ticks = valueTicks(0, max, 96, unitOf(metric))
        expect(ticks.length).toBeLessThanOrEqual(5)
        expect(ticks[0]).toEqual({ value: 0, text: '0' })
        for (const { value } of ticks) expect(value).toBeLessThanOrEqual(max * (1 + 1e-9))
      }
    }
  })

  it('of no span are none', () => {
    expect(valueTicks(1, 1, 96, unitOf('a'))).toEqual([])
    expect(valueTicks(0, Infinity, 96, unitOf('a'))).toEqual([])
  })
})

describe('the range of values', () => {
  it('of percent is from 0 to 100', () => {
    expect(valueRange({ kind: 'percent', least: 40, most: 45 })).toEqual([0, 100])
  })

  it('of everything else begins at zero', () => {
    const [bottom, top] = valueRange({ kind: 'plain', least: 40, most: 45 })
    expect(bottom).toBe(0)
    expect(top).toBeGreaterThan(45)
  })

  it('takes a threshold in, but none that would press the values flat', () => {
    expect(valueRange({ kind: 'plain', least: 0, most: 36, thresholds: [100] })[1]).toBeGreaterThan(100)
    expect(valueRange({ kind: 'plain', least: 0, most: 36, thresholds: [1e6] })[1]).toBeLessThan(50)
  })

  it('of what is a part goes up to the whole', () => {
    expect(valueRange({ kind: 'plain', least: 1, most: 6, whole: 8 })).toEqual([0, 8])
  })

  it('of a fault is cut to its values and thresholds', () => {
    const [bottom, top] = valueRange({
      kind: 'percent',
      least: 84,
      most: 98,
      thresholds: [90, 97],
      isCut: true,
    })
    expect(bottom).toBeGreaterThan(70)
    expect(bottom).toBeLessThan(84)
    expect(top).toBe(100)
  })

  it('of nothing, or of zeros, is still one', () => {
    expect(valueRange({ kind: 'plain' })).toEqual([0, 1])
    expect(valueRange({ kind: 'plain', least: 0, most: 0 })).toEqual([0, 1])
    expect(valueRange({ kind: 'plain', least: 5, most: 5, isCut: true })[0]).toBeLessThan(5)
  })
})
