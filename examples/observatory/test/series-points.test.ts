import { series } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { asValue, SeriesPoints } from '../server/live/series-points.ts'

const name = series('one')
const gauge = (time: number, value: number): Sample => ({ series: name, time, value, kind: 'gauge' })
const text = (time: number, value: string): Sample => ({ series: name, time, value, kind: 'text' })

describe('the points of a series', () => {
  it('are those that came, in the order of their time, the last of each time, whatever came when and was trimmed', () => {
    const step = fc.oneof(
      fc.record({ time: fc.integer({ min: 0, max: 60 }), value: fc.double() }),
      fc.record({ trim: fc.integer({ min: 0, max: 60 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 60 }), (steps, from) => {
        const points = new SeriesPoints(name)
        let kept: { time: number; value: number }[] = []
        for (const one of steps) {
          if ('trim' in one) {
            points.trim(one.trim)
            kept = kept.filter(({ time }) => time >= one.trim)
          } else {
            points.add(gauge(one.time, one.value))
            kept.push(one)
          }
        }
        const byTime = new Map(kept.map(({ time, value }) => [time, value]))
        const expected = [...byTime].filter(([time]) => time >= from).sort(([a], [b]) => a - b)
        const { times, values } = points.between(from, 60)
        expect(times.map((time, index) => [time, values[index]])).toEqual(expected)
        expect([points.length, points.weight]).toEqual([kept.length, kept.length])
      }),
    )
  })

  it('subtract counters above 2^53 exactly', () => {
    const points = new SeriesPoints(name)
    const exact = [2n ** 60n, 2n ** 60n + 3n]
    for (const [index, one] of exact.entries()) {
      points.add({ series: name, time: index * 1000, value: Number(one), exact: one, kind: 'counter' })
    }
    expect(points.latest).toEqual({ time: 1000, value: 3 })
  })

  it('leave out a counter reading that comes too late to tell what it grew', () => {
    const points = new SeriesPoints(name)
    for (const [time, value] of [
      [0, 0],
      [2000, 20],
      [1000, 15],
      [3000, 21],
    ] as const) {
      points.add({ series: name, time, value, kind: 'counter' })
    }
    expect(points.between(0, 3000)).toEqual({ times: [2000, 3000], values: [10, 1] })
  })

  it('are texts once one came, cut to what the rollups keep, and weigh more', () => {
    const points = new SeriesPoints(name)
    points.add(text(0, 'x'.repeat(10_000)))
    expect([points.drawn, points.latest?.value, points.weight]).toEqual(['text', 'x'.repeat(512), 65])
    points.trim(1)
    expect(points.weight).toBe(0)
  })

  it('have no value for what is stale or a histogram', () => {
    const points = new SeriesPoints(name)
    points.add({ series: name, time: 0, value: NaN, kind: 'stale' })
    points.add({ series: name, time: 0, value: { bins: [] }, kind: 'histogram' })
    expect(points.length).toBe(0)
  })

  it('tell the middle one of the last steps, which no pause changes', () => {
    const points = new SeriesPoints(name)
    expect(points.usualStep()).toBeUndefined()
    for (const time of [0, 10, 20, 5000, 5010, 5020]) points.add(gauge(time, 1))
    expect(points.usualStep()).toBe(10)
  })

  it('carry in words what JSON has no number for', () => {
    expect([NaN, Infinity, -Infinity, 1.5, 'on'].map(asValue)).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      1.5,
      'on',
    ])
  })
})
