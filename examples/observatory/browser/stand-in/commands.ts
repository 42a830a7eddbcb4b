import { parseTagQuery } from '@tocsin/core'

import type { Command, Fault, LogEntry, Maintenance, Refusal } from '../../server/wire.ts'

/** What a command changes, and what everybody is told of it. */
export interface Changed {
  readonly fault?: Fault
  readonly entry?: LogEntry
  readonly maintenance?: readonly Maintenance[]
}

export interface Commanded {
  readonly faults: readonly Fault[]
  readonly maintenance: readonly Maintenance[]
  readonly now: number
}

/** Carries a command out; what cannot be is refused in words. */
export function carryOut(command: Command, { faults, maintenance, now }: Commanded): Changed | Refusal {
  const id = `told-${now}-${command.type}`
  if (command.type === 'maintenance') {
    const { select, from, to, notes } = command
    const parsed = parseTagQuery(select)
    if (!parsed.ok) return { error: parsed.message, reason: parsed.reason, offset: parsed.offset }
    if (to <= from) return { error: 'A maintenance ends after it begins.', reason: 'bad-time' }
    const window = {
      id: `window-${from}-${maintenance.length}`,
      select,
      from,
      to,
      planned: false,
      ...(notes && { notes }),
    }
    return {
      maintenance: [...maintenance, window],
      entry: { id, time: now, type: 'maintenance-began', select, until: to, channels: [] },
    }
  }
  if (command.type === 'end-maintenance') {
    const window = maintenance.find((one) => one.id === command.id)
    if (window === undefined || window.planned)
      return { error: 'No command ends that.', reason: 'unknown-maintenance' }
    return {
      maintenance: maintenance.filter((one) => one !== window),
      entry: {
        id,
        time: now,
        type: 'maintenance-ended',
        select: window.select,
        reason: 'command',
        channels: [],
      },
    }
  }
  const fault = faults.find(({ alert, endedAt }) => alert === command.alert && endedAt === undefined)
  if (fault === undefined) {
    const ended = faults.find(({ alert }) => alert === command.alert)
    return {
      error: 'There is no such open fault.',
      reason: 'unknown-alert',
      ...(ended?.endedAt !== undefined && { endedAt: ended.endedAt }),
    }
  }
  const about = {
    id,
    time: now,
    fault: fault.id,
    ruleSet: fault.ruleSet,
    series: fault.series,
    by: command.by,
  }
  if (command.type === 'unacknowledge') {
    const { acknowledgement, ...rest } = fault
    if (acknowledgement === undefined)
      return { error: 'Nobody has acknowledged it.', reason: 'not-acknowledged' }
    const acknowledged = fault.acknowledged.map((one) => (one.to === undefined ? { ...one, to: now } : one))
    return {
      fault: { ...rest, acknowledged },
      entry: { ...about, type: 'unacknowledged', reason: 'command', channels: [] },
    }
  }
  if (command.type === 'clear') {
    const { by, notes } = command
    const over = { ...fault, endedAt: now, endedBy: by }
    const stated = { reason: 'command', ...(notes !== undefined && { notes }) }
    return { fault: over, entry: { ...about, ...stated, type: 'cleared', channels: [] } }
  }
  const { by, until, notes } = command
  const more = { ...(until !== undefined && { until }), ...(notes !== undefined && { notes }) }
  return {
    fault: {
      ...fault,
      acknowledgement: { by, at: now, ...more },
      acknowledged: [...fault.acknowledged, { from: now }],
    },
    entry: { ...about, ...more, type: 'acknowledged', channels: [] },
  }
}
