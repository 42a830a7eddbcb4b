import type { Alert, AlertPlace } from '../model/alert.ts'
import type { EndedEpisode, NotifyChange } from '../model/change.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { Maintenance } from '../model/policy.ts'
import { ownRuleSet } from '../model/signal.ts'
import type { FaultSignal } from '../model/signal.ts'

/** What the changes so far add up to. */
export interface NotifyState {
  /** Alerts by id, those cleared whose end is not told yet among them. */
  readonly alerts: Map<string, Alert>
  /** The same by rule set and series: of each there is one at most. `undefined` where nobody asks, as of a store. */
  readonly bySeries: Map<string, Map<string, Alert>> | undefined
  /** Ended episodes by id, the oldest end first. */
  readonly ended: Map<string, EndedEpisode>
  /** Planned and unsettled, by id, oldest first. */
  readonly notifications: Map<string, PlannedNotification>
  /** Windows set by commands, by id. */
  readonly maintenance: Map<string, Maintenance>
  /** How many alerts there are of severity 1, and of the others; those about alerting itself count as neither. */
  readonly count: { worst: number; others: number }
}

/** How long ended episodes are remembered, ms: 24 h. */
const endedForMs = 86_400_000
/** Ended episodes that are remembered at most. */
const maxEndedEpisodes = 1_000_000

/** A state in which nothing has happened. */
export const emptyState = (): NotifyState => ({ ...emptyStoredState(), bySeries: new Map() })

/** The same where no alert is looked up by its series. */
export const emptyStoredState = (): NotifyState => ({
  alerts: new Map(),
  bySeries: undefined,
  ended: new Map(),
  notifications: new Map(),
  maintenance: new Map(),
  count: { worst: 0, others: 0 },
})

/** Applies one change to the state. */
export function applyChange(state: NotifyState, change: NotifyChange): void {
  switch (change.type) {
    case 'reset':
      reset(state)
      return
    case 'alert':
      putAlert(state, change.alert)
      return
    case 'place':
      putPlace(state, change.alert, change.place)
      return
    case 'alert-gone':
      forgetAlert(state, change.id)
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

function reset({ alerts, bySeries, ended, notifications, maintenance, count }: NotifyState): void {
  for (const each of [alerts, bySeries, ended, notifications, maintenance]) each?.clear()
  count.worst = count.others = 0
}

function putAlert(state: NotifyState, alert: Alert): void {
  const before = state.alerts.get(alert.id)
  state.alerts.set(alert.id, alert)
  if (before?.severity !== alert.severity || before.ruleSet !== alert.ruleSet) {
    if (before !== undefined) counted(state, before, -1)
    counted(state, alert, 1)
  }
  const { bySeries } = state
  if (bySeries === undefined) return
  if (before !== undefined && before.ruleSet !== alert.ruleSet) forgetSeries(state, before)
  const known = bySeries.get(alert.ruleSet)
  if (known === undefined) bySeries.set(alert.ruleSet, new Map([[alert.series, alert]]))
  else known.set(alert.series, alert)
}

function putPlace(state: NotifyState, id: string, place: AlertPlace): void {
  const alert = state.alerts.get(id)
  if (alert === undefined) return
  const places = [...alert.places]
  const index = places.findIndex((to) => to.place === place.place)
  places[index < 0 ? places.length : index] = place
  putAlert(state, { ...alert, places })
}

function forgetAlert(state: NotifyState, id: string): void {
  const alert = state.alerts.get(id)
  if (alert === undefined) return
  state.alerts.delete(id)
  counted(state, alert, -1)
  forgetSeries(state, alert)
}

function forgetSeries({ bySeries }: NotifyState, { id, ruleSet, series }: Alert): void {
  const known = bySeries?.get(ruleSet)
  if (known?.get(series)?.id !== id) return
  known.delete(series)
  if (known.size === 0) bySeries?.delete(ruleSet)
}

function counted({ count }: NotifyState, { ruleSet, severity }: Alert, by: 1 | -1): void {
  if (ruleSet === ownRuleSet) return
  if (severity === 1) count.worst += by
  else count.others += by
}

function putEnded({ ended }: NotifyState, episode: EndedEpisode): void {
  // Taken out first, so that the order of the map is the order of the ends.
  ended.delete(episode.id)
  ended.set(episode.id, episode)
  for (const [id, { at }] of ended) {
    if (at > episode.at - endedForMs && ended.size <= maxEndedEpisodes) return
    ended.delete(id)
  }
}

/** The alert of a rule set and series, open or with an end that is not told to everybody yet. */
export const alertOf = (
  { bySeries }: NotifyState,
  { ruleSet, series }: Pick<FaultSignal, 'ruleSet' | 'series'>,
): Alert | undefined => bySeries?.get(ruleSet)?.get(series.key)

/** The fewest changes that rebuild the state. */
export function stateChanges(state: NotifyState): NotifyChange[] {
  const changes: NotifyChange[] = []
  for (const episode of state.ended.values()) changes.push({ type: 'ended', episode })
  for (const maintenance of state.maintenance.values()) changes.push({ type: 'maintenance', maintenance })
  for (const alert of state.alerts.values()) changes.push({ type: 'alert', alert })
  for (const notification of state.notifications.values())
    changes.push({ type: 'notification', notification })
  return changes
}

/** Alerts that are open, in the order in which they were created. */
export const openAlerts = (state: NotifyState): readonly Alert[] =>
  [...state.alerts.values()].filter((alert) => alert.clearedAt === undefined)
