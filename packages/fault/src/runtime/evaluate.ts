import { type Batch, createProblemReporter, type ProblemListener, takeValues } from '@tocsin/core'
import { noop, Observable, of, Subject, takeUntil } from 'rxjs'
import type { OperatorFunction, Subscription } from 'rxjs'

import { createPlanEngine, type FaultOutput } from './engine/fault-engine.ts'
import { compilePlan } from './engine/plan.ts'
import type { FaultChange, FaultEvent } from './fault-event.ts'
import type { FaultInput } from './fault-input.ts'
import type { FaultProblem } from './fault-problem.ts'
import { type EvaluateOptions, readOpen, resolveEvaluateOptions } from './options.ts'
import { parseRuleSets } from './parse-rule-sets.ts'
import type { RuleSetInput } from './rule-set.ts'

/** The longest delay that timers of Node take; longer ones would fire at once. */
const maxDelayMs = 2 ** 31 - 1

/**
 * Judges samples by rule sets, each series by itself, and tells when faults open, change their severity and clear. An own type
 * with the fields of {@link FaultInput} comes back as `sample` in what it decides.
 *
 * A sample is compared with the rules in order, and the first violated one decides. What tells nothing (NaN, a text where
 * numbers are compared, a window not filled yet) neither opens nor clears. A sample whose age, `scheduler.now()` or
 * `receivedAt` if that is later, less `time`, is above `staleAfterMs` is no sample at all: it judges nothing and ends no
 * silence. A sample out of order fills the window, but never moves the state back.
 *
 * Silence counts from the first fresh sample of a series. It is told with the time at which it was due, before any later
 * sample; and the sample that ends it is judged like every other.
 *
 * Takes samples one by one or in batches; a batch is acknowledged when all its samples were judged.
 *
 * Emits: one event per change, at once, with a `text` for people. Faults that `open` restored and no rule set watches are
 * cleared on subscribe. Without `open`, what a rule set finds well when it first judges a series is told as `normal`, once per
 * rule set, series and subscription: it says that a fault of an earlier life has ended; who keeps no alerts ignores it.
 *
 * Completes: with the source; silences not due by then are dropped.
 *
 * Errors: with the source; with what `ack` of a batch or `openAlerts` of a store throws. The call throws
 * `FAULT_BAD_RULESET` and `FAULT_BAD_OPTION`; rule sets need no type, and `satisfies RuleSet[]` lets the compiler find the same.
 *
 * Memory: up to `maxInstances` pairs of rule set and series, kept while subscribed: about 400 bytes each, with a window
 * about 1 kB at first and at most 30 kB. Samples are in the events that they decide only.
 *
 * Time: `time` of the samples decides; `scheduler` says how old they are and wakes for silences, with one timer.
 *
 * @example
 * ```ts
 * import { evaluate, inEventTime, ruleSet } from '@tocsin/fault'
 * import { samples } from '@tocsin/fault/testing'
 * import { from } from 'rxjs'
 *
 * const tooLong = ruleSet('queue').select('__name:queue.length').above(2, 3).build()
 * from(samples('queue.length 0 1 2 3 4 @1s').list)
 *   .pipe(inEventTime(evaluate([tooLong])))
 *   .subscribe(({ type, text }) => console.log(type, text)) // => normal queue, queue.length: normal at 0
 * // => opened queue, queue.length: 3 is above 2
 * ```
 */
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[],
  options: EvaluateOptions & { readonly open: NonNullable<EvaluateOptions['open']> },
): OperatorFunction<S | Batch<S>, FaultChange<S>>
/** Judges samples; without `open` it also says what is found well at first, as `normal`. */
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[],
  options?: EvaluateOptions,
): OperatorFunction<S | Batch<S>, FaultEvent<S>>
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[],
  options?: EvaluateOptions,
): OperatorFunction<S | Batch<S>, FaultEvent<S>> {
  // Of a copy: who changes his own afterwards changes nothing here. Once for all subscriptions, of which each has an engine.
  const plans = parseRuleSets(ruleSets).map(compilePlan)
  const { scheduler, open, problems, ...limits } = resolveEvaluateOptions(options)
  return (source) =>
    new Observable((subscriber) => {
      const engine = createPlanEngine<S>(plans, limits)
      const listener = problems && guard(problems)
      const report = createProblemReporter<FaultProblem>({ from: 'fault', clock: scheduler, listener })
      const stopped = new Subject<void>()
      const outputs: FaultOutput<S>[] = []
      let isDelivering = false
      let wake: Subscription | undefined
      let wakeAt = Infinity

      const deliver = (output: FaultOutput<S>): void => {
        outputs.push(output)
        // An observer may feed the source from within: what comes of it waits until what is under way is told.
        if (isDelivering) return
        isDelivering = true
        try {
          for (let next = outputs.shift(); next !== undefined; next = outputs.shift()) {
            for (const event of next.events) subscriber.next(event)
            for (const { reason, ...facts } of next.problems) report(reason, () => facts)
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
      const { faults, strangers } = readOpen(open)
      if (strangers > 0) {
        const message = `${strangers} of the open alerts are no faults of evaluate(), and were left alone`
        report('bad-open', () => ({ message, count: strangers }))
      }
      deliver(engine.restore(faults, scheduler.now()))
      if (subscriber.closed) return
      const judge = (sample: S): void => deliver(engine.sample(sample, scheduler.now()))
      source.pipe(takeUntil(stopped)).subscribe({
        next: (input) => {
          try {
            takeValues(input, judge)
          } catch (error) {
            subscriber.error(error)
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

/** A listener that throws ends nothing; rxjs reports its error. */
const guard = (listener: ProblemListener<FaultProblem>): ProblemListener<FaultProblem> => ({
  next: (problem) => void of(problem).subscribe({ next: (one) => listener.next(one), error: noop }),
  get observed() {
    return listener.observed !== false
  },
})
