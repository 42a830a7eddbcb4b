import type { Series } from '@tocsin/core'

import type { Severity } from '../rule-set.ts'
import { type AverageWindow, createAverageWindow } from './average-window.ts'
import type { Scalar } from './criterion.ts'
import type { Decider, Plan, RulePlan } from './plan.ts'

/** An open fault. */
export interface Episode {
  readonly fault: string
  readonly openedAt: number
  severity: Severity
  /** Events so far. */
  events: number
}

/** The state of one rule set for one series. */
export interface Instance {
  readonly plan: Plan
  readonly series: Series
  /** Order of creation: decides between silences that are due at the same moment. */
  readonly ordinal: number
  readonly window: AverageWindow | undefined
  /** The value judged before, for `changed`. */
  previous: Scalar | undefined
  /** The first value rule violated by the last value that told something. */
  valueRule: RulePlan | undefined
  /** Whether a value told anything yet. */
  isJudged: boolean
  /** Time of the last sample. */
  lastSeen: number
  /** From when silence counts: `lastSeen`, but after a restart later. */
  armedAt: number
  /** How many of the plan's absences are violated. */
  absent: number
  /** When the due queue looks at this instance; Infinity when it is not in the queue. */
  wakeAt: number
  /** The rule that decides now. */
  decided: Decider | undefined
  /** The fault that is open. */
  episode: Episode | undefined
  /** Time of the last event. */
  eventTime: number
}

/** The state before the first sample. */
export function createInstance(plan: Plan, series: Series, ordinal: number): Instance {
  return {
    plan,
    series,
    ordinal,
    window: plan.window === undefined ? undefined : createAverageWindow(plan.window.durationMs),
    previous: undefined,
    valueRule: undefined,
    isJudged: false,
    lastSeen: -Infinity,
    armedAt: Infinity,
    absent: 0,
    wakeAt: Infinity,
    decided: undefined,
    episode: undefined,
    eventTime: -Infinity,
  }
}

/** When the next absence of this series is violated, if no sample comes. */
export function nextAbsence({ plan, armedAt, absent }: Instance): number {
  const absence = plan.absences[absent]
  return absence === undefined ? Infinity : armedAt + absence.ms
}

/** Takes note of a sample that is no older than the last one: silence counts from it. */
export function see(instance: Instance, time: number): void {
  instance.lastSeen = time
  instance.armedAt = time
  instance.absent = 0
}
