import type { Series } from '@tocsin/core'

import type { Alert } from '../model/alert.ts'
import type { Maintenance } from '../model/policy.ts'
import { compileSelect } from '../model/select.ts'
import type { Mute } from './mute.ts'

interface Window {
  readonly maintenance: Maintenance
  readonly selects: (series: Series) => boolean
}

/** Windows of maintenance. */
export interface Windows {
  /** Adds or replaces a window. */
  set(maintenance: Maintenance): void
  /** Forgets a window. */
  delete(id: string): void
  /** The window, while it is known. */
  get(id: string): Maintenance | undefined
  /** Ids of all. */
  ids(): readonly string[]
  /** Its next boundary after `now`, ms since the Unix epoch. */
  boundary(id: string, now: number): number | undefined
  /** Ids of the windows that an alert is in at this moment, in order. */
  covering(alert: Pick<Alert, 'severity' | 'signal'>, now: number): readonly string[]
}

const none: readonly string[] = []

/** No windows yet. */
export function createWindows(): Windows {
  const windows = new Map<string, Window>()
  return {
    set: (maintenance) => {
      windows.set(maintenance.id, { maintenance, selects: compileSelect(maintenance.select) })
    },
    delete: (id) => {
      windows.delete(id)
    },
    get: (id) => windows.get(id)?.maintenance,
    ids: () => [...windows.keys()],
    boundary: (id, now) => {
      const maintenance = windows.get(id)?.maintenance
      return [maintenance?.from, maintenance?.to].find((time) => time !== undefined && time > now)
    },
    covering: ({ severity, signal }, now) => {
      let ids: string[] | undefined
      for (const [id, { maintenance, selects }] of windows) {
        const { from, to, severities } = maintenance
        if (now < from || now >= to || severities?.includes(severity) === false) continue
        if (selects(signal.series)) (ids ??= []).push(id)
      }
      return ids?.sort() ?? none
    },
  }
}

/** It is in a window of maintenance. */
export const inMaintenance: Mute = ({ maintenance }) => (maintenance.length > 0 ? 'maintenance' : undefined)
