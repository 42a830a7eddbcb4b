import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/words/times.js'

type At = (ms: number, zone: string) => string
const times = page as {
  age: (ms: number) => string
  clockTime: At
  dateText: At
  dayHeading: At
  machineTime: (ms: number) => string
  minuteTime: At
  nearTime: (ms: number, now: number, zone: string) => string
  took: (ms: number) => string
  zoneName: At
}

const plainSpaces = (text: string) => text.replaceAll('\u00A0', ' ')
const now = Date.UTC(2026, 10, 26, 5, 12, 40)
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000] as const

describe('how long', () => {
  it.each([
    [0, '0 s'],
    [400, '0 s'],
    [600, '1 s'],
    [42 * second, '42 s'],
    [59_600, '1 min'],
    [12 * minute + 28 * second, '12 min 28 s'],
    [3 * minute, '3 min'],
    [2 * minute + 10 * second, '2 min 10 s'],
    [59 * minute + 59.6 * second, '1 h'],
    [2 * hour + 25 * minute + 10 * second, '2 h 25 min'],
    [hour + 51 * minute + 59 * second, '1 h 52 min'],
    [2 * hour, '2 h'],
    [23 * hour + 59.6 * minute, '1 d'],
    [3 * day + 4 * hour + minute, '3 d 4 h'],
    [400 * day, '400 d'],
    [-5 * second, '0 s'],
  ])('%d ms are %s', (ms, text) => {
    expect(plainSpaces(times.age(ms))).toBe(text)
  })

  it.each([
    [4, '4 ms'],
    [100, '0.1 s'],
    [800, '0.8 s'],
    [9940, '9.9 s'],
    [9960, '10 s'],
    [125_000, '2 min 5 s'],
  ])('a delivery of %d ms took %s', (ms, text) => {
    expect(plainSpaces(times.took(ms))).toBe(text)
  })
})

describe('a time', () => {
  it('has 24 hours, and its day where it is not of today', () => {
    expect(times.clockTime(now, 'utc')).toBe('05:12:40')
    expect(times.minuteTime(now, 'utc')).toBe('05:12')
    expect(times.clockTime(now + 12 * hour, 'utc')).toBe('17:12:40')
    expect(times.nearTime(now - hour, now, 'utc')).toBe('04:12:40')
    expect(times.nearTime(now - 6 * hour, now, 'utc')).toBe('Wed 25 Nov, 23:12:40')
  })

  it('has a date and a heading in English words', () => {
    expect(times.dateText(now, 'utc')).toBe('Thu 26 Nov 2026')
    expect(times.dayHeading(now - day, 'utc')).toBe('Wednesday 25 November')
  })

  it('is no time for machines where no date has it', () => {
    expect(times.machineTime(now)).toBe('2026-11-26T05:12:40.000Z')
    expect(times.machineTime(NaN)).toBe('')
    expect(times.machineTime(1e300)).toBe('')
  })
})

describe('in a zone that is not UTC', () => {
  const before = process.env['TZ']
  beforeAll(() => {
    process.env['TZ'] = 'Asia/Kolkata'
  })
  afterAll(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })

  it('a time is that of its clocks, and its day the day there', () => {
    expect(times.clockTime(now, 'local')).toBe('10:42:40')
    expect(times.clockTime(now, 'utc')).toBe('05:12:40')
    expect(times.nearTime(now - 6 * hour, now, 'local')).toBe('04:42:40')
    expect(times.dateText(now + 15 * hour, 'local')).toBe('Fri 27 Nov 2026')
    expect(times.zoneName(now, 'local')).toBe('UTC+05:30')
    expect(times.zoneName(now, 'utc')).toBe('UTC')
  })
})
