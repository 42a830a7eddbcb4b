import { series } from '@tocsin/core'

import type { Alert } from '../model/alert.ts'
import type { NotifyChange } from '../model/change.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { NotifyStore } from '../stores/notify-store.ts'

/** An alert of a series named `name`, as the engine makes them. */
export function alertOf(name: string, more: Partial<Alert> = {}): Alert {
  const { key, metric, tags } = series(name, { text: 'ümlaut "quoted"' })
  return {
    id: `rules|${key}|1`,
    ruleSet: 'rules',
    series: key,
    severity: 2,
    openedAt: 0,
    text: 'a \u{1f514} line\nand another',
    signal: {
      type: 'opened',
      id: `${name}-opened`,
      fault: `${name}@0`,
      ruleSet: 'rules',
      series: { key, metric, tags },
      severity: 2,
      openedAt: 0,
      time: 0,
      cause: { reason: 'above' },
    },
    episode: `${name}-episode`,
    openings: 1,
    heardAt: 0,
    seen: [`${name}-opened`],
    maintenance: [],
    places: [{ place: 'ops', due: 0, told: 'no', planned: `${name}-1`, sequence: 1 }],
    ...more,
  }
}

/** That somebody is to be told of it. */
const plannedOf = (name: string, more: Partial<PlannedNotification> = {}): PlannedNotification => ({
  id: `${name}-1`,
  kind: 'alert',
  place: 'ops',
  notifier: 'ops',
  alerts: [alertOf(name).id],
  sequence: 1,
  severity: 2,
  time: 0,
  ...more,
})

/** What the engine appends when an alert opens. */
export const opens = (name: string, more: Partial<Alert> = {}): NotifyChange[] => [
  { type: 'alert', alert: alertOf(name, more) },
  { type: 'notification', notification: plannedOf(name) },
]

/** What it appends when an alert is over and everybody knows. */
export const ends = (name: string, at = 1): NotifyChange[] => [
  { type: 'settled', id: `${name}-1` },
  { type: 'ended', episode: { id: `${name}-episode`, of: 1, at } },
  { type: 'alert-gone', id: alertOf(name).id },
]

/** What changes add up to, one key for each thing that is there; an oracle of its own. */
export function total(changes: readonly NotifyChange[]): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const change of changes) {
    const { type } = change
    if (type === 'reset') all.clear()
    else if (type === 'alert') all.set(`alert ${change.alert.id}`, JSON.stringify(change.alert))
    else if (type === 'place') {
      const known = all.get(`alert ${change.alert}`)
      if (known === undefined) continue
      const { places, ...alert } = JSON.parse(known) as Alert
      const changed = places.map((to) => (to.place === change.place.place ? change.place : to))
      all.set(`alert ${change.alert}`, JSON.stringify({ ...alert, places: changed }))
    } else if (type === 'ended') all.set(`ended ${change.episode.id}`, JSON.stringify(change.episode))
    else if (type === 'notification')
      all.set(`notification ${change.notification.id}`, JSON.stringify(change.notification))
    else if (type === 'maintenance')
      all.set(`maintenance ${change.maintenance.id}`, JSON.stringify(change.maintenance))
    else if (type === 'alert-gone') all.delete(`alert ${change.id}`)
    else if (type === 'settled') all.delete(`notification ${change.id}`)
    else all.delete(`maintenance ${change.id}`)
  }
  return all
}

/** What a store holds; the run that asks is over. */
export async function held(store: NotifyStore): Promise<ReadonlyMap<string, string>> {
  const all = total(await store.load())
  store.release()
  return all
}
