import { dividedBy, fromDouble, nearestDouble, rational, total, ulpsBetween } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addToWindow, averageOf, createAverageWindow, filledMsOf } from '../../src/engine/average-window.ts'

const durationMs = 3600
const sampleOf = fc.record({
  stepMs: fc.constantFrom(0, 10, 10, 50, 500, 1800, 3600, 5000),
  lateMs: fc.constantFrom(0, 0, 0, 10, 700, 3590, 3600, 4000),
  // Decimals from 0.001 to 10^12.
  value: fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -3, max: 9 }))
    .map(([digits, power]) => Number(`${digits}e${power}`)),
})

describe('an average window', () => {
  it('averages what lies in (t - duration, t], with samples late or not', () => {
    fc.assert(
      fc.property(fc.array(sampleOf, { maxLength: 200 }), (samples) => {
        const window = createAverageWindow(durationMs)
        const all: { time: number; value: number }[] = []
        let newest = 1_000_000
        for (const { stepMs, lateMs, value } of samples) {
          const time = lateMs === 0 ? (newest += stepMs) : newest - lateMs
          addToWindow(window, time, value)
          all.push({ time, value })
          const last = Math.max(...all.map((sample) => sample.time))
          const held = all.filter((sample) => sample.time > last - durationMs)
          expect(window.count).toBe(held.length)
          const sum = total(held.map((sample) => fromDouble(sample.value)))
          const exact = nearestDouble(dividedBy(sum, rational(BigInt(held.length))))
          expect(ulpsBetween(averageOf(window), exact)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('has the value that all its samples have, and no other', () => {
    for (const value of [0.1, 0.7, 95.3, 80000000.1, 1.7e308]) {
      const window = createAverageWindow(3600)
      for (let time = 0; time < 8000; time += 7) {
        addToWindow(window, time, value)
        expect(averageOf(window)).toBe(value)
      }
    }
  })

  it('leaves nothing of a huge value behind once that has left', () => {
    const window = createAverageWindow(3600)
    for (const [index, value] of [1, 1e300, 2, 3].entries()) addToWindow(window, index * 1000, value)
    addToWindow(window, 4700, 4)
    expect(averageOf(window)).toBe(3)
  })

  it('is off by less than a pane when samples come faster than it has panes', () => {
    const window = createAverageWindow(3600)
    for (let time = 0; time <= 20_000; time += 1) addToWindow(window, time, time)
    expect(window.count).toBeGreaterThanOrEqual(3600)
    expect(window.count).toBeLessThan(3610)
    expect(Math.abs(averageOf(window) - (20_000 - 1799.5))).toBeLessThan(10)
  })

  it('takes late samples into the pane of their time, which leaves with its youngest', () => {
    const window = createAverageWindow(durationMs)
    const held = [0, 1000, 2000, 1005, 1002, 995, 2].map((time, index) => {
      addToWindow(window, time, 2 ** index)
      return averageOf(window) * window.count
    })
    expect(held).toEqual([1, 3, 7, 15, 31, 63, 127])
    // 0 and 2 share a pane; 995 has one of its own; 1000, 1002 and 1005 share one.
    const left = [2, 995, 1002, 1005].map((until) => {
      addToWindow(window, until + durationMs, 0)
      return averageOf(window) * window.count
    })
    expect(left).toEqual([62, 30, 30, 4])
  })

  it('is filled from the first sample after which it was never empty', () => {
    const window = createAverageWindow(1000)
    const fills = [0, 900, 1500, 2600, 2700].map((time) => {
      addToWindow(window, time, 1)
      return filledMsOf(window)
    })
    expect(fills).toEqual([0, 900, 1000, 0, 100])
    addToWindow(window, 2500, 1)
    expect(filledMsOf(window)).toBe(200)
  })
})
