import type { Alert } from '../model/alert.ts'
import type { OfType } from '../model/event.ts'
import type { Notification } from '../render/notification.ts'
import type { Maintenance } from '../model/policy.ts'
import { alertKey } from '../model/signal.ts'

/** The latest episode of a series that is over; its signals, should they come again, raise nothing. */
export interface EndedEpisode {
  /** Rule set and series. */
  readonly key: string
  /** Its fault. */
  readonly fault: string
  /** When it began, event time, ms since the Unix epoch. */
  readonly openedAt: number
}

/** One change of what must survive a restart. Each replaces what it names, so applying one twice is harmless. Plain JSON. */
export type NotifyChange =
  | (OfType<'alert'> & {
      /** As it is from now on. */
      readonly alert: Alert
    })
  | (OfType<'ended'> & {
      /** To be remembered. */
      readonly episode: EndedEpisode
    })
  | (OfType<'notification'> & {
      /** To be delivered. */
      readonly notification: Notification
    })
  | (OfType<'maintenance'> & {
      /** As it is from now on. */
      readonly maintenance: Maintenance
    })
  | (OfType<'alert-gone' | 'settled' | 'maintenance-gone'> & {
      /** Id of the alert, notification or window that is done with. */
      readonly id: string
    })

/** What the changes so far add up to. */
export interface NotifyState {
  /** Alerts by id, those cleared whose end is not told yet among them. */
  readonly alerts: Map<string, Alert>
  /** Id of the open alert by rule set and series. */
  readonly open: Map<string, string>
  /** Ended episodes by rule set and series, oldest first. */
  readonly ended: Map<string, EndedEpisode>
  /** Planned and unsettled, by id, oldest first. */
  readonly notifications: Map<string, Notification>
  /** Windows set by commands, by id. */
  readonly maintenance: Map<string, Maintenance>
}

/** Ended episodes that are remembered. */
const maxEndedEpisodes = 1000

/** A state in which nothing has happened. */
export const emptyState = (): NotifyState => ({
  alerts: new Map(),
  open: new Map(),
  ended: new Map(),
  notifications: new Map(),
  maintenance: new Map(),
})

/** Applies one change to the state. */
export function applyChange(state: NotifyState, change: NotifyChange): void {
  switch (change.type) {
    case 'alert':
      putAlert(state, change.alert)
      return
    case 'alert-gone':
      state.alerts.delete(change.id)
      return
    case 'ended':
      putEnded(state, change.episode)
      return
    case 'notification':
      state.notifications.set(change.notification.id, change.notification)
      return
    case 'settled':
      state.notifications.delete(change.id)
      return
    case 'maintenance':
      state.maintenance.set(change.maintenance.id, change.maintenance)
      return
    case 'maintenance-gone':
      state.maintenance.delete(change.id)
      return
  }
}

function putAlert(state: NotifyState, alert: Alert): void {
  state.alerts.set(alert.id, alert)
  const key = alertKey(alert.ruleSet, alert.series)
  if (alert.clearedAt === undefined) state.open.set(key, alert.id)
  else if (state.open.get(key) === alert.id) state.open.delete(key)
}

function putEnded({ ended }: NotifyState, episode: EndedEpisode): void {
  // Taken out first, so that the order of the map is the order of the ends.
  ended.delete(episode.key)
  ended.set(episode.key, episode)
  if (ended.size <= maxEndedEpisodes) return
  const [oldest] = ended.keys()
  if (oldest !== undefined) ended.delete(oldest)
}

/** The fewest changes that rebuild the state. */
export function stateChanges(state: NotifyState): NotifyChange[] {
  return [
    ...[...state.ended.values()].map((episode): NotifyChange => ({ type: 'ended', episode })),
    ...[...state.maintenance.values()].map((maintenance): NotifyChange => ({
      type: 'maintenance',
      maintenance,
    })),
    ...[...state.alerts.values()].map((alert): NotifyChange => ({ type: 'alert', alert })),
    ...[...state.notifications.values()].map((notification): NotifyChange => ({
      type: 'notification',
      notification,
    })),
  ]
}

/** Alerts that are open, in the order in which they opened. */
export const openAlerts = (state: NotifyState): readonly Alert[] =>
  [...state.alerts.values()].filter((alert) => alert.clearedAt === undefined)
