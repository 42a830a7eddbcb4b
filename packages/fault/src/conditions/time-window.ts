import { readMoment } from '../model/time-window-shape.ts'
import type { TimeWindow } from '../model/time-window.ts'
import { createZoneClock, type ZoneClock } from './zone-clock.ts'

/** One stretch of a time window, ms since the Unix epoch: `begin` is in it, `end` is not. */
export interface Stretch {
  readonly begin: number
  readonly end: number
}

/** A time window, ready to be asked. It keeps its last answer, so that asking again near it is cheap. */
export interface Occurrences {
  /** The stretch that a moment is in, or else the next one; `undefined` after the last. Of two that overlap, the earlier. */
  readonly at: (time: number) => Stretch | undefined
  /** Whether a moment is in it. */
  readonly isIn: (time: number) => boolean
  /** The next moment after `time` at which it begins or ends; Infinity after the last. */
  readonly nextChange: (time: number) => number
}

const dayMs = 86_400_000
const minuteMs = 60_000
/** Days are looked at up to here: a week has each weekday, and a zone that skips that very day another one. */
const daysAhead = 15
/** Beyond, there are no clocks. */
const maxTime = 8.6e15
/** 1 January 1970 was a Thursday. */
const weekdays = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const

/** Prepares a window. It must be one that the shape of time windows takes. */
export function occurrencesOf(window: TimeWindow): Occurrences {
  const find = 'start' in window ? onceFinder(window) : dailyFinder(window)
  // All moments from `since` to the end of the stretch have the same answer.
  let since = Infinity
  let found: Stretch | undefined
  const at = (time: number): Stretch | undefined => {
    if (found !== undefined && time >= since && time < found.end) return found
    found = find(time)
    since = time
    return found
  }
  const isIn = (time: number): boolean => (at(time)?.begin ?? Infinity) <= time
  const nextChange = (time: number): number => {
    const stretch = at(time)
    if (stretch === undefined) return Infinity
    return stretch.begin > time ? stretch.begin : stretch.end
  }
  return { at, isIn, nextChange }
}

type Finder = (time: number) => Stretch | undefined

function onceFinder({ start, end }: Extract<TimeWindow, { readonly start: string }>): Finder {
  const stretch = { begin: readMoment(start) ?? NaN, end: readMoment(end) ?? NaN }
  return (time) => (time < stretch.end ? stretch : undefined)
}

type Daily = Extract<TimeWindow, { readonly from: string }>

function dailyFinder({ from, until, zone = 'UTC', days }: Daily): Finder {
  const clock = createZoneClock(zone)
  const [fromMs, untilMs] = [msOfDay(from), msOfDay(until)]
  const length = untilMs > fromMs ? untilMs : untilMs + dayMs
  const isOn = (day: number): boolean => days?.includes(weekdayOf(day)) ?? true
  return (time) => {
    if (!(Math.abs(time) < maxTime)) return undefined
    // What began the day before may go on to the day after, where clocks are turned back.
    const today = Math.floor((time + clock.offsetMs(time)) / dayMs)
    for (let day = today - 2; day <= today + daysAhead; day += 1) {
      if (!isOn(day)) continue
      const stretch = stretchOf(clock, day * dayMs + fromMs, day * dayMs + length)
      // A stretch that lies in a gap of the clocks is none.
      if (stretch.end > time && stretch.end > stretch.begin) return stretch
    }
    return undefined
  }
}

const stretchOf = (clock: ZoneClock, from: number, until: number): Stretch => ({
  begin: clock.moment(from, 'first'),
  end: clock.moment(until, 'last'),
})

const weekdayOf = (day: number): (typeof weekdays)[number] => weekdays[((day % 7) + 7) % 7] ?? 'thu'

const msOfDay = (clock: string): number =>
  (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))) * minuteMs
