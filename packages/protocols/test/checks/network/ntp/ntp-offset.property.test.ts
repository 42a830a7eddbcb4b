import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bestOffset, measureOffset } from '../../../../src/checks/network/ntp/ntp-offset.ts'
import type { NtpAnswer } from '../../../../src/checks/network/ntp/ntp-packet.ts'

const answer = (receivedAt: number, sentAt: number): NtpAnswer => ({
  ...{ leap: 0, stratum: 1, poll: 0, precision: 0, rootDelay: 0, rootDispersion: 0 },
  reference: Buffer.alloc(4),
  receivedAt,
  sentAt,
})

describe('the offset of a clock', () => {
  it('is told exactly where the ways there and back take as long, and within half the delay else', () => {
    const time = fc.integer({ min: 0, max: 10_000 })
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), time, time, time, (ahead, there, work, back) => {
        const askedAt = 1_700_000_000_000
        const receivedAt = askedAt + there + ahead
        const sentAt = receivedAt + work
        const answeredAt = askedAt + there + work + back
        const { offset, delay } = measureOffset(answer(receivedAt, sentAt), askedAt, answeredAt)
        expect(delay).toBe(there + back)
        expect(Math.abs(offset - ahead)).toBeLessThanOrEqual(delay / 2)
        if (there === back) expect(offset).toBe(ahead)
      }),
    )
  })

  it('is the median of the faster half', () => {
    const measurements = [
      { offset: 500, delay: 90 },
      { offset: 3, delay: 2 },
      { offset: -800, delay: 80 },
      { offset: 1, delay: 1 },
    ]
    expect(bestOffset(measurements)).toEqual({ offset: 2, delay: 1 })
    expect(bestOffset(measurements.slice(0, 3))).toEqual({ offset: -398.5, delay: 2 })
    expect(bestOffset(measurements.slice(0, 1))).toEqual({ offset: 500, delay: 90 })
    expect(bestOffset([])).toBeUndefined()
  })
})
