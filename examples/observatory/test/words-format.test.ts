import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/words/format.js'

type Format = (metric: string, drawn: string, value: number | string | undefined) => string
const { counted, formatCount, formatLabel, formatValue } = page as {
  counted: (count: number, one: string, many?: string) => string
  formatCount: (count: number) => string
  formatLabel: Format
  formatValue: Format
}

const plainSpaces = (text: string) => text.replaceAll('\u00A0', ' ')

describe('a value in a sentence', () => {
  it.each([
    ['memory.used_percent', 'number', 97.8123, '97.8 %'],
    ['memory.used_percent', 'number', 97, '97 %'],
    ['memory.used_percent', 'number', 0.66, '0.66 %'],
    ['cache.hits_percent', 'number', 100, '100 %'],
    ['memory.total_bytes', 'number', 23.5 * 1024 ** 3, '23.5 GiB'],
    ['disk.used_bytes', 'number', 512, '512 B'],
    ['disk.used_bytes', 'number', 1023 * 1024 ** 2, '0.999 GiB'],
    ['disk.used_bytes', 'number', 2 ** 80, '1.05e+6 EiB'],
    ['network.received_bytes', 'rate', 8.78 * 1024 ** 2, '8.78 MiB/s'],
    ['network.received_bytes', 'rate', 0, '0 B/s'],
    ['checkout.latency_ms', 'number', 312, '312 ms'],
    ['checkout.latency_ms', 'number', 81.44, '81.4 ms'],
    ['checkout.latency_ms', 'number', 999.9, '1 s'],
    ['checkout.latency_ms', 'number', 12_000, '12 s'],
    ['checkout.latency_ms', 'number', 0, '0 ms'],
    ['checkout.latency_ms', 'number', 0.0042, '4.2 µs'],
    ['jobs.duration_seconds', 'number', 34, '34 s'],
    ['jobs.duration_seconds', 'number', 90, '90 s'],
    ['jobs.duration_seconds', 'number', 300, '5 min'],
    ['jobs.duration_seconds', 'number', 7200, '2 h'],
    ['jobs.duration_seconds', 'number', 604_800, '7 d'],
    ['jobs.duration_seconds', 'number', 0, '0 s'],
    ['orders.created', 'rate', 37.6, '37.6/s'],
    ['demo.queue', 'number', 118, '118'],
    ['demo.queue', 'number', 999.9, '1 k'],
    ['demo.queue', 'number', 1234, '1.23 k'],
    ['demo.queue', 'number', 4_000_000, '4 M'],
    ['demo.queue', 'number', -12.3456, '−12.3'],
    ['demo.queue', 'number', -1500, '−1.5 k'],
    ['demo.queue', 'number', 0, '0'],
    ['demo.queue', 'number', -0, '0'],
    ['demo.queue', 'number', 0.1 + 0.2, '0.3'],
    ['demo.percent', 'number', 5, '5'],
  ])('%s as %s of %d is %s', (metric, drawn, value, text) => {
    expect(plainSpaces(formatValue(metric, drawn, value))).toBe(text)
  })

  it('is what it is where it is no finite number', () => {
    expect(formatValue('a_percent', 'number', NaN)).toBe('NaN')
    expect(formatValue('a_percent', 'number', Infinity)).toBe('Infinity')
    expect(formatValue('a_percent', 'number', '-Infinity')).toBe('-Infinity')
    expect(formatValue('deploy.version', 'text', 'v1.42.0')).toBe('v1.42.0')
    expect(formatValue('deploy.version', 'text', '')).toBe('')
    expect(formatValue('a_percent', 'number', undefined)).toBe('no value')
  })

  it('keeps number and unit in one line', () => {
    expect(formatValue('a_percent', 'number', 5)).toBe('5\u00A0%')
  })

  it('has at most three digits, over eleven powers of ten', () => {
    for (const metric of ['a', 'a_bytes', 'a_ms', 'a_seconds']) {
      for (let exponent = -4; exponent < 7; exponent += 0.01) {
        const [, digits] = /^([\d.]+)/.exec(formatValue(metric, 'number', 10 ** exponent)) ?? []
        expect(digits?.replace(/^0\.0*|\./, '').length, String(10 ** exponent)).toBeLessThanOrEqual(3)
      }
    }
  })
})

describe('a value at the end of a line', () => {
  it.each([
    ['load.1m', 'number', 1.5, '1.50'],
    ['demo.queue', 'number', 36, '36.0'],
    ['orders.created', 'rate', 37.6, '37.6'],
    ['memory.used_bytes', 'number', 15 * 1024 ** 3, '15.0 GiB'],
    ['network.received_bytes', 'rate', 583 * 1024, '583 KiB/s'],
    ['checkout.latency_ms', 'number', 199.4, '199 ms'],
    ['demo.queue', 'number', 0, '0'],
  ])('%s as %s of %d is %s', (metric, drawn, value, text) => {
    expect(plainSpaces(formatLabel(metric, drawn, value))).toBe(text)
  })
})

describe('a count', () => {
  it('is told whole as long as that can be read', () => {
    expect(formatCount(0)).toBe('0')
    expect(formatCount(9999)).toBe('9,999')
    expect(formatCount(14_000)).toBe('14,000')
    expect(plainSpaces(formatCount(3_210_000))).toBe('3.21 M')
  })

  it('has its word in the right number', () => {
    expect(plainSpaces(counted(1, 'fault'))).toBe('1 fault')
    expect(plainSpaces(counted(0, 'fault'))).toBe('0 faults')
    expect(plainSpaces(counted(32, 'series', 'series'))).toBe('32 series')
  })
})
