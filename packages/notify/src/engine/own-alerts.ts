import { formatDuration, series } from '@tocsin/core'
import type { Series } from '@tocsin/core'

import type { RefuseReason } from '../model/event.ts'
import type { Policy } from '../model/policy.ts'
import type { FaultSignal, Severity } from '../model/signal.ts'
import type { TimerQueue } from './timer-queue.ts'

/** Rule set of the alerts about alerting itself. */
export const ownRuleSet = 'tocsin.notify'

/** What may be wrong with alerting itself. `text` is a sentence for people. */
export type OwnTrouble =
  | { readonly what: 'notifier-failing'; readonly notifier: string; readonly text: string }
  | { readonly what: 'recipient-refused'; readonly notifier: string; readonly text: string }
  | { readonly what: 'refused'; readonly reason: RefuseReason }
  | { readonly what: 'overflow'; readonly dropped: number }
  | { readonly what: 'store-failing'; readonly text: string }

/** What the runtime says of itself. */
export type OwnInput = { readonly type: 'own' } & (
  | {
      /** So many signals were dropped since the last such input. */
      readonly what: 'overflow'
      readonly dropped: number
    }
  | {
      /** The store does not take what it is given; why, in one sentence. */
      readonly what: 'store-failing'
      readonly text: string
    }
  | {
      /** The store has taken everything again. */
      readonly what: 'store-works'
    }
)

/** What is known of the alerts about alerting itself: part of the machine, as `own`. */
export interface OwnAlerts {
  /** Those that are open, by the key of their series. */
  readonly open: Map<string, OwnAlert>
  /** Signals that follow from what happened; the engine takes them out and follows them as any other. */
  readonly raised: FaultSignal[]
  /** How many were raised, so that each episode has a name of its own. */
  count: number
}

/** One that is open. */
export interface OwnAlert {
  readonly signal: FaultSignal
  /** When it happened last, ms since the Unix epoch. */
  lastAt: number
  /** How often since it was raised. */
  times: number
}

/** The parts of the machine that are needed here. */
export interface OwnParts {
  readonly own: OwnAlerts
  readonly timers: TimerQueue
}

/** No alert about alerting itself is open. */
export const createOwnAlerts = (): OwnAlerts => ({ open: new Map(), raised: [], count: 0 })

/** Takes up those that an earlier life left open; before anything else is told of them. */
export declare function restoreOwn(parts: OwnParts, open: Iterable<FaultSignal>, now: number): void
/** Something is wrong with alerting itself. Raises an alert where none is open; it goes through `own.raised`. */
export declare function raiseOwn(parts: OwnParts, trouble: OwnTrouble, now: number): void
/** It is over. */
export declare function clearOwn(
  parts: OwnParts,
  what: 'notifier-failing' | 'store-failing',
  notifier: string | undefined,
  now: number,
): void
/** What the runtime says. */
export declare function onOwn(parts: OwnParts, input: OwnInput, now: number): void
/** The timer `own` of this id is due. */
export declare function onOwnTimer(parts: OwnParts, id: string, now: number): void
/**
 * Who is told of an alert about alerting itself: the group `fallback` of the policy, or else every notifier, and never the one that
 * fails. To be asked instead of the routes where `ruleSet` is {@link ownRuleSet}; there is no wait.
 */
export declare function ownPlaces(
  policy: Pick<Policy, 'fallback' | 'groups'>,
  notifiers: Iterable<string>,
  about: Series,
): readonly string[]
