import { callback, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined, ProblemListener } from '@tocsin/core'
import { asyncScheduler, from, isObservable } from 'rxjs'
import type { Observable, ObservableInput, SchedulerLike } from 'rxjs'

import type { Alert } from './model/alert.ts'
import type { CommandInput } from './model/command.ts'
import type { Policy, PolicyInput } from './model/policy.ts'
import {
  checkNotifiers,
  concurrencyCheck,
  defaultConcurrency,
  defaultNotifyLimits,
  limitChecks,
  maxTimeMs,
  parsePolicy,
} from './engine-options.ts'
import type { NotifyLimits } from './engine-options.ts'
import { badOption } from './errors.ts'
import type { Notifier } from './notifiers/notifier.ts'
import type { NotifyProblem } from './problem.ts'
import type { NotifyStore } from './stores/notify-store.ts'

/** What a detector knows of an alert about which it was asked. Plain JSON. */
export interface StillOpenAnswer {
  /** Id of the alert. */
  readonly alert: string
  /** Whether its fault is still there; `'unknown'` where nobody can tell. */
  readonly is: 'open' | 'over' | 'unknown'
}

/** Asks detectors whether these alerts are still open; answers may come one by one, and in any order. */
export type StillOpen = (alerts: readonly Alert[]) => ObservableInput<StillOpenAnswer>

/** How an outside dead-man's switch is told that alerting works. */
export interface Heartbeat {
  /** Between two beats, ms. @defaultValue 60000 */
  readonly everyMs?: number | undefined
  /** Tells it once. `signal` aborts when the next beat is due, and when the operator is unsubscribed. */
  send(signal: AbortSignal): Promise<unknown>
}

/** Options of `notify`. */
export interface NotifyOptions extends NotifyLimits {
  /** The ways to tell people, by the names that the policy's contact groups use. */
  readonly notifiers: Readonly<Record<string, Notifier>>
  /** Where alerts and planned notifications survive. @defaultValue a memory store for each subscription */
  readonly store?: NotifyStore | undefined
  /**
   * What people ask for while it runs; one that is malformed, as JSON from outside may be, is answered by `command-refused`. Its end
   * does not end the operator. @defaultValue none
   */
  readonly commands?: ObservableInput<CommandInput> | undefined
  /** For waits, retries and timeouts. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** Where the present comes from. @defaultValue the scheduler */
  readonly clock?: Clock | undefined
  /** For the jitter of retries: from 0 to below 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
  /** Told of what was not taken or not stored, of each reason at most 10 a second. @defaultValue nobody; the first of each reason is a warning of the process */
  readonly problems?: ProblemListener<NotifyProblem> | undefined
  /**
   * Most signals and commands that wait for the store; more signals are dropped as problems and raise an alert of their own, more commands
   * are refused. First pages of severity 1 and ends find room up to four times that. @defaultValue 100000
   */
  readonly maxPending?: number | undefined
  /**
   * Most attempts at a time of each notifier that does not say otherwise, from 1 to 10000; of more than one, one is kept free for first
   * pages of severity 1. @defaultValue 8
   */
  readonly concurrency?: number | undefined
  /**
   * How long the store may take for one append, ms. Then people are told without it, with notifications marked `unstored`, until it has
   * taken everything. @defaultValue 5000
   */
  readonly storePatienceMs?: number | undefined
  /**
   * Asked about alerts of which nothing was heard for as long as the policy says in `stale`. One that is not answered within 30 seconds is
   * unknown, and people are told so. @defaultValue nobody is asked, and such alerts are unknown
   */
  readonly stillOpen?: StillOpen | undefined
  /** Tells an outside dead-man's switch that alerting works, and only while it does. @defaultValue none */
  readonly heartbeat?: Heartbeat | undefined
}

/** The options with a default of their own. */
export type DefaultedNotifyOptions = Defined<
  NotifyLimits &
    Pick<NotifyOptions, 'scheduler' | 'random' | 'maxPending' | 'concurrency' | 'storePatienceMs'>
>

/** The defaults of {@link NotifyOptions}. */
export const defaultNotifyOptions: DefaultedNotifyOptions = Object.freeze({
  scheduler: asyncScheduler,
  random: () => Math.random(),
  maxPending: 100_000,
  concurrency: defaultConcurrency,
  storePatienceMs: 5000,
  ...defaultNotifyLimits,
})

/** Options that are complete and checked. */
export type ResolvedNotifyOptions = Omit<NotifyOptions, keyof DefaultedNotifyOptions> & DefaultedNotifyOptions

const notifierMap: Check = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isNotifier)
    ? undefined
    : 'an object of notifiers, each with a method send and, where it has one, a concurrency from 1 to 10000'

const isNotifier = (value: unknown): boolean =>
  port('send')(value) === undefined &&
  optional(concurrencyCheck)((value as Notifier).concurrency) === undefined

const heartbeatCheck: Check = (value) =>
  port('send')(value) === undefined &&
  optional(wholeNumber(1, maxTimeMs))((value as Heartbeat).everyMs) === undefined
    ? undefined
    : 'an object with a method send and, where it has one, a whole number everyMs from 1'

const observableInput: Check = (value) =>
  streamOf(value) === undefined ? 'an observable, a promise or an iterable' : undefined

/** The stream that a value is or can be made; subscribes to nothing. */
function streamOf<Value>(value: unknown): Observable<Value> | undefined {
  // A text is an iterable too, but nobody means it.
  if (typeof value === 'string') return undefined
  try {
    return from(value as ObservableInput<Value>)
  } catch {
    return undefined
  }
}

const storePort = port('load', 'append', 'release', 'openAlerts')
const storeCheck: Check = (value) => {
  if (port('then')(value) === undefined)
    throw badOption('option "store" must be a store, got a promise: await openNotifyStore(…)')
  return storePort(value)
}

const checks = {
  notifiers: notifierMap,
  store: optional(storeCheck),
  commands: optional(observableInput),
  scheduler: port('schedule', 'now'),
  clock: optional(port('now')),
  random: callback,
  problems: optional(port('next')),
  maxPending: wholeNumber(1),
  concurrency: concurrencyCheck,
  storePatienceMs: wholeNumber(1, maxTimeMs),
  stillOpen: optional(callback),
  heartbeat: optional(heartbeatCheck),
  ...limitChecks,
}

/** Checks the policy and the options, and that they fit each other; the policies of a stream are checked as they come. */
export function resolveNotify(
  policy: PolicyInput | ObservableInput<PolicyInput>,
  options: NotifyOptions,
): { readonly policy: Policy | Observable<PolicyInput>; readonly options: ResolvedNotifyOptions } {
  const checked = streamOf<PolicyInput>(policy) ?? parsePolicy(policy)
  const resolved = resolveOptions<NotifyOptions>(
    { notifiers: {}, ...defaultNotifyOptions },
    options,
    checks,
    badOption,
  ) as ResolvedNotifyOptions
  if (!isObservable(checked)) checkNotifiers(checked, Object.keys(resolved.notifiers))
  // A copy, so that a notifier that is taken out later is not missed in silence.
  return { policy: checked, options: { ...resolved, notifiers: { ...resolved.notifiers } } }
}
