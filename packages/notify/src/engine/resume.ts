import type { Alert, AlertPlace } from '../model/alert.ts'
import type { NotifyChange } from '../model/change.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { Policy } from '../model/policy.ts'
import { createFlapping } from '../mutes/flapping.ts'
import { aboutNotification } from './delivery.ts'
import { record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { armWindow, forgetMaintenance } from './obey.ts'
import { keepNotifiers, restoreOwn, setBackOwn } from './own/own-alerts.ts'
import { ownRuleSet } from '../model/signal.ts'
import { rankOf } from './outbox/rank.ts'
import { never } from './place.ts'
import { reconcile, withPlaces } from './reconcile.ts'
import { rename } from './rename.ts'
import { compilePolicy, flappingOf } from './route.ts'
import { settle } from './settle.ts'
import { applyChange, openAlerts } from './state.ts'

/** Takes up where an earlier life ended. */
export function restore(machine: Machine, changes: readonly NotifyChange[], now: number): void {
  const { state } = machine
  for (const change of changes) applyChange(state, change)
  machine.hearing.begin(now)
  mend(machine, now)
  rename(machine, now)
  takeWindows(machine, now)
  countEnds(machine, now)
  const own = openAlerts(state).filter(({ ruleSet }) => ruleSet === ownRuleSet)
  restoreOwn(
    machine,
    own.map(({ signal }) => signal),
    namedNotifiers(machine),
    now,
  )
  for (const { id } of openAlerts(state)) machine.unconfirmed.add(id)
  for (const planned of [...state.notifications.values()]) takeUp(machine, planned, now)
  for (const alert of [...state.alerts.values()]) reconcile(machine, withNewRoutes(machine, alert, now), now)
}

/** Another policy holds from now on. */
export function changePolicy(machine: Machine, policy: Policy, now: number): void {
  const { windows, state } = machine
  for (const id of windows.ids()) {
    if (state.maintenance.has(id)) continue
    windows.delete(id)
    machine.timers.set('window', id, undefined)
  }
  machine.policy = compilePolicy(policy, machine.notifiers.keys())
  machine.reaches.clear()
  keepNotifiers(machine, namedNotifiers(machine), now)
  tell(machine, { type: 'policy-changed', time: now })
  rename(machine, now)
  takeWindows(machine, now)
  countEnds(machine, now)
  for (const alert of [...state.alerts.values()]) reconcile(machine, withNewRoutes(machine, alert, now), now)
}

/** Those of the program that a group of the policy has. */
const namedNotifiers = ({ notifiers, policy }: Machine): readonly string[] =>
  [...notifiers.keys()].filter((name) => policy.names(name))

/** The clock was set back by so much: what runs goes on for as long as it had left. */
export function setBack(machine: Machine, byMs: number, now: number): void {
  machine.outbox.setBack(byMs)
  setBackOwn(machine, byMs, machine.limits.failingAfterMs)
  machine.hearing.setBack(byMs)
  for (const id of machine.windows.ids()) armWindow(machine, id, now)
  for (const alert of [...machine.state.alerts.values()]) {
    const before = (time: number): number => (time > now ? Math.max(now, time - byMs) : time)
    reconcile(machine, moved(alert, before), now)
  }
}

function moved(alert: Alert, before: (time: number) => number): Alert {
  const settlesAt = alert.settlesAt === undefined ? undefined : before(alert.settlesAt)
  let isSame = settlesAt === alert.settlesAt && before(alert.heardAt) === alert.heardAt
  const places = alert.places.map((to) => {
    const due = to.due === never ? never : before(to.due)
    const resumeAt = to.resumeAt === undefined ? undefined : before(to.resumeAt)
    if (due === to.due && resumeAt === to.resumeAt) return to
    isSame = false
    return { ...to, due, resumeAt }
  })
  return isSame ? alert : { ...alert, settlesAt, heardAt: before(alert.heardAt), places }
}

/**
 * Makes whole what a damaged store may have lost, and lets nothing wait that was set in a future that went away while nobody ran.
 */
function mend(machine: Machine, now: number): void {
  const { state, limits } = machine
  const settleMs = flappingOf(machine.policy.given)?.settleMs ?? 0
  for (const alert of state.alerts.values()) {
    const atMost = (time: number | undefined, most: number): number | undefined =>
      time === undefined || time <= most ? time : most
    const settlesAt = atMost(alert.settlesAt, now + settleMs)
    let isSame = settlesAt === alert.settlesAt
    const places = alert.places.map((to): AlertPlace => {
      const resumeAt = atMost(to.resumeAt, now + limits.maxDelayMs)
      const isLost = to.planned !== undefined && !state.notifications.has(to.planned)
      if (resumeAt === to.resumeAt && !isLost) return to
      isSame = false
      if (!isLost) return { ...to, resumeAt }
      // It was planned, and is lost: it may have arrived, and is planned again.
      return { ...to, resumeAt, planned: undefined, closed: undefined, told: 'unsure' }
    })
    if (!isSame) record(machine, { type: 'alert', alert: { ...alert, settlesAt, places } })
  }
}

function takeWindows(machine: Machine, now: number): void {
  const { state, windows } = machine
  for (const window of machine.policy.given.maintenance ?? []) {
    // A window of the policy takes the place of one that a command gave its id before.
    if (state.maintenance.has(window.id)) record(machine, { type: 'maintenance-gone', id: window.id })
    windows.set(window)
    armWindow(machine, window.id, now)
  }
  for (const window of [...state.maintenance.values()]) {
    if (window.to <= now) {
      forgetMaintenance(machine, window.id, { reason: 'time' }, now)
      continue
    }
    windows.set(window)
    armWindow(machine, window.id, now)
  }
}

/** Ends before now count as those to come, so that a restart changes nothing. */
function countEnds(machine: Machine, now: number): void {
  const limits = flappingOf(machine.policy.given)
  machine.flapping = createFlapping(limits)
  if (limits === undefined) return
  for (const { of, at } of machine.state.ended.values()) {
    if (of >= 0 && Math.abs(now - at) < limits.withinMs) machine.flapping.ended(of, at)
  }
}

/** A planned notification of an earlier life: it may have been sent. */
function takeUp(machine: Machine, planned: PlannedNotification, now: number): void {
  const alerts = planned.alerts.map((id) => machine.state.alerts.get(id))
  if (machine.notifiers.has(planned.notifier)) {
    const isOver = alerts.every((alert) => alert?.clearedAt !== undefined)
    machine.outbox.add(planned, rankOf(planned, isOver), true, now)
    return
  }
  const subject = aboutNotification(machine, planned, now)
  tell(machine, { type: 'dead', ...subject, reason: 'no-notifier', attempts: 0 })
  settle(machine, planned, { type: 'dead', reason: 'no-notifier', arrived: 'perhaps' }, now)
}

/** Counted as the waits were, so that those that run stay as they are. */
function withNewRoutes(machine: Machine, alert: Alert, now: number): Alert {
  const { type, openedAt, time } = alert.signal
  if (alert.clearedAt !== undefined) return alert
  return withPlaces(machine, alert, type === 'opened' ? openedAt : time, now)
}
