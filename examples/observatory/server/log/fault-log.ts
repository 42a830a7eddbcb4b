import type { FaultEvent } from '@tocsin/fault'
import type { Journal } from '@tocsin/journal'
import type { NotifyEvent, Policy } from '@tocsin/notify'
import type { Problem, Sample } from '@tocsin/protocols'
import { Subject } from 'rxjs'
import type { Observable } from 'rxjs'

import { applyRecord } from './apply-record.ts'
import { defaultBounds, emptyState, prune } from './fault-state.ts'
import { faultsIn, lastEnded, logOf, windowsOf } from './fault-questions.ts'
import { lastWritten, pauseBefore } from './last-written.ts'
import { windowBoundaries } from './window-boundaries.ts'
import { reconcileFaults } from './reconcile-faults.ts'
import { reconcileWindows, plannedWindows } from './reconcile-windows.ts'
import { openRecordStore } from './record-store.ts'
import type { FaultRecord } from './records.ts'
import { contextOf, recordOfFault, recordOfNotify } from './to-records.ts'
import type { IsSelected } from './to-records.ts'
import { recordsOfChange } from './alert-records.ts'
import type { WatchedAlerts } from './watched-alerts.ts'
import type { Fault, LogEntry, Maintenance } from '../wire.ts'

/** What the log is opened with. */
export interface FaultLogParts {
  /** Folder of the observatory; the log has its own folder in it. */
  readonly data: string
  readonly alerts: WatchedAlerts
  readonly policy: Policy
  /** Of the series that are told of. */
  readonly isSelected: IsSelected
  /** Of the samples: when the last ones were written, it ran. */
  readonly journal: Journal<Sample>
  /** How often this machine is measured, ms. */
  readonly periodMs: number
  readonly now: () => number
  readonly problems: { next(problem: Problem<string>): void }
  readonly onClose: (part: string, close: () => Promise<void>) => void
}

/** Something is new or different, whole. */
export type LogChange =
  | { readonly event: 'fault'; readonly data: Fault }
  | { readonly event: 'entry'; readonly data: LogEntry }
  | { readonly event: 'maintenance'; readonly data: readonly Maintenance[] }

/** Faults and what people were told of them, kept over restarts. */
export interface FaultLog {
  /** Those that were open at some moment from `from` to `to`. */
  faults(from: number, to: number): readonly Fault[]
  open(): readonly Fault[]
  lastEnded(): Fault | undefined
  /** The fault that commands name so. */
  faultOf(alert: string): Fault | undefined
  /** The newest first, at most `most`. */
  log(from: number, to: number, most: number): readonly LogEntry[]
  /** Windows that run or are to come. */
  maintenance(): readonly Maintenance[]
  /** When the observatory did not run, oldest first. */
  pauses(): readonly { readonly from: number; readonly to: number }[]
  /** Hot; told once it is in what the methods give. */
  readonly changes$: Observable<LogChange>
  /** Takes what the rules find. Never throws. */
  takeFault(event: FaultEvent): void
  /** Takes what becomes of telling people. Never throws. */
  takeNotify(event: NotifyEvent): void
}

/** A run that began so soon after the last one, ms, left nothing out. */
const shortestPauseMs = 10_000

/** Opens the log, reads it whole, and compares it with the alerts that are open. Before the pipeline runs. */
export async function openFaultLog(parts: FaultLogParts): Promise<FaultLog> {
  const { alerts, policy, isSelected, journal, periodMs, now, problems, onClose } = parts
  const context = contextOf(policy, isSelected)
  const store = await openRecordStore(parts)
  const state = emptyState()
  const changes = new Subject<LogChange>()
  const keep = (record: FaultRecord): void => {
    const changed = applyRecord(state, record)
    prune(state, defaultBounds, now())
    store.write(record)
    for (const id of changed.faults) {
      const data = state.faults.get(id)
      if (data !== undefined) changes.next({ event: 'fault', data })
    }
    for (const id of changed.entries) {
      const data = state.entries.get(id)
      if (data !== undefined) changes.next({ event: 'entry', data })
    }
    if (!changed.windows) return
    changes.next({ event: 'maintenance', data: windowsOf(state) })
    boundaries.arm()
  }
  const boundaries = windowBoundaries(state, now, (record) => guarded(() => [record]))
  const notKept = (error: unknown): void => {
    const message = `the log of faults left something out: ${String(error)}`
    problems.next({ type: 'problem', from: 'faults', reason: 'not-kept', message, time: now(), count: 1 })
  }
  /** What goes wrong here must not stop those who are told of faults. */
  const guarded = (records: () => readonly (FaultRecord | undefined)[]): void => {
    try {
      for (const record of records()) if (record !== undefined) keep(record)
    } catch (error) {
      notKept(error)
    }
  }

  const watching = alerts.changes$.subscribe({
    next: ({ isWhole, changes: kept }) => {
      if (isWhole) guarded(() => reconcileWindows(state, kept, now()))
      else for (const change of kept) guarded(() => recordsOfChange(state, change, now()))
    },
    error: notKept,
  })
  // Before anything is read, so that it is closed too where that fails.
  onClose('the log of faults', async () => {
    watching.unsubscribe()
    boundaries.stop()
    changes.complete()
    await store.close()
  })

  let known = 0
  await store.read((record) => {
    known += 1
    applyRecord(state, record)
    prune(state, defaultBounds, now())
  })
  const started = now()
  const journals = store.journal === undefined ? [journal] : [journal, store.journal]
  // Where that cannot be read nothing is known, which is told by those who read all of it.
  const written = await Promise.all(journals.map((one) => lastWritten(one, started).catch(() => undefined)))
  const pause =
    known === 0
      ? { from: Math.max(0, started - defaultBounds.ageMs), to: started }
      : pauseBefore(written, started, Math.max(shortestPauseMs, 3 * periodMs))
  if (pause !== undefined) keep({ type: 'pause', ...pause })
  guarded(() => plannedWindows(state, policy, now()))
  guarded(() => reconcileFaults(state, alerts.openAlerts(), now()))
  boundaries.arm()

  return {
    faults: (from, to) => faultsIn(state, from, to),
    open: () => [...state.faults.values()].filter(({ endedAt }) => endedAt === undefined),
    lastEnded: () => lastEnded(state),
    faultOf: (alert) => state.faults.get(state.tellings.get(alert)?.fault ?? ''),
    log: (from, to, most) => logOf(state, from, to, most),
    maintenance: () => windowsOf(state),
    pauses: () => state.pauses,
    changes$: changes.asObservable(),
    takeFault: (event) => guarded(() => [recordOfFault(event)]),
    takeNotify: (event) => guarded(() => [recordOfNotify(event, context)]),
  }
}
