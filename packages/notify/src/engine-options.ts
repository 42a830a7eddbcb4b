import { callback, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Checks, Defined } from '@tocsin/core'
import { Flaw } from '@tocsin/core/shape'

import { readPolicy } from './model/policy.ts'
import type { Policy, PolicyInput } from './model/policy.ts'
import { badOption, NotifyError } from './errors.ts'

/** What bounds an engine of alerts; `notify` takes the same. */
export interface NotifyLimits {
  /**
   * Most alerts of the severities 2 to 5 at a time, those cleared whose end is not told yet included; more are refused. Severity 1 has
   * as much room again for itself. @defaultValue 100000
   */
  readonly maxOpenAlerts?: number | undefined
  /** Longest wait before the first retry, ms; it doubles with each. @defaultValue 1000 */
  readonly baseDelayMs?: number | undefined
  /** Longest wait before any retry, ms. @defaultValue 300000 */
  readonly maxDelayMs?: number | undefined
  /** Longest attempt, ms; then it is aborted and counts as failed. @defaultValue 30000 */
  readonly sendTimeoutMs?: number | undefined
  /** How long a notifier may only fail before that is an alert of its own, ms. @defaultValue 60000 */
  readonly failingAfterMs?: number | undefined
}

/** What an engine of alerts is made of. */
export interface NotifyEngineOptions extends NotifyLimits {
  /** Who is told of what; checked as `parsePolicy` does. */
  readonly policy: PolicyInput
  /** Names of the notifiers; those that the policy's contact groups use must be among them. */
  readonly notifiers: readonly string[]
  /** Most attempts at a time of each notifier. @defaultValue 8 */
  readonly concurrency?: number | undefined
  /** For the jitter of retries: from 0 to below 1. An engine has no chance of its own, so that it can be run again. */
  readonly random: () => number
}

/** The defaults of {@link NotifyLimits}. */
export const defaultNotifyLimits: Defined<NotifyLimits> = Object.freeze({
  maxOpenAlerts: 100_000,
  baseDelayMs: 1000,
  maxDelayMs: 300_000,
  sendTimeoutMs: 30_000,
  failingAfterMs: 60_000,
})

/** Most attempts at a time of one notifier, unless it says otherwise. */
export const defaultConcurrency = 8

/** Longest time that a timer of JavaScript can hold, ms. */
export const maxTimeMs: number = 2 ** 31 - 1
/** What the most attempts at a time may be. */
export const concurrencyCheck: Check = wholeNumber(1, 10_000)

/** What each limit may be. */
export const limitChecks: Checks<NotifyLimits> = {
  maxOpenAlerts: wholeNumber(1),
  baseDelayMs: wholeNumber(1, maxTimeMs),
  maxDelayMs: wholeNumber(1, maxTimeMs),
  sendTimeoutMs: wholeNumber(1, maxTimeMs),
  failingAfterMs: wholeNumber(1, maxTimeMs),
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

/** Throws where a contact group names a notifier that is not there. */
export function checkNotifiers({ groups }: Policy, names: readonly string[]): void {
  for (const [group, { notifiers }] of Object.entries(groups)) {
    const lost = notifiers.find((name) => !names.includes(name))
    if (lost === undefined) continue
    const known = names.join(', ') || 'none'
    throw badOption(
      `option "notifiers" must have "${lost}", which the contact group "${group}" names; known are ${known}`,
    )
  }
}

const namesCheck: Check = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? undefined
    : 'an array of the names of notifiers'

type EngineDefaults = NotifyLimits & Pick<NotifyEngineOptions, 'concurrency'>

/** Checks what an engine is made of. */
export function resolveNotifyEngine(
  options: NotifyEngineOptions,
): Omit<NotifyEngineOptions, 'policy'> & Defined<EngineDefaults> & { readonly policy: Policy } {
  // A program without types may give nothing at all.
  const { policy, ...rest } =
    (options as NotifyEngineOptions | null | undefined) ?? ({} as NotifyEngineOptions)
  type Rest = Omit<NotifyEngineOptions, 'policy'> & Defined<EngineDefaults>
  const resolved = resolveOptions<Rest>(
    // What has no default is missed by its check.
    { ...defaultNotifyLimits, concurrency: defaultConcurrency } as Rest,
    rest,
    { ...limitChecks, concurrency: concurrencyCheck, notifiers: namesCheck, random: callback },
    badOption,
  )
  const checked = parsePolicy(policy)
  checkNotifiers(checked, resolved.notifiers)
  return { ...resolved, policy: checked }
}
