import type { Series } from '@tocsin/core'

import type { Alert } from '../model/alert.ts'
import type { Maintenance } from '../model/policy.ts'
import { compileSelect } from '../engine/route.ts'
import type { TimerQueue } from '../engine/timer-queue.ts'

interface Window {
  readonly maintenance: Maintenance
  readonly selects: (series: Series) => boolean
}

/** Windows of maintenance, each with a timer at its next boundary. */
export interface Windows {
  /** Adds or replaces a window. */
  set(maintenance: Maintenance, now: number): void
  /** Forgets a window. */
  delete(id: string): void
  /** The window, while it is known. */
  get(id: string): Maintenance | undefined
  /** Sets the timer of a window to its next boundary after `now`. */
  arm(id: string, now: number): void
  /** Ids of the windows that an alert is in at this moment, in order. */
  covering(alert: Alert, now: number): readonly string[]
}

/** No windows yet. */
export function createWindows(timers: TimerQueue): Windows {
  const windows = new Map<string, Window>()

  const arm = (id: string, now: number): void => {
    const maintenance = windows.get(id)?.maintenance
    const boundary = [maintenance?.from, maintenance?.to].find((time) => time !== undefined && time > now)
    timers.set('window', id, boundary)
  }

  return {
    set: (maintenance, now) => {
      windows.set(maintenance.id, { maintenance, selects: compileSelect(maintenance.select) })
      arm(maintenance.id, now)
    },
    delete: (id) => {
      windows.delete(id)
      timers.set('window', id, undefined)
    },
    get: (id) => windows.get(id)?.maintenance,
    arm,
    covering: ({ severity, signal }, now) =>
      [...windows.values()]
        .filter(
          ({ maintenance: { from, to, severities }, selects }) =>
            from <= now && now < to && (severities?.includes(severity) ?? true) && selects(signal.series),
        )
        .map(({ maintenance }) => maintenance.id)
        .sort(),
  }
}
