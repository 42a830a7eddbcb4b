import { formatDuration, parseDuration } from '@tocsin/core'

import type { TimeWindow } from '../model/time-window.ts'

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A time span in its two largest units, never more than it is: 272345 gives `4m 32s`; under ten seconds to the millisecond. */
export function sayMs(span: number): string {
  const ms = Math.max(0, Math.floor(span))
  if (ms < 1000) return `${ms}ms`
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(3))}s`
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count}${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

/** A duration of a rule, exactly. */
export function sayDuration(duration: string | number): string {
  const ms = typeof duration === 'number' ? duration : (parseDuration(duration) ?? NaN)
  return Number.isSafeInteger(ms) && ms >= 0 ? formatDuration(ms) : String(duration)
}

/** A window of time: `between 02:00 and 03:00 UTC`. */
export function sayTimeWindow(window: TimeWindow): string {
  if ('start' in window) return `between ${window.start} and ${window.end}`
  const days = window.days === undefined ? '' : ` on ${window.days.join(' ')}`
  return `between ${window.from} and ${window.until} ${window.zone ?? 'UTC'}${days}`
}

/** When a window of time ends. */
export const sayEndOf = (window: TimeWindow): string =>
  'start' in window ? window.end : `${window.until} ${window.zone ?? 'UTC'}`
