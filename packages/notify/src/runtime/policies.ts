import type { ReportProblem } from '@tocsin/core'
import { takeUntil } from 'rxjs'
import type { Observable } from 'rxjs'

import { checkNotifiers, parsePolicy } from '../engine-options.ts'
import type { Policy, PolicyInput } from '../model/policy.ts'
import { messageOf, NotifyError } from '../errors.ts'
import type { NotifyProblem } from '../problem.ts'

/** Where policies go, and what is said of those that do not hold. */
export interface PolicyFollower {
  /** Names of the notifiers that there are. */
  readonly notifiers: readonly string[]
  readonly report: ReportProblem<NotifyProblem>
  /** Ends it. */
  readonly until: Observable<unknown>
  /** A policy that holds. */
  readonly govern: (policy: Policy) => void
  /** There will be none, so that nobody can be told anything. */
  readonly fail: (error: NotifyError) => void
}

/** Hands on one policy, or those of a stream that hold: one that does not is a problem, and the one before it stays. */
export function followPolicies(
  policy: Policy | Observable<PolicyInput>,
  { notifiers, report, until, govern, fail }: PolicyFollower,
): void {
  if (!('subscribe' in policy)) {
    govern(policy)
    return
  }
  let hasOne = false
  const end = (cause?: unknown): void => {
    if (hasOne) return
    const message = 'the stream of policies ended before one came that holds; see the problems'
    fail(new NotifyError('NOTIFY_BAD_POLICY', message, {}, cause))
  }
  policy.pipe(takeUntil(until)).subscribe({
    next: (given) => {
      const checked = check(given, notifiers)
      if (checked instanceof NotifyError) {
        report('bad-policy', () => ({ message: `a policy was not taken: ${checked.message}` }))
        return
      }
      hasOne = true
      govern(checked)
    },
    error: (error: unknown) => {
      report('policies-failed', () => ({ message: `no more policies: ${messageOf(error)}` }))
      end(error)
    },
    complete: () => end(),
  })
}

function check(given: PolicyInput, notifiers: readonly string[]): Policy | NotifyError {
  try {
    const policy = parsePolicy(given)
    checkNotifiers(policy, notifiers)
    return policy
  } catch (error) {
    return error instanceof NotifyError ? error : new NotifyError('NOTIFY_BAD_POLICY', messageOf(error))
  }
}
