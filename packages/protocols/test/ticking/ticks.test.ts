import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { stablePhase, tickAfter, tickAtOrBefore } from '../../src/ticking/ticks.ts'

describe('ticks', () => {
  it('are at phase + k * period', () => {
    expect([tickAtOrBefore(10_250, 1000, 250), tickAfter(10_250, 1000, 250)]).toEqual([10_250, 11_250])
    expect([tickAtOrBefore(10_249, 1000, 250), tickAfter(10_249, 1000, 250)]).toEqual([9250, 10_250])
  })

  it('enclose every time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 10 ** 6 }), fc.nat(), (time, periodMs, seed) => {
        const phaseMs = seed % periodMs
        const tick = tickAtOrBefore(time, periodMs, phaseMs)
        expect(tick <= time && time < tickAfter(time, periodMs, phaseMs)).toBe(true)
        expect((tick - phaseMs) % periodMs === 0).toBe(true)
      }),
    )
  })
})

describe('stablePhase', () => {
  it('depends on the name alone', () => {
    expect(stablePhase('http web1', 60_000)).toBe(stablePhase('http web1', 60_000))
    expect(stablePhase('http web1', 60_000)).not.toBe(stablePhase('http web2', 60_000))
  })

  it('spreads names that differ little over the whole period', () => {
    const tenths = new Array<number>(10).fill(0)
    for (let at = 0; at < 1000; at += 1) {
      const tenth = Math.floor(stablePhase(`http web${at}`, 60_000) / 6000)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    for (const count of tenths) expect(count).toBeGreaterThan(60)
  })
})
