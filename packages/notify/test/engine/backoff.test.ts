import { describe, expect, it } from 'vitest'

import { backoffMs, giveUpMs } from '../../src/engine/outbox/backoff.ts'
import type { Severity } from '../../src/model/signal.ts'

const limits = { baseDelayMs: 1000, maxDelayMs: 300_000 }
const hourMs = 3_600_000

describe('the wait before a retry', () => {
  const wait = (attempts: readonly number[], random: number): number[] =>
    attempts.map((attempt) => backoffMs(limits, attempt, random))

  it('is spread from half of a ceiling to the whole of it, which doubles up to its cap', () => {
    const attempts = [1, 2, 3, 9, 10, 500]
    expect(wait(attempts, 1 - Number.EPSILON)).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000])
    expect(wait(attempts, 0)).toEqual([500, 1000, 2000, 128_000, 150_000, 150_000])
    expect(wait([5], 0.25)).toEqual([10_000])
  })

  it('is never nothing, whatever a caller takes for chance and whatever its base is', () => {
    expect([NaN, -1, 2, Infinity].map((random) => backoffMs(limits, 1, random))).toEqual([
      500, 500, 1000, 1000,
    ])
    expect(backoffMs({ baseDelayMs: 1, maxDelayMs: 1 }, 1, 0)).toBe(1)
  })
})

describe('the time after which a notification is given up', () => {
  const hours = (giveUp: Parameters<typeof giveUpMs>[0]): number[] =>
    ([1, 2, 3, 4, 5] as const).map((severity: Severity) => giveUpMs(giveUp, severity) / hourMs)

  it('is long for the worst, and what the policy says, of one severity or of all', () => {
    expect(hours(undefined)).toEqual([24, 12, 1, 1, 1])
    expect(hours('3h')).toEqual([3, 3, 3, 3, 3])
    expect(hours({ 1: '2d', 5: '0s' })).toEqual([48, 12, 1, 1, 0])
  })
})
