import type { Policy } from '@tocsin/notify'
import type { FaultEvent, RuleSet } from '@tocsin/fault'
import type { Journal } from '@tocsin/journal'
import type { NotifyEvent } from '@tocsin/notify'
import type { Problem, Sample } from '@tocsin/protocols'
import type { Observable } from 'rxjs'

import type { Fault, LogEntry, Maintenance } from './wire.ts'
import type { WatchedAlerts } from './watched-alerts.ts'

/** What the log is opened with. */
export interface FaultLogParts {
  /** Folder of the observatory; the log has its own folder in it. */
  readonly data: string
  readonly alerts: WatchedAlerts
  readonly policy: Policy
  readonly rules: readonly RuleSet[]
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

/** Opens the log, reads it whole, and compares it with the alerts that are open. Before the pipeline runs. */
export declare function openFaultLog(parts: FaultLogParts): Promise<FaultLog>
