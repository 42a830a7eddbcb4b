import type { Clock, Sample } from '@tocsin/core'

import { messageOf } from '../../errors.ts'
import type { Check, CheckContext, CheckReason, CheckResult } from '../check.ts'
import { failureOf } from '../check-failure.ts'
import type { Resolver } from '../exchange/resolver.ts'
import { createFindings } from '../findings.ts'
import { keptStatus } from '../values/kept-text.ts'
import { isOutcomeError, readOutcome } from '../outcome.ts'

/** What the runs of a set share, and no other has: its runs know each other by it. */
export interface RunPorts {
  readonly clock: Clock
  readonly stopwatch: Clock
  readonly resolver: Resolver
}

/** What one run says of its target. */
export type RunFinding = Pick<
  CheckResult,
  'startedAt' | 'durationMs' | 'available' | 'state' | 'reason' | 'status' | 'samples'
>

/** One run of a check, which ends once: by itself, or when it is cut. */
export interface CheckRun {
  /** Ends it now, with this, and aborts what goes on. */
  cut(reason: CheckReason, status: string): void
  /** Aborts it; it tells nothing. */
  abort(reason: Error): void
}

/**
 * Starts a check, and reads what it gives.
 *
 * @param ended - what it found; called at most once, never before this has returned
 * @param settled - when the check itself has come to its end, which may be long after it was cut
 */
export function startCheck(
  check: Check,
  ports: RunPorts,
  ended: (finding: RunFinding) => void,
  settled: () => void,
): CheckRun {
  const { clock, stopwatch, resolver } = ports
  const startedAt = clock.now()
  const begun = stopwatch.now()
  // A clock of the user's may be set back, which must not make a negative one.
  const elapsedMs = (): number => Math.max(0, Math.round((stopwatch.now() - begun) * 1000) / 1000)
  const controller = new AbortController()
  const found = createFindings(() => clock.now())
  const context: CheckContext = {
    signal: controller.signal,
    now: () => clock.now(),
    elapsedMs,
    found,
    resolver,
    runner: ports,
  }
  let isOver = false

  const end = (finding: Omit<RunFinding, 'startedAt' | 'durationMs' | 'samples'>): void => {
    if (isOver) return
    isOver = true
    found.close()
    const status = keptStatus(found.shown(finding.status))
    ended({ startedAt, durationMs: elapsedMs(), ...finding, status, samples: found.samples })
  }

  const spoilt = (error: unknown): void =>
    end({ available: 'unknown', state: 'unknown', reason: 'wrong-outcome', status: messageOf(error) })

  // Makes a rejection of a throw, so that a run never ends inside the call that starts it.
  const look = async (): Promise<unknown> => check.run(context)
  async function run(): Promise<void> {
    let outcome: unknown
    try {
      outcome = await look()
    } catch (error) {
      if (isOutcomeError(error)) spoilt(error)
      else end({ ...failureOf(error), status: messageOf(error) })
      return
    }
    try {
      const { available, state, status = state, samples } = readOutcome(outcome)
      found.add(samples as readonly Sample[])
      const leftOut = found.leftOut()
      const left = leftOut === 0 ? '' : ` (${leftOut} values could not be taken)`
      end({ available, state, status: status + left, ...(state !== 'good' && { reason: 'not-good' }) })
    } catch (error) {
      spoilt(error)
    }
  }
  void run().finally(settled)

  return {
    cut(reason, status) {
      const isKnown = reason === 'timed-out'
      end({
        available: isKnown ? 'no' : 'unknown',
        state: isKnown ? 'bad' : 'unknown',
        reason,
        status,
      })
      controller.abort(new Error(status))
    },
    abort(reason) {
      isOver = true
      found.close()
      controller.abort(reason)
    },
  }
}
