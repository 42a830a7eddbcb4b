import type { TimeWindow } from '../../src/model/time-window.ts'

/** One stretch of a time window; `end` is not in it. */
export interface Stretch {
  readonly begin: number
  readonly end: number
}

const dayMs = 86_400_000
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** The stretches of a window from two days before a moment to nine days after it. Only for UTC: zones are shown elsewhere. */
export function stretchesNear(window: TimeWindow, time: number): readonly Stretch[] {
  if ('start' in window) return [{ begin: Date.parse(window.start), end: Date.parse(window.end) }]
  if (window.zone !== undefined && window.zone !== 'UTC') throw new TypeError('only UTC')
  const today = Math.floor(time / dayMs) * dayMs
  return Array.from({ length: 12 }, (_, index) => today + (index - 2) * dayMs).flatMap((day) => {
    const weekday = names[new Date(day).getUTCDay()]
    if (window.days !== undefined && weekday !== undefined && !window.days.includes(weekday)) return []
    const begin = day + clockMs(window.from)
    const end = day + clockMs(window.until)
    return [{ begin, end: end > begin ? end : end + dayMs }]
  })
}

const clockMs = (text: string): number => Date.parse(`1970-01-01T${text}:00Z`)

export const isIn = (window: TimeWindow, time: number): boolean =>
  stretchesNear(window, time).some(({ begin, end }) => begin <= time && time < end)
