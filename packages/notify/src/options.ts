import { callback, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined, ProblemListener } from '@tocsin/core'
import { asyncScheduler, from } from 'rxjs'
import type { ObservableInput, SchedulerLike } from 'rxjs'

import type { CommandInput } from './model/command.ts'
import type { Policy, PolicyInput } from './model/policy.ts'
import { checkNotifiers, defaultNotifyLimits, limitChecks, parsePolicy } from './engine-options.ts'
import type { NotifyLimits } from './engine-options.ts'
import { badOption } from './errors.ts'
import type { Notifier } from './notifiers/notifier.ts'
import type { NotifyProblem } from './problem.ts'
import type { NotifyStore } from './stores/notify-store.ts'

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
  /** Most signals and commands that wait for the store; more signals are dropped as problems, more commands refused. @defaultValue 100000 */
  readonly maxPending?: number | undefined
}

/** The options with a default of their own. */
export type DefaultedNotifyOptions = Defined<
  NotifyLimits & Pick<NotifyOptions, 'scheduler' | 'random' | 'maxPending'>
>

/** The defaults of {@link NotifyOptions}. */
export const defaultNotifyOptions: DefaultedNotifyOptions = Object.freeze({
  scheduler: asyncScheduler,
  random: () => Math.random(),
  maxPending: 100_000,
  ...defaultNotifyLimits,
})

/** Options that are complete and checked. */
export type ResolvedNotifyOptions = Omit<NotifyOptions, keyof DefaultedNotifyOptions> & DefaultedNotifyOptions

const notifierMap: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((notifier) => port('send')(notifier) === undefined)
    ? undefined
    : 'an object of notifiers, each with a method send'

const observableInput: Check = (value) => {
  const allowed = 'an observable, a promise or an iterable'
  // A text is an iterable too, but nobody means it.
  if (typeof value === 'string') return allowed
  try {
    // Subscribes to nothing; throws where there is nothing to subscribe to.
    void from(value as ObservableInput<unknown>)
    return undefined
  } catch {
    return allowed
  }
}

const checks = {
  notifiers: notifierMap,
  store: optional(port('load', 'append', 'release', 'openAlerts')),
  commands: optional(observableInput),
  scheduler: port('schedule', 'now'),
  clock: optional(port('now')),
  random: callback,
  problems: optional(port('next')),
  maxPending: wholeNumber(1),
  ...limitChecks,
}

/** Checks the policy and the options, and that they fit each other. */
export function resolveNotify(
  policy: PolicyInput,
  options: NotifyOptions,
): { readonly policy: Policy; readonly options: ResolvedNotifyOptions } {
  const checked = parsePolicy(policy)
  const resolved = resolveOptions<NotifyOptions>(
    { notifiers: {}, ...defaultNotifyOptions },
    options,
    checks,
    badOption,
  ) as ResolvedNotifyOptions
  checkNotifiers(checked, Object.keys(resolved.notifiers))
  // A copy, so that a notifier that is taken out later is not missed in silence.
  return { policy: checked, options: { ...resolved, notifiers: { ...resolved.notifiers } } }
}
