import { callback, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined, ProblemListener } from '@tocsin/core'
import { Flaw } from '@tocsin/core/shape'
import { asyncScheduler } from 'rxjs'
import type { ObservableInput, SchedulerLike } from 'rxjs'

import type { Command } from './engine/command.ts'
import { readPolicy } from './engine/policy.ts'
import type { Policy } from './engine/policy.ts'
import { badOption, NotifyError } from './errors.ts'
import type { Notifier } from './notifier.ts'
import type { NotifyProblem } from './problem.ts'
import type { NotifyStore } from './stores/notify-store.ts'

/** Options of `notify`. */
export interface NotifyOptions {
  /** The ways to tell people, by the names that the policy's contact groups use. */
  readonly notifiers: Readonly<Record<string, Notifier>>
  /** Where alerts and planned notifications survive. @defaultValue a memory store for each subscription */
  readonly store?: NotifyStore | undefined
  /** What people ask for while it runs; its end does not end the operator. @defaultValue none */
  readonly commands?: ObservableInput<Command> | undefined
  /** For waits, retries and timeouts. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** Where the present comes from. @defaultValue the scheduler */
  readonly clock?: Clock | undefined
  /** For the jitter of retries: from 0 to below 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
  /** Told of what was not taken, of each reason at most 10 a second. @defaultValue nobody; the first of each reason is a warning of the process */
  readonly problems?: ProblemListener<NotifyProblem> | undefined
  /** Most alerts at a time, those cleared whose end is not told yet included; more are refused. @defaultValue 100000 */
  readonly maxOpenAlerts?: number | undefined
  /** Most signals and commands that wait for the store; more are dropped as problems. @defaultValue 100000 */
  readonly maxPending?: number | undefined
  /** Longest wait before the first retry, ms; it doubles with each. @defaultValue 1000 */
  readonly baseDelayMs?: number | undefined
  /** Longest wait before any retry, ms. @defaultValue 300000 */
  readonly maxDelayMs?: number | undefined
  /** Time after which a notification that still fails is given up, ms. @defaultValue 3600000 */
  readonly deadlineMs?: number | undefined
  /** Longest attempt, ms; then it is aborted and counts as failed. @defaultValue 30000 */
  readonly sendTimeoutMs?: number | undefined
}

/** The options with a default of their own. */
export type DefaultedNotifyOptions = Defined<
  Pick<
    NotifyOptions,
    | 'scheduler'
    | 'random'
    | 'maxOpenAlerts'
    | 'maxPending'
    | 'baseDelayMs'
    | 'maxDelayMs'
    | 'deadlineMs'
    | 'sendTimeoutMs'
  >
>

/** The defaults of {@link NotifyOptions}. */
export const defaultNotifyOptions: DefaultedNotifyOptions = Object.freeze({
  scheduler: asyncScheduler,
  random: () => Math.random(),
  maxOpenAlerts: 100_000,
  maxPending: 100_000,
  baseDelayMs: 1000,
  maxDelayMs: 300_000,
  deadlineMs: 3_600_000,
  sendTimeoutMs: 30_000,
})

/** Options that are complete and checked. */
export type ResolvedNotifyOptions = Omit<NotifyOptions, keyof DefaultedNotifyOptions> & DefaultedNotifyOptions

const maxTimeMs = 2 ** 31 - 1

const notifierMap: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((notifier) => port('send')(notifier) === undefined)
    ? undefined
    : 'an object of notifiers, each with a method send'

const present: Check = (value) =>
  value !== null && (typeof value === 'object' || typeof value === 'function')
    ? undefined
    : 'an observable, a promise or an iterable'

const checks = {
  notifiers: notifierMap,
  store: optional(port('load', 'append', 'release', 'openAlerts')),
  commands: optional(present),
  scheduler: port('schedule', 'now'),
  clock: optional(port('now')),
  random: callback,
  problems: optional(port('next')),
  maxOpenAlerts: wholeNumber(1),
  maxPending: wholeNumber(1),
  baseDelayMs: wholeNumber(1, maxTimeMs),
  maxDelayMs: wholeNumber(1, maxTimeMs),
  deadlineMs: wholeNumber(1),
  sendTimeoutMs: wholeNumber(1, maxTimeMs),
}

/**
 * Checks a policy, such as one read from a file, and gives it back as a value of its own. Throws `NOTIFY_BAD_POLICY` with
 * the path of what is wrong in `facts.path`.
 */
export function parsePolicy(value: unknown): Policy {
  const policy = readPolicy(value)
  if (policy instanceof Flaw)
    throw new NotifyError('NOTIFY_BAD_POLICY', policy.message, { path: policy.path })
  return policy
}

/** Checks the policy and the options, and that they fit each other. */
export function resolveNotify(
  policy: Policy,
  options: NotifyOptions,
): { readonly policy: Policy; readonly options: ResolvedNotifyOptions } {
  const checked = parsePolicy(policy)
  const resolved = resolveOptions<NotifyOptions>(
    { notifiers: {}, ...defaultNotifyOptions },
    options,
    checks,
    badOption,
  ) as ResolvedNotifyOptions
  for (const [group, { notifiers }] of Object.entries(checked.groups)) {
    const lost = notifiers.find((name) => !Object.hasOwn(resolved.notifiers, name))
    if (lost === undefined) continue
    const known = Object.keys(resolved.notifiers).join(', ') || 'none'
    throw badOption(
      `option "notifiers" must have "${lost}", which the contact group "${group}" names; known are ${known}`,
    )
  }
  // A copy, so that a notifier that is taken out later is not missed in silence.
  return { policy: checked, options: { ...resolved, notifiers: { ...resolved.notifiers } } }
}
