import type { Alert } from '../model/alert.ts'
import { maxMaintenance, referenceOf, refusal } from '../model/command.ts'
import type { Command, CommandRefuseReason, Referenced } from '../model/command.ts'
import type { Because } from '../model/event.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { close } from './lifecycle.ts'
import { reconcile, unheld } from './reconcile.ts'
import { openAlerts } from './state.ts'

type Of<Type extends Command['type']> = Extract<Command, { type: Type }>

/** Answers one command. */
export function onCommand(machine: Machine, command: Command, now: number): void {
  switch (command.type) {
    case 'acknowledge':
      acknowledge(machine, command, now)
      return
    case 'unacknowledge':
      unacknowledge(machine, command, now)
      return
    case 'clear':
      clear(machine, command, now)
      return
    case 'maintenance':
      setMaintenance(machine, command, now)
      return
    case 'end-maintenance':
      endByCommand(machine, command, now)
      return
  }
}

/** A window began or ended: alerts that it selects may be told now. */
export function onBoundary(machine: Machine, id: string, now: number): void {
  const maintenance = machine.windows.get(id)
  if (maintenance === undefined) return
  if (maintenance.to <= now && machine.state.maintenance.has(id)) {
    forgetMaintenance(machine, id, { reason: 'time' }, now)
  } else {
    armWindow(machine, id, now)
    if (maintenance.to <= now) tell(machine, { type: 'maintenance-ended', time: now, id, reason: 'time' })
  }
  reconcileOpen(machine, now)
}

/** Sets the timer of a window to its next boundary. */
export function armWindow({ windows, timers }: Machine, id: string, now: number): void {
  timers.set('window', id, windows.boundary(id, now))
}

function acknowledge(machine: Machine, command: Of<'acknowledge'>, now: number): void {
  const { by, until, notes } = command
  const alert = openAlert(machine, command.alert)
  if (alert === undefined) {
    refuse(machine, command, 'unknown-alert', now)
    return
  }
  if (until !== undefined && until <= now) {
    takeBack(machine, command, alert, now)
    return
  }
  const stated = { by, ...(until !== undefined && { until }), ...(notes !== undefined && { notes }) }
  tell(machine, { type: 'acknowledged', ...about(alert, now), ...stated, ...referenceOf(command) })
  const acknowledgement = { ...stated, at: now, severity: alert.severity }
  // Somebody holds it again: nobody need be reminded.
  const places = alert.places.map((to) => (to.remind === undefined ? to : { ...to, remind: undefined }))
  reconcile(machine, { ...alert, acknowledgement, places }, now)
}

function unacknowledge(machine: Machine, command: Of<'unacknowledge'>, now: number): void {
  const alert = openAlert(machine, command.alert)
  if (alert === undefined) refuse(machine, command, 'unknown-alert', now)
  else takeBack(machine, command, alert, now)
}

function takeBack(
  machine: Machine,
  command: Of<'acknowledge' | 'unacknowledge'>,
  alert: Alert,
  now: number,
): void {
  if (alert.acknowledgement === undefined) {
    refuse(machine, command, 'not-acknowledged', now)
    return
  }
  const { by } = command
  const answer = { by, reason: 'command', ...referenceOf(command) } as const
  tell(machine, { type: 'unacknowledged', ...about(alert, now), ...answer })
  reconcile(machine, unheld(alert), now)
}

function clear(machine: Machine, command: Of<'clear'>, now: number): void {
  const alert = openAlert(machine, command.alert)
  if (alert === undefined) {
    refuse(machine, command, 'unknown-alert', now)
    return
  }
  const { by, notes } = command
  const stated = { by, ...(notes !== undefined && { notes }), ...referenceOf(command) }
  close(machine, alert, { reason: 'command', signal: alert.signal.id, ...stated }, now)
}

function setMaintenance(machine: Machine, command: Of<'maintenance'>, now: number): void {
  const { maintenance } = command
  const known = machine.state.maintenance
  const { id, to } = maintenance
  const reason: Unfollowed | undefined =
    to <= now
      ? 'already-over'
      : machine.windows.get(id) !== undefined && !known.has(id)
        ? 'maintenance-in-policy'
        : known.size >= maxMaintenance && !known.has(id)
          ? 'too-many-maintenance'
          : undefined
  if (reason !== undefined) {
    refuse(machine, command, reason, now)
    return
  }
  record(machine, { type: 'maintenance', maintenance })
  machine.windows.set(maintenance)
  armWindow(machine, id, now)
  tell(machine, { type: 'maintenance-set', time: now, maintenance, ...referenceOf(command) })
  reconcileOpen(machine, now)
}

/** Takes a window that a command set out of the state. */
export function forgetMaintenance(
  machine: Machine,
  id: string,
  why: Because<'command' | 'time'> & Referenced,
  now: number,
): void {
  record(machine, { type: 'maintenance-gone', id })
  machine.windows.delete(id)
  machine.timers.set('window', id, undefined)
  tell(machine, { type: 'maintenance-ended', time: now, id, ...why })
}

function endByCommand(machine: Machine, command: Of<'end-maintenance'>, now: number): void {
  const { id } = command
  if (!machine.state.maintenance.has(id)) {
    const isInPolicy = machine.windows.get(id) !== undefined
    refuse(machine, command, isInPolicy ? 'maintenance-in-policy' : 'unknown-maintenance', now)
    return
  }
  forgetMaintenance(machine, id, { reason: 'command', ...referenceOf(command) }, now)
  reconcileOpen(machine, now)
}

function reconcileOpen(machine: Machine, now: number): void {
  for (const alert of openAlerts(machine.state)) reconcile(machine, alert, now)
}

function openAlert({ state }: Machine, id: string): Alert | undefined {
  const alert = state.alerts.get(id)
  return alert?.clearedAt === undefined ? alert : undefined
}

type Unfollowed = Exclude<CommandRefuseReason, 'malformed' | 'overflow'>

const sentences: Readonly<Record<Unfollowed, string>> = {
  'unknown-alert': 'no open alert has this id',
  'not-acknowledged': 'the alert is not acknowledged',
  'unknown-maintenance': 'no window of maintenance that a command has set has this id',
  'maintenance-in-policy':
    'a window of maintenance of the policy has this id; commands neither replace nor end it',
  'too-many-maintenance': `commands have set ${maxMaintenance} windows of maintenance, which is the most; end one first`,
  'already-over': 'its end is not in the future',
}

function refuse(machine: Machine, command: Command, reason: Unfollowed, now: number): void {
  tell(machine, { time: now, ...refusal(command, reason, sentences[reason]) })
}
