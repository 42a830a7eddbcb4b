import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { formatDuration, parseDuration, windowStart } from '@tocsin/core'

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0s', 0],
    ['1.5h', undefined],
    ['-1s', undefined],
    ['5', undefined],
    ['5 m', undefined],
    ['999999999999d', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it('read back what they were written from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })
})

describe('windowStart', () => {
  it('aligns to the epoch, before it too', () => {
    expect(windowStart(61_000, 60_000)).toBe(60_000)
    expect(windowStart(60_000, 60_000)).toBe(60_000)
    expect(windowStart(-1, 60_000)).toBe(-60_000)
  })
})
