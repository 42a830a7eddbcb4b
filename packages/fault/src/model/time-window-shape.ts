import {
  byField,
  Flaw,
  found,
  list,
  object,
  oneOf,
  optional,
  refine,
  type Shape,
  text,
} from '@tocsin/core/shape'

import type { TimeWindow, Weekday } from './time-window.ts'

const clock = text(5, 5, 'a time of day from "00:00" to "23:59"', '^([01][0-9]|2[0-3]):[0-5][0-9]$')

const zone = refine(text(1, 64, 'an IANA time zone such as "Europe/Berlin"', '^[A-Za-z]'), (name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return undefined
  } catch {
    return new Flaw('', `must be an IANA time zone such as "Europe/Berlin", got ${found(name)}`)
  }
})

/** In the order of a week. */
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const days: Shape<readonly Weekday[]> = refine(
  list(oneOf(weekdays), 1, 7, 'an array of 1 to 7 weekdays'),
  (given) =>
    new Set(given).size === given.length
      ? undefined
      : new Flaw('', `must name each weekday once, got ${given.join(', ')}`),
)

const isoWords = 'a moment with its zone, such as "2026-01-05T22:00:00Z"'
const iso = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/
const moment = refine(text(17, 29, isoWords, iso.source.replaceAll('?:', '')), (value) =>
  readMoment(value) === undefined ? new Flaw('', `must be ${isoWords}, got ${found(value)}`) : undefined,
)

/** A moment as ms since the Unix epoch, `undefined` where there is no such day or time. */
export function readMoment(value: string): number | undefined {
  const [, year, month, day] = iso.exec(value) ?? []
  const time = Date.parse(value)
  // `Date.parse` takes 30 February for 2 March.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  return isDay && Number.isFinite(time) ? time : undefined
}

/** A window of time. */
export const timeWindowShape: Shape<TimeWindow> = byField<{
  readonly from: Extract<TimeWindow, { readonly from: string }>
  readonly start: Extract<TimeWindow, { readonly start: string }>
}>(
  {
    from: object({ from: clock, until: clock, zone: optional(zone), days: optional(days) }),
    start: refine(
      object<Extract<TimeWindow, { readonly start: string }>>({ start: moment, end: moment }),
      (window) =>
        Number(readMoment(window.start)) < Number(readMoment(window.end))
          ? undefined
          : new Flaw('.end', `must be after start, ${window.start}, got ${window.end}`),
    ),
  },
  'an object with from and until, and perhaps zone, days; or with start and end',
)
