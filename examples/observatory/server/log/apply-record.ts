import { applyTelling, endTelling, isStillTold, tellOf } from './apply-telling.ts'
import { applyWindow, beginWindow, endWindow } from './apply-window.ts'
import { nothingChanged, putEntry, putFault, without } from './fault-state.ts'
import type { Changed, FaultState } from './fault-state.ts'
import type { FaultRecord } from './records.ts'
import type { Fault, LogEntry, Stretch } from '../wire.ts'

type Of<Type extends FaultRecord['type']> = Extract<FaultRecord, { readonly type: Type }>

/** Puts one record into the state; gives what it changed. No clock and no I/O: a replay gives what was told live. */
export function applyRecord(state: FaultState, record: FaultRecord): Changed {
  const changed = nothingChanged()
  switch (record.type) {
    case 'found':
      find(state, changed, record)
      break
    case 'vanished':
      vanish(state, changed, record)
      break
    case 'rewound':
      rewind(state, changed, record)
      break
    case 'alert':
      nameAlert(state, changed, record)
      break
    case 'answered':
      if (record.isEnd) endTelling(state, changed, record)
      else tellOf(state, changed, record)
      break
    case 'ended':
      endAlert(state, changed, record)
      break
    case 'acknowledged':
      acknowledge(state, changed, record)
      break
    case 'unacknowledged':
      unacknowledge(state, changed, record)
      break
    case 'telling':
      applyTelling(state, changed, record)
      break
    case 'window':
      applyWindow(state, changed, record)
      break
    case 'window-began':
      beginWindow(state, changed, record)
      break
    case 'window-ended':
      endWindow(state, changed, record)
      break
    case 'pause':
      addPause(state, record)
      break
  }
  return changed
}

function find(state: FaultState, changed: Changed, record: Of<'found'>): void {
  const { id, fault, change, ruleSet, series, severity, openedAt, judgement, text } = record
  const known = state.faults.get(fault)
  if (state.entries.has(id) || (known?.endedAt !== undefined && !isWorse(known, record))) return
  const latest = known?.severities.at(-1)
  // Found at its beginning, it has had this severity since; otherwise since now, for all that is known.
  const since = Math.max(record.time, latest?.since ?? openedAt)
  const isNew = latest?.severity !== severity
  const severities = [...(known?.severities ?? []), ...(isNew ? [{ severity, since }] : [])]
  const open: Fault = {
    ...(known === undefined
      ? { id: fault, ruleSet, series, openedAt, acknowledged: [], maintained: [] }
      : without(known, 'endedAt', 'endedUnseen', 'endedBy')),
    severity,
    severities,
    judgement,
    text,
  }
  putFault(state, changed, change === 'cleared' ? ended(state, open, record.time) : open)
  // Nobody is told of another reason: only the fault says it.
  if (change === 'reason') return
  putEntry(state, changed, {
    id,
    time: record.time,
    type: change,
    fault,
    ruleSet,
    series,
    severity,
    ...(change === 'severity' && latest !== undefined && isNew && { previousSeverity: latest.severity }),
    judgement,
    ...(change === 'cleared' && { durationMs: Math.max(0, record.time - openedAt) }),
    channels: [],
  })
}

/** What a person has ended is open again where it gets worse. */
const isWorse = (known: Fault, { change, severity }: Of<'found'>): boolean =>
  known.endedBy !== undefined && change !== 'cleared' && severity < known.severity

function vanish(state: FaultState, changed: Changed, { fault, time }: Of<'vanished'>): void {
  const known = state.faults.get(fault)
  if (known === undefined || known.endedAt !== undefined) return
  putFault(state, changed, { ...ended(state, known, time), endedUnseen: true })
}

function rewind(state: FaultState, changed: Changed, { fault: id, entry, text }: Of<'rewound'>): void {
  const known = state.faults.get(id)
  const kept = state.entries.get(entry)
  if (known === undefined || kept?.judgement === undefined) return
  const found = [...state.entries.values()].filter(({ fault, type }) => fault === id && isFound(type))
  const later = found.slice(found.indexOf(kept) + 1)
  for (const { id: gone } of later) state.entries.delete(gone)
  const open: Fault = without(known, 'endedAt', 'endedUnseen', 'endedBy')
  const lost = later.filter(({ type }) => type === 'severity').length
  const severities = open.severities.slice(0, Math.max(1, open.severities.length - lost))
  const { severity = open.severity, judgement } = kept
  putFault(state, changed, { ...open, severity, severities, judgement, text })
  if (open.alert === undefined) return
  const telling = state.tellings.get(open.alert)
  if (telling !== undefined) state.tellings.set(open.alert, without(telling, 'end'))
}

const isFound = (type: LogEntry['type']): boolean =>
  type === 'opened' || type === 'severity' || type === 'cleared'

/** A clock may have been set back: nothing ends before it began. */
function ended(state: FaultState, fault: Fault, time: number): Fault {
  const endedAt = Math.max(time, fault.severities.at(-1)?.since ?? fault.openedAt)
  state.covered.delete(fault.id)
  return {
    ...fault,
    endedAt,
    acknowledged: closed(fault.acknowledged, endedAt),
    maintained: closed(fault.maintained, endedAt),
  }
}

function nameAlert(state: FaultState, changed: Changed, record: Of<'alert'>): void {
  const { alert, windows, time } = record
  const known = state.faults.get(record.fault)
  if (known === undefined) return
  const fault = heirOf(state, alert, known)
  const telling = state.tellings.get(alert)
  if (telling?.fault !== fault.id) {
    state.tellings.set(alert, { told: new Map(), ...telling, fault: fault.id })
  }
  if (fault.endedAt !== undefined) {
    if (fault !== known || fault.alert !== alert) putFault(state, changed, { ...fault, alert })
    return
  }
  const isIn = windows.length > 0
  const wasIn = (state.covered.get(fault.id) ?? []).length > 0
  state.covered.set(fault.id, windows)
  if (fault === known && fault.alert === alert && isIn === wasIn) return
  const begins = windows.map((id) => state.windows.get(id)?.from ?? time)
  // Where the fault opened in a window it was in it from its first moment.
  const from = fault.alert === undefined ? Math.max(fault.openedAt, Math.min(...begins)) : time
  const maintained =
    isIn && !wasIn
      ? [...fault.maintained, { from }]
      : isIn
        ? fault.maintained
        : closed(fault.maintained, time)
  putFault(state, changed, { ...fault, alert, maintained })
}

/** The fault with what is known of telling the one before it, which the same alert was about and of whose end nobody was told. */
function heirOf(state: FaultState, alert: string, fault: Fault): Fault {
  const telling = state.tellings.get(alert)
  if (telling === undefined || telling.fault === fault.id || fault.told !== undefined) return fault
  const told = state.faults.get(telling.fault)?.told
  const isKept = told?.channel !== undefined && isStillTold(state, telling, told.channel)
  return isKept ? { ...fault, told } : fault
}

function endAlert(state: FaultState, changed: Changed, record: Of<'ended'>): void {
  const { id, alert, time, reason, by, notes } = record
  const fault = faultOf(state, alert)
  if (fault === undefined || state.entries.has(id)) return
  if (fault.endedAt === undefined) {
    putFault(state, changed, { ...ended(state, fault, time), ...(by !== undefined && { endedBy: by }) })
  }
  putEntry(state, changed, {
    ...about(fault),
    id,
    time,
    type: 'cleared',
    reason,
    ...(by !== undefined && { by }),
    ...(notes !== undefined && { notes }),
    durationMs: Math.max(0, time - fault.openedAt),
  })
  endTelling(state, changed, { alert, entry: id })
}

function acknowledge(state: FaultState, changed: Changed, record: Of<'acknowledged'>): void {
  const { id, alert, time, by, until, notes } = record
  const fault = faultOf(state, alert)
  if (fault === undefined || state.entries.has(id)) return
  const stated = { by, ...(until !== undefined && { until }), ...(notes !== undefined && { notes }) }
  const acknowledged = isLasting(fault.acknowledged)
    ? fault.acknowledged
    : [...fault.acknowledged, { from: time }]
  putFault(state, changed, {
    ...fault,
    acknowledgement: { ...stated, at: time },
    // It may have ended while the acknowledgement was made durable.
    acknowledged: fault.endedAt === undefined ? acknowledged : closed(acknowledged, fault.endedAt),
  })
  putEntry(state, changed, { ...about(fault), id, time, type: 'acknowledged', ...stated })
}

function unacknowledge(state: FaultState, changed: Changed, record: Of<'unacknowledged'>): void {
  const { id, alert, time, by, reason } = record
  const fault = faultOf(state, alert)
  if (fault === undefined || state.entries.has(id)) return
  const open = without(fault, 'acknowledgement')
  putFault(state, changed, { ...open, acknowledged: closed(fault.acknowledged, time) })
  const why = { ...(reason !== undefined && { reason }), ...(by !== undefined && { by }) }
  putEntry(state, changed, { ...about(fault), id, time, type: 'unacknowledged', ...why })
  const telling = state.tellings.get(alert)
  if (telling !== undefined) state.tellings.set(alert, { ...telling, freed: id })
}

function addPause(state: FaultState, { from, to }: Of<'pause'>): void {
  const isKnown = state.pauses.some((pause) => pause.from === from && pause.to === to)
  if (!isKnown && from < to) state.pauses = [...state.pauses, { from, to }]
}

const faultOf = (state: FaultState, alert: string): Fault | undefined =>
  state.faults.get(state.tellings.get(alert)?.fault ?? '')

const about = ({
  id,
  ruleSet,
  series,
  severity,
}: Fault): Pick<LogEntry, 'fault' | 'ruleSet' | 'series' | 'severity' | 'channels'> => ({
  fault: id,
  ruleSet,
  series,
  severity,
  channels: [],
})

const isLasting = (stretches: readonly Stretch[]): boolean => {
  const last = stretches.at(-1)
  return last !== undefined && last.to === undefined
}

/** The stretches with an end of the last one, not before its beginning. */
function closed(stretches: readonly Stretch[], to: number): readonly Stretch[] {
  const last = stretches.at(-1)
  if (last === undefined || last.to !== undefined) return stretches
  return [...stretches.slice(0, -1), { from: last.from, to: Math.max(last.from, to) }]
}
