import type { Alert, AlertPlace } from '../model/alert.ts'
import type { NotifyChange } from '../model/change.ts'
import { episodeId, sourceMark } from '../model/digest.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { Maintenance } from '../model/policy.ts'
import { checkChanges } from '../model/stored-change.ts'

/** A target was a notifier. */
interface OldTarget extends Omit<AlertPlace, 'place' | 'planned'> {
  readonly target: string
  readonly outstanding?: string
}

interface OldAlert extends Omit<Alert, 'places'> {
  readonly targets: readonly OldTarget[]
}

/** It was rendered when it was planned. */
interface OldNotification extends Omit<PlannedNotification, 'place' | 'notifier' | 'alerts'> {
  readonly alert: string
  readonly target: string
}

interface OldEpisode {
  /** JSON of rule set and series. */
  readonly key: string
  readonly fault: string
  readonly openedAt: number
}

type OldChange =
  | { readonly type: 'alert'; readonly alert: OldAlert }
  | { readonly type: 'ended'; readonly episode: OldEpisode }
  | { readonly type: 'notification'; readonly notification: OldNotification }
  | { readonly type: 'maintenance'; readonly maintenance: Maintenance }
  | { readonly type: 'alert-gone' | 'settled' | 'maintenance-gone'; readonly id: string }

interface OldState {
  readonly alerts: Map<string, OldAlert>
  readonly ended: Map<string, OldEpisode>
  readonly notifications: Map<string, OldNotification>
  readonly maintenance: Map<string, Maintenance>
}

/** What old appends add up to, as changes of today; what is none of them is left out, and counted. */
export function raiseVersion1(appends: readonly (readonly unknown[])[]): {
  readonly changes: readonly NotifyChange[]
  readonly leftOut: number
} {
  let leftOut = 0
  const tried = <Value>(work: () => Value): Value[] => {
    try {
      return [work()]
    } catch {
      leftOut += 1
      return []
    }
  }
  const old: OldState = {
    alerts: new Map(),
    ended: new Map(),
    notifications: new Map(),
    maintenance: new Map(),
  }
  for (const change of appends.flat()) tried(() => apply(old, change as OldChange))
  const alerts = [...old.alerts.values()].flatMap((alert) => tried(() => checked(raiseAlert(alert, old))))
  const others = [
    ...[...old.maintenance.values()].map((maintenance): NotifyChange => ({
      type: 'maintenance',
      maintenance,
    })),
    ...[...old.notifications.values()].map(raiseNotification),
  ].flatMap((change) => tried(() => checked(change)))
  // When an episode ended was not stored: no later than the last that is known.
  const end = Math.max(0, ...alerts.map(timeOf), ...others.map(timeOf))
  const ended = [...old.ended.values()].flatMap((episode) => tried(() => checked(raiseEpisode(episode, end))))
  const changes = [...ended, ...alerts, ...others]
  return { changes, leftOut }
}

function apply(state: OldState, change: OldChange): void {
  if (change.type === 'alert') state.alerts.set(change.alert.id, change.alert)
  else if (change.type === 'ended') state.ended.set(change.episode.key, change.episode)
  else if (change.type === 'notification')
    state.notifications.set(change.notification.id, change.notification)
  else if (change.type === 'maintenance') state.maintenance.set(change.maintenance.id, change.maintenance)
  else if (change.type === 'alert-gone') state.alerts.delete(change.id)
  else if (change.type === 'settled') state.notifications.delete(change.id)
  else state.maintenance.delete(change.id)
}

function checked(change: NotifyChange): NotifyChange {
  const wrong = checkChanges([change])
  if (wrong !== undefined) throw new TypeError(wrong)
  return change
}

function raiseEpisode({ key, fault, openedAt }: OldEpisode, at: number): NotifyChange {
  const [ruleSet, series] = JSON.parse(key) as [string, string]
  const id = episodeId(ruleSet, series, fault, openedAt)
  return { type: 'ended', episode: { id, of: sourceMark(ruleSet, series), at } }
}

function raiseAlert({ targets, ...alert }: OldAlert, { notifications }: OldState): NotifyChange {
  return {
    type: 'alert',
    alert: {
      ...alert,
      episode: episodeId(alert.ruleSet, alert.series, alert.signal.fault, alert.signal.openedAt),
      openings: 1,
      heardAt: lastHeard({ ...alert, targets }),
      seen: [],
      places: targets.map((target) => raiseTarget(target, notifications)),
    },
  }
}

/** A target's severity was set when it was planned; a place's is what it was told. */
function raiseTarget(
  { target, outstanding, severity, ...to }: OldTarget,
  notifications: OldState['notifications'],
): AlertPlace {
  const planned = outstanding === undefined ? undefined : notifications.get(outstanding)
  const told = planned?.previousSeverity ?? severity
  return {
    ...to,
    place: target,
    ...(to.told !== 'no' && told !== undefined && { severity: told }),
    ...(planned !== undefined && { planned: planned.id }),
  }
}

function raiseNotification(old: OldNotification): NotifyChange {
  const { id, kind, target, alert, sequence, severity, previousSeverity, time } = old
  return {
    type: 'notification',
    notification: {
      id,
      kind,
      place: target,
      notifier: target,
      alerts: [alert],
      sequence,
      severity,
      ...(previousSeverity !== undefined && { previousSeverity }),
      time,
    },
  }
}

const lastHeard = ({ openedAt, clearedAt, signal }: OldAlert): number =>
  Math.max(openedAt, clearedAt ?? 0, signal.time)

/** The latest moment that a change of today speaks of. */
const timeOf = (change: NotifyChange): number =>
  change.type === 'alert'
    ? change.alert.heardAt
    : change.type === 'notification'
      ? change.notification.time
      : 0
