import type { Batch } from '@tocsin/core'
import { diagnosticsChannel } from '@tocsin/core/diagnostics-channel'
import { Observable, Subject, takeUntil } from 'rxjs'
import type { OperatorFunction } from 'rxjs'

import type { FaultChange, FaultEvent, FaultMuted } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { RuleSetInput } from '../model/rule-set.ts'
import { LiveEngine } from './live-engine.ts'
import { type EvaluateOptions, resolveEvaluateOptions } from './options.ts'
import { createReporter } from './problems.ts'
import { rulesFrom } from './rules-in-force.ts'
import type { OpenQuestion, StillOpenAnswer } from './still-open.ts'

/**
 * Judges samples by rule sets, and tells when faults open, change their severity or reason, and clear. An own type with the fields of
 * {@link FaultInput} comes back as `sample` in what it decides.
 *
 * Of the rules of a set that are violated, the first or the worst decides, as the set says. What tells nothing (NaN, a text where
 * numbers are compared, a window not filled yet) neither opens nor clears. A sample whose age, `scheduler.now()` or
 * `receivedAt` if that is later, less `time`, is above `staleAfterMs` is no sample at all: it judges nothing and ends no
 * silence. Samples are in order per series and source; one that comes out of order judges nothing, unless `reorderMs` is given.
 *
 * What a silence or a hold brings without a sample is known `staleAfterMs` after it was due, for a sample may still be on its way. It is
 * told with the time at which it was due, before any later sample.
 *
 * Rule sets may be a stream: each list that it brings takes the place of the one before, and what is alike in both keeps its
 * state. A broken set is problem `bad-ruleset` and stops no other; what it was before stays in force.
 *
 * Takes samples one by one or in batches; a batch is acknowledged when all its samples were judged, and not if the
 * observer leaves before. One that the saved state holds already is acknowledged and not judged again.
 *
 * Emits: one event per change, at once, with a `text` for people. Faults that `open` restored and no rule set watches are
 * cleared on subscribe. Without `open` and `state`, what a rule set finds well when it first judges a series is told as `normal`, once per
 * rule set, series and subscription: it says that a fault of an earlier life has ended; who keeps no alerts ignores it.
 *
 * Completes: with the source, which is subscribed to when the first rule sets are there; what is not due by then is dropped.
 *
 * Errors: with the source, and with a stream of rule sets; with what `ack` of a batch, `openAlerts` or `load` of a store throws. The
 * call throws `FAULT_BAD_RULESET` and `FAULT_BAD_OPTION`; rule sets need no type, and `satisfies RuleSet[]` lets the compiler find the same.
 *
 * Memory: up to `maxInstances` pairs of rule set and series, each until nothing came of it for its `forgetAfter`: about 70 bytes for
 * each rule, and for each window 16 to 32 bytes a pane. Samples are in the events that they decide only, but for `reorderMs`.
 *
 * Time: `time` of the samples decides; `scheduler` says how old they are and wakes for what is due, with one timer, at most
 * 250 things at a time. Where that timer is late by more than a minute, nobody watched: no silence and no hold counts that time
 * (problem `clock`).
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
 *
 * @example
 * ```ts
 * import { evaluate, ruleSet, series } from '@tocsin/fault'
 * import { BehaviorSubject, Subject } from 'rxjs'
 *
 * const load = series('load')
 * const rules = ruleSet('load').select('__name:load')
 * const ruleSets$ = new BehaviorSubject([rules.above(8, 2).build()])
 * const samples$ = new Subject<{ series: typeof load; time: number; value: number }>()
 * samples$.pipe(evaluate(ruleSets$, { open: [] })).subscribe(({ type, cause }) => console.log(type, cause.reason))
 * samples$.next({ series: load, time: Date.now(), value: 9 }) // => opened above
 * ruleSets$.next([rules.above(10, 2).build()])
 * samples$.next({ series: load, time: Date.now() + 1, value: 9 }) // => cleared recovered
 * samples$.complete()
 * ```
 */
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[] | Observable<readonly RuleSetInput[]>,
  options: EvaluateOptions & RememberingOptions,
): Evaluation<S, FaultChange<S> | FaultMuted<S>>
/** Judges samples; without `open` it also says what is found well at first, as `normal`. */
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[] | Observable<readonly RuleSetInput[]>,
  options?: EvaluateOptions,
): Evaluation<S, FaultEvent<S>>
export function evaluate<S extends FaultInput>(
  ruleSets: readonly RuleSetInput[] | Observable<readonly RuleSetInput[]>,
  options?: EvaluateOptions,
): Evaluation<S, FaultEvent<S>> {
  const readRules = rulesFrom(ruleSets)
  const { scheduler, open, state, problems, ...limits } = resolveEvaluateOptions(options)
  const channel = diagnosticsChannel('tocsin:fault:event')
  const running = new Set<LiveEngine<S>>()
  const judge: OperatorFunction<S | Batch<S>, FaultEvent<S>> = (source) =>
    new Observable((subscriber) => {
      const report = createReporter(problems, scheduler)
      const stopped = new Subject<void>()
      let live: LiveEngine<S> | undefined
      subscriber.add(() => {
        stopped.next()
        if (live === undefined) return
        running.delete(live)
        live.stop()
      })
      const observer = {
        next(event: FaultEvent<S>): void {
          if (channel.hasSubscribers) channel.publish(event)
          subscriber.next(event)
        },
      }
      const attempt = (work: () => void): void => {
        try {
          work()
        } catch (error) {
          subscriber.error(error)
        }
      }
      const error = (cause: unknown): void => subscriber.error(cause)
      const complete = (): void => subscriber.complete()
      const begin = (engine: LiveEngine<S>): void =>
        void source.pipe(takeUntil(stopped)).subscribe({
          next: (input) => attempt(() => engine.take(input)),
          error,
          complete,
        })
      readRules(report)
        .pipe(takeUntil(stopped))
        .subscribe({
          next: (rules) =>
            attempt(() => {
              if (live !== undefined) {
                live.setRuleSets(rules)
                return
              }
              live = new LiveEngine({ scheduler, open, state, limits }, rules, observer, report)
              running.add(live)
              live.begin(rules)
              if (!subscriber.closed) begin(live)
            }),
          error,
          // Those that came last stay in force.
          complete: () => {
            if (live === undefined) complete()
          },
        })
    })
  const stillOpen: Evaluation<S, FaultEvent<S>>['stillOpen'] = (faults) =>
    faults.map((fault) => {
      const answers = [...running].map((live) => live.stillOpen(fault))
      const is = answers.find((one) => one === 'open') ?? answers.find((one) => one === 'over') ?? 'unknown'
      return { alert: fault.id, is }
    })
  return Object.assign(judge, { stillOpen })
}

/** What {@link evaluate} gives: an operator that can be asked. */
export interface Evaluation<S extends FaultInput, Event> extends OperatorFunction<S | Batch<S>, Event> {
  /**
   * Whether faults are open still, by what its subscriptions know now: option `stillOpen` of `notify` takes it as it stands. One answer to
   * each question, in order; of what no subscription knows it is `unknown`.
   */
  readonly stillOpen: (faults: readonly OpenQuestion[]) => readonly StillOpenAnswer[]
}

/** What says which faults were open before: no `normal` has to be told. */
type RememberingOptions =
  | { readonly open: NonNullable<EvaluateOptions['open']> }
  | { readonly state: NonNullable<EvaluateOptions['state']> }
