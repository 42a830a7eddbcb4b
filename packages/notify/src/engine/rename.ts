import type { Alert } from '../model/alert.ts'
import { record } from './machine.ts'
import type { Machine } from './machine.ts'
import { close } from './lifecycle.ts'
import { alertOf } from './state.ts'

/** What is open or planned under an old name goes on under the new one; all ids stay. */
export function rename(machine: Machine, now: number): void {
  const { renamed } = machine.policy.given
  if (renamed === undefined) return
  for (const alert of [...machine.state.alerts.values()]) renameAlert(machine, alert, now)
}

function renameAlert(machine: Machine, alert: Alert, now: number): void {
  const ruleSet = machine.policy.ruleSetOf(alert.ruleSet)
  const places = alert.places.map((to) => {
    const place = machine.policy.notifierOf(to.place)
    // Two places are not made one: the old one is told of its end as long as its notifier is there.
    if (place === to.place || alert.places.some((other) => other.place === place)) return to
    return renamePlanned(machine, to.planned, place, now) ? { ...to, place } : to
  })
  const isSame = places.every((to, index) => to === alert.places[index])
  const known = alertOf(machine.state, { ruleSet, series: alert.signal.series })
  if (ruleSet === alert.ruleSet || known !== undefined) {
    const next = isSame ? alert : { ...alert, places }
    if (next !== alert) record(machine, { type: 'alert', alert: next })
    // Another is open under the new name already: that one goes on.
    if (ruleSet !== alert.ruleSet && alert.clearedAt === undefined)
      close(machine, next, { reason: 'policy', signal: alert.signal.id }, now)
    return
  }
  const signal = { ...alert.signal, ruleSet }
  record(machine, { type: 'alert', alert: { ...alert, ruleSet, signal, places } })
}

/** Whether the planned notification of a place could be renamed with it: one that is under way is not. */
function renamePlanned(machine: Machine, id: string | undefined, place: string, now: number): boolean {
  const planned = id === undefined ? undefined : machine.state.notifications.get(id)
  if (planned === undefined) return true
  const delivery = machine.outbox.get(planned.id)
  if (delivery?.state === 'sending') return false
  const renamed = { ...planned, place, notifier: place }
  record(machine, { type: 'notification', notification: renamed })
  if (delivery === undefined) return true
  const { rank, arrived, retryAt } = delivery
  machine.outbox.remove(planned.id)
  machine.outbox.add(
    retryAt === undefined ? renamed : { ...renamed, notBefore: retryAt },
    rank,
    arrived === 'perhaps',
    now,
  )
  return true
}
