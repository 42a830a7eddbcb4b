import { describe, expect, it } from 'vitest'

import { occurrencesOf, type Stretch } from '../../src/conditions/time-window.ts'
import type { TimeWindow } from '../../src/model/time-window.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** What clocks show at each minute from one moment to another: day of the month and so on, as ms as if it were UTC. */
function clockOf(
  zone: string,
  from: number,
  to: number,
): readonly { readonly time: number; readonly shown: number }[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const minutes = Array.from({ length: (to - from) / minute }, (_, index) => from + index * minute)
  return minutes.map((time) => ({ time, shown: Date.parse(`${format.format(time).replace(' ', 'T')}Z`) }))
}

/** By the definition, minute by minute: begins when a clock first shows `from` or later, ends when it last comes to `until`. */
function oracle(
  clock: ReturnType<typeof clockOf>,
  [from, until]: readonly [string, string],
  middle: number,
): readonly Stretch[] {
  const ms = (of: string): number => Number(of.slice(0, 2)) * hour + Number(of.slice(3)) * minute
  const length = ms(until) > ms(from) ? ms(until) - ms(from) : ms(until) + day - ms(from)
  const moment = (shown: number, which: 'first' | 'last'): number => {
    const exact = which === 'first' ? clock.find(isShown) : clock.findLast(isShown)
    if (exact !== undefined) return exact.time
    const jump = clock.find(
      (one, index) => one.shown > shown && (clock[index - 1]?.shown ?? Infinity) < shown,
    )
    return jump?.time ?? NaN

    function isShown(one: { readonly shown: number }): boolean {
      return one.shown === shown
    }
  }
  const today = Math.floor(middle / day) * day
  const days = [-2, -1, 0, 1, 2, 3].map((index) => today + index * day + ms(from))
  return days
    .map((shown) => ({ begin: moment(shown, 'first'), end: moment(shown + length, 'last') }))
    .filter(({ begin, end }) => begin < end)
}

const changes: readonly [string, string][] = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Pacific/Kiritimati', '2026-05-05T10:00:00Z'],
  ['Pacific/Kiritimati', '1995-01-01T10:00:00Z'],
  ['America/Havana', '2026-11-01T05:00:00Z'],
]

const windows: readonly (readonly [string, string])[] = [
  ...(['22:00 06:00', '02:30 02:00', '01:30 02:15', '02:00 03:00', '02:10 02:20', '00:00 00:00'] as const),
  ...(['23:59 00:30', '01:45 01:45', '00:30 23:30'] as const),
].map((text) => [text.slice(0, 5), text.slice(6)] as const)

describe('a time window', () => {
  it.each(changes)('keeps to the clocks of %s around %s', (zone, iso) => {
    const middle = Date.parse(iso)
    const clock = clockOf(zone, middle - 4 * day, middle + 6 * day)
    for (const [from, until] of windows) {
      const right = oracle(clock, [from, until], middle)
      const window = occurrencesOf({ from, until, zone })
      for (let time = middle - 20 * hour; time < middle + 24 * hour; time += 10 * minute) {
        const expected = right.find(({ end }) => end > time)
        expect({ zone, from, until, time, at: window.at(time) }).toEqual({
          zone,
          from,
          until,
          time,
          at: expected,
        })
        expect(window.isIn(time)).toBe(right.some(({ begin, end }) => begin <= time && time < end))
        const edges = right.flatMap(({ begin, end }) => [begin, end]).filter((edge) => edge > time)
        // Where a doubled midnight is in two stretches, the later one's beginning is inside of the earlier.
        const next = window.nextChange(time)
        expect(edges).toContain(next)
        expect(window.isIn(next - 1)).toBe(window.isIn(time))
      }
    }
  })

  it('answers the same in whatever order it is asked', () => {
    const window: TimeWindow = { from: '02:30', until: '01:00', zone: 'Europe/Berlin', days: ['sat', 'sun'] }
    const start = Date.parse('2026-03-20T00:00:00Z')
    const times = Array.from({ length: 200 }, (_, index) => start + ((index * 37) % 200) * 2 * hour)
    const asked = occurrencesOf(window)
    for (const time of times) expect(asked.at(time)).toEqual(occurrencesOf(window).at(time))
  })

  it('belongs to the weekday on which it begins', () => {
    const { isIn, nextChange } = occurrencesOf({ from: '22:00', until: '06:00', days: ['fri'] })
    const friday = Date.parse('2026-01-02T00:00:00Z')
    expect([21, 22, 29, 30, 46].map((hours) => isIn(friday + hours * hour))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ])
    expect(nextChange(friday + 30 * hour)).toBe(friday + 7 * day + 22 * hour)
  })

  it('may be one stretch of time, after which there is none', () => {
    const { at, isIn, nextChange } = occurrencesOf({
      start: '2026-01-05T22:00:00Z',
      end: '2026-01-06T00:00:00+01:00',
    })
    const begin = Date.parse('2026-01-05T22:00:00Z')
    const end = begin + hour
    expect([begin - 1, begin, end - 1, end].map((time) => isIn(time))).toEqual([false, true, true, false])
    expect([0, begin, end].map(nextChange)).toEqual([begin, end, Infinity])
    expect([at(0), at(end)]).toEqual([{ begin, end }, undefined])
  })
})
