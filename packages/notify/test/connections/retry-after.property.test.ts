import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseRetryAfter } from '@tocsin/core/retry-after'

const yearMs = 365 * 86_400_000
const day = (time: number): string => new Date(time).toUTCString().slice(0, 3)
const longDays: Readonly<Record<string, string>> = {
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Sat: 'Saturday',
}

/** The three forms of a date of HTTP, from what Node writes, second by second. */
const forms: readonly ((time: number) => string)[] = [
  (time) => new Date(time).toUTCString(),
  (time) => {
    const [, date, month, year = '', clock] = new Date(time).toUTCString().split(/,? /)
    return `${longDays[day(time)] ?? `${day(time)}day`}, ${date}-${month}-${year.slice(2)} ${clock} GMT`
  },
  (time) => {
    const [, date = '', month, year, clock] = new Date(time).toUTCString().split(/,? /)
    return `${day(time)} ${month} ${date.replace(/^0/, ' ')} ${clock} ${year}`
  },
]

describe('Retry-After', () => {
  it('is the same moment in each of the three forms of a date', () => {
    const seconds = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2090, 0, 1) / 1000 })
    fc.assert(
      fc.property(seconds, fc.integer({ min: -1e6, max: 1e6 }), fc.nat(999), (from, ahead, ms) => {
        const now = from * 1000 + ms
        const until = (from + ahead) * 1000
        for (const form of forms) {
          const expected = Math.min(Math.max(until - now, 0), yearMs)
          expect([form(until), parseRetryAfter(form(until), now)]).toEqual([form(until), expected])
        }
      }),
    )
  })

  it('is a number of at least 0 and at most a year, or nothing, whatever is said', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+]?[\d.e]{1,400}$/)), (text) => {
        const ms = parseRetryAfter(text, 1000)
        expect(ms === undefined || (ms >= 0 && ms <= yearMs)).toBe(true)
      }),
    )
  })

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['9'.repeat(400), yearMs],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 59_000],
    ['Thu, 01 Jan 1970 00:00:60 GMT', 59_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Thursday, 01-Jan-70 00:01:00 GMT', 59_000],
    ['Thu Jan  1 00:01:00 1970', 59_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', yearMs],
    ['-5', undefined],
    ['+5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1970-01-01', undefined],
    ['Thu, 31 Jun 2026 00:00:00 GMT', undefined],
    ['Thu, 01 Jan 1970 24:00:00 GMT', undefined],
    ['Thu, 01 Jan 1970 00:01:00 CET', undefined],
    ['Thu, 1 Jan 1970 00:01:00 GMT', undefined],
    ['', undefined],
    ['soon', undefined],
  ])('%.60s is %s ms', (value, expected) => {
    expect(parseRetryAfter(value, 1000)).toBe(expected)
  })
})
