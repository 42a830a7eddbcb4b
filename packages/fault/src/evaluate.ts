import { Observable, Subject, takeUntil } from 'rxjs'
import type { OperatorFunction, Subscription } from 'rxjs'

import { createFaultEngine, type Output } from './engine/fault-engine.ts'
import { compilePlan } from './engine/plan.ts'
import type { FaultEvent } from './fault-event.ts'
import type { FaultInput } from './fault-input.ts'
import { type EvaluateOptions, resolveEvaluateOptions } from './options.ts'
import { parseRuleSets } from './parse-rule-sets.ts'
import type { RuleSet } from './rule-set.ts'

/** The longest delay that timers of Node take; longer ones would fire at once. */
const maxDelayMs = 2 ** 31 - 1

/**
 * Judges samples by rule sets, each series by itself, and tells when faults open, change their severity and clear.
 *
 * A sample is compared with the rules in order, and the first violated one decides. What tells nothing (NaN, a text where
 * numbers are compared, a window not filled yet) neither opens nor clears. A sample whose age, `scheduler.now()` or
 * `receivedAt` if that is later, less `time`, is above `staleAfterMs` is no sample at all: it judges nothing and ends no
 * silence. A sample out of order fills the window, but never moves the state back.
 *
 * Silence counts from the first fresh sample of a series. It is told with the time at which it was due, before any later
 * sample; and the sample that ends it is judged like every other.
 *
 * Emits: one event per change, at once; faults restored by `open` that no rule set watches are cleared on subscribe.
 *
 * Completes: with the source; silences not due by then are dropped.
 *
 * Errors: with the source. The call throws `FAULT_BAD_RULESET` and `FAULT_BAD_OPTION`.
 *
 * Memory: up to `maxInstances` pairs of rule set and series, kept while subscribed: about 400 bytes each, with a window
 * about 1 kB at first and at most 30 kB.
 *
 * Time: `time` of the samples decides; `scheduler` says how old they are and wakes for silences, with one timer.
 *
 * @example
 * ```ts
 * import { evaluate, ruleSet, series } from '@tocsin/fault'
 * import { map, take, timer, VirtualTimeScheduler } from 'rxjs'
 *
 * const scheduler = new VirtualTimeScheduler()
 * const queue = series('queue.length')
 * const tooLong = ruleSet('queue').select('__name:queue.length').above(2, 3).build()
 * timer(0, 1000, scheduler)
 *   .pipe(
 *     take(5),
 *     map((value) => ({ series: queue, time: scheduler.now(), value, kind: 'gauge' as const })),
 *     evaluate([tooLong], { scheduler }),
 *   )
 *   .subscribe(({ type, severity, time }) => console.log(type, severity, time)) // => opened 3 3000
 * scheduler.flush()
 * ```
 */
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSet[],
  options?: EvaluateOptions,
): OperatorFunction<S, FaultEvent> {
  const plans = parseRuleSets(ruleSets).map(compilePlan)
  const { scheduler, open, problems, ...limits } = resolveEvaluateOptions(options)
  return (source) =>
    new Observable((subscriber) => {
      const engine = createFaultEngine(plans, limits)
      const stopped = new Subject<void>()
      const outputs: Output[] = []
      let isDelivering = false
      let wake: Subscription | undefined
      let wakeAt = Infinity

      const deliver = (output: Output): void => {
        outputs.push(output)
        // An observer may feed the source from within: what comes of it waits until what is under way is told.
        if (isDelivering) return
        isDelivering = true
        try {
          for (let next = outputs.shift(); next !== undefined; next = outputs.shift()) {
            for (const event of next.events) subscriber.next(event)
            for (const problem of next.problems) problems?.next(problem)
          }
        } finally {
          isDelivering = false
          schedule()
        }
      }
      const schedule = (): void => {
        const due = engine.nextDue()
        if (due >= wakeAt || subscriber.closed) return
        wake?.unsubscribe()
        const now = scheduler.now()
        const delay = Math.min(Math.max(due - now, 0), maxDelayMs)
        wakeAt = now + delay
        wake = scheduler.schedule(() => {
          wakeAt = Infinity
          deliver(engine.advance(scheduler.now()))
        }, delay)
      }
      subscriber.add(() => {
        stopped.next()
        wake?.unsubscribe()
      })
      deliver(engine.restore(open, scheduler.now()))
      if (subscriber.closed) return
      source.pipe(takeUntil(stopped)).subscribe({
        next: (sample) => deliver(engine.sample(sample, scheduler.now())),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}
