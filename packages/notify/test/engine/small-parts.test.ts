import fc from 'fast-check'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'

import { backoffMs } from '../../src/engine/backoff.ts'
import { classifyStatus, parseRetryAfter } from '../../src/model/failure.ts'
import { decodeLog, encodeLine, logHeader } from '../../src/stores/log-format.ts'
import { printable } from '../../src/render/printable.ts'
import { limits } from '../support/engine.ts'

describe('the wait before a retry', () => {
  it('is spread from nothing to a ceiling that doubles up to its cap', () => {
    const most = [1, 2, 3, 9, 10, 500].map((attempt) => backoffMs(limits, attempt, 1 - Number.EPSILON))
    expect(most).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000])
    expect(backoffMs(limits, 5, 0)).toBe(1)
    expect(backoffMs(limits, 5, 0.25)).toBe(4000)
    expect([NaN, -1, 2].map((random) => backoffMs(limits, 1, random))).toEqual([1, 1, 1000])
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 59_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['1970-01-01', undefined],
    ['', undefined],
    ['soon', undefined],
  ])('%o is %o ms', (value, expected) => {
    expect(parseRetryAfter(value, 1000)).toBe(expected)
  })
})

it('every status has a class, and success has none', () => {
  for (let status = 0; status < 1000; status++) {
    expect(classifyStatus(status) === undefined).toBe(status >= 200 && status < 300)
  }
})

describe('printable text', () => {
  it('is one well-formed line without control characters, no longer than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const line = printable(text, length)
        expect(line.length).toBeLessThanOrEqual(length)
        expect(line.isWellFormed()).toBe(true)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  it('leaves other scripts and emoji alone', () => {
    expect(printable('温度 ниже нормы 🔥', 100)).toBe('温度 ниже нормы 🔥')
  })
})

it.each([
  ['of another program', { format: 'other' }, 'it is no file of a notify store'],
  ['of a newer version', { ...logHeader, version: 2 }, 'it was written by a newer version of this package'],
  ['that begins with no object', null, 'a line does not match its checksum'],
])('a file %s is refused', (_, content, message) => {
  expect(decodeLog(encodeLine(content, crc32), crc32)).toEqual({ ok: false, offset: 0, message })
})

it('reading a file of arbitrary bytes never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeLog(bytes, crc32).ok).toBe(bytes.length === 0)
    }),
  )
})
