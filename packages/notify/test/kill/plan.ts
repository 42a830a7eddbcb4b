import type { FaultSignal, NotifyEvent, Policy, Severity } from '../../src/index.ts'
import type { FileNotifyStore } from '../../src/store.ts'

/** How a child betrays what it promises, so that it is seen that a betrayal is found. */
export type Sabotage = 'forgets' | 'lies' | 'twice'

/** What one life is given. */
export interface ChildPlan {
  readonly directory: string
  /** Where the receivers are; the name of a place is appended. */
  readonly url: string
  readonly sabotage?: Sabotage | undefined
}

/** What one life says, a line each. */
export interface ChildLine {
  readonly opened?: FileNotifyStore['recovery']
  readonly event?: NotifyEvent
  readonly problem?: string
}

/** Everybody is told at once: what is told late is late for no wait. */
export const policy: Policy = {
  groups: { all: { notifiers: ['steady', 'rough'] }, worst: { notifiers: ['strict'] } },
  routes: [{ group: 'all' }, { group: 'worst', severities: [1, 2] }],
  flapping: { ends: 3, within: '1m', settle: '200ms' },
}

/** Short pauses, so that much happens in a short life. */
export const limits = { baseDelayMs: 10, maxDelayMs: 100, sendTimeoutMs: 5000, concurrency: 4 }

/** Who is to be told of a severity, said once more without the policy. */
export const placesBySeverity = (severity: Severity): readonly string[] =>
  severity <= 2 ? ['steady', 'rough', 'strict'] : ['steady', 'rough']

export const ruleSet = 'rules'

/** Series that are in maintenance now and then. */
export const inMaintenance: ReadonlySet<string> = new Set(['s8', 's9'])

/** One thing that a life is handed in; of a command the reference is its name. */
export type Handed =
  | { readonly signal: FaultSignal }
  | { readonly command: { readonly type: string; readonly reference: string } & Record<string, unknown> }
