import type { Alert } from '../model/alert.ts'
import { maxMaintenance, referenceOf, refusal } from '../model/command.ts'
import type { Command, CommandRefuseReason, Referenced } from '../model/command.ts'
import type { Because } from '../model/event.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { reconcile } from './reconcile.ts'

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
    reconcileOpen(machine, now)
    return
  }
  machine.windows.arm(id, now)
  if (maintenance.to <= now) tell(machine, { type: 'maintenance-ended', time: now, id, reason: 'time' })
  reconcileOpen(machine, now)
}

function acknowledge(machine: Machine, command: Of<'acknowledge'>, now: number): void {
  const { by, until, notes } = command
  const alert = openAlert(machine, command.alert)
  if (alert === undefined) {
    refuse(machine, command, 'unknown-alert', now)
    return
  }
  if (until !== undefined && until <= now) {
    refuse(machine, command, 'already-over', now)
    return
  }
  const stated = { by, ...(until !== undefined && { until }), ...(notes !== undefined && { notes }) }
  tell(machine, { type: 'acknowledged', ...about(alert, now), ...stated, ...referenceOf(command) })
  const acknowledgement = { ...stated, at: now, severity: alert.severity }
  reconcile(machine, { ...alert, acknowledgement }, now)
}

function unacknowledge(machine: Machine, command: Of<'unacknowledge'>, now: number): void {
  const alert = openAlert(machine, command.alert)
  if (alert?.acknowledgement === undefined) {
    const reason = alert === undefined ? 'unknown-alert' : 'not-acknowledged'
    refuse(machine, command, reason, now)
    return
  }
  const { by } = command
  tell(machine, {
    type: 'unacknowledged',
    ...about(alert, now),
    by,
    reason: 'command',
    ...referenceOf(command),
  })
  reconcile(machine, { ...alert, acknowledgement: undefined }, now)
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
  machine.windows.set(maintenance, now)
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
  for (const id of [...machine.state.open.values()]) {
    const alert = machine.state.alerts.get(id)
    if (alert !== undefined) reconcile(machine, alert, now)
  }
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
