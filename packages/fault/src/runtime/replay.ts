import { type Batch, isBatch } from '@tocsin/core'
import { arrivalOf } from '@tocsin/core/time'
import { from, Observable, Subject, takeUntil } from 'rxjs'

import { createEngine } from '../engine/fault-engine.ts'
import { type FaultColumn, isColumns } from '../model/fault-column.ts'
import type { FaultChange, FaultEvent, FaultMuted } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { RuleSetInput } from '../model/rule-set.ts'
import { parseRuleSets } from '../rules/parse-rule-sets.ts'
import { type ReplayOptions, resolveReplayOptions } from './options.ts'
import { ReplayEngine } from './replay-engine.ts'

/** Where the samples of a replay come from. */
export type ReplaySource<S extends FaultInput> =
  Iterable<S | Batch<S>> | AsyncIterable<S | Batch<S>> | Observable<S | Batch<S>>

/** Columns of samples, as they come out of a store: stretch after stretch, each with all series. */
export type ReplayColumns =
  | Iterable<readonly FaultColumn[]>
  | AsyncIterable<readonly FaultColumn[]>
  | Observable<readonly FaultColumn[]>

/**
 * Judges the samples of another time by rule sets, as fast as they can be read, and tells the events that {@link evaluate} would
 * have told live, to the letter: those that were due between samples too.
 *
 * Samples must come in the order in which they were received; each is judged at its `receivedAt`, or else its `time`, or the latest of
 * those before. A batch is no more than its samples here, and is acknowledged when all of them were judged.
 *
 * Columns are read many times as fast as samples, where rules compare the last value: what a store of rollups fetches, a day of all
 * series after the other. Their samples are judged in order of time, those of one moment in the order of the columns.
 *
 * Emits: the events of {@link evaluate}, in order. It is an `Observable`, as the live events are, so that what follows (filters,
 * `notify`) takes both. A source that is iterable is read in one go, at subscribe; read long ones in batches from an
 * `AsyncIterable`, between which others have their turn.
 *
 * Completes: with the source, when what was due by the last sample is told; with `until`, when what is due by then is, and as soon as
 * a sample was received later, whose batch is not acknowledged.
 *
 * Errors: with the source; with what `ack` of a batch or `openAlerts` of a store throws. The call throws `FAULT_BAD_RULESET` and
 * `FAULT_BAD_OPTION`.
 *
 * Memory: that of {@link evaluate}; nothing of the source is kept.
 *
 * Time: its own, which begins with the first sample and never goes back. No scheduler takes part.
 *
 * @example
 * ```ts
 * import { replay, ruleSet, series } from '@tocsin/fault'
 *
 * const heartbeat = series('heartbeat')
 * const yesterday = [0, 60_000, 600_000].map((time) => ({ series: heartbeat, time, value: 1 }))
 * const silent = ruleSet('silent').select('__name:heartbeat').absentFor('5m', 1).build()
 * replay(yesterday, [silent], { open: [], until: 3_600_000 }).subscribe(({ type, time }) => {
 *   console.log(type, time) // => opened 360000
 *   // => cleared 600000
 *   // => opened 900000
 * })
 * ```
 */
export function replay<S extends FaultInput>(
  source: ReplaySource<S>,
  ruleSets: readonly RuleSetInput[],
  options: ReplayOptions & { readonly open: NonNullable<ReplayOptions['open']> },
): Observable<FaultChange<S> | FaultMuted<S>>
/** Judges the samples of columns. */
export function replay(
  source: ReplayColumns,
  ruleSets: readonly RuleSetInput[],
  options: ReplayOptions & { readonly open: NonNullable<ReplayOptions['open']> },
): Observable<FaultChange | FaultMuted>
/** Judges the samples of another time; without `open` it also says what is found well at first, as `normal`. */
export function replay<S extends FaultInput>(
  source: ReplaySource<S>,
  ruleSets: readonly RuleSetInput[],
  options?: ReplayOptions,
): Observable<FaultEvent<S>>
/** Judges the samples of columns; without `open` it also says what is found well at first, as `normal`. */
export function replay(
  source: ReplayColumns,
  ruleSets: readonly RuleSetInput[],
  options?: ReplayOptions,
): Observable<FaultEvent>
export function replay<S extends FaultInput>(
  source: ReplaySource<S> | ReplayColumns,
  ruleSets: readonly RuleSetInput[],
  options?: ReplayOptions,
): Observable<FaultEvent<S>> {
  const parsed = parseRuleSets(ruleSets)
  const { open, problems, until = Infinity, ...limits } = resolveReplayOptions(options)
  return new Observable((subscriber) => {
    const engine = new ReplayEngine(createEngine<S>(parsed, limits), { open, problems }, subscriber)
    const left = new Subject<void>()
    subscriber.add(() => left.next())
    const attempt = (work: () => void): void => {
      try {
        work()
      } catch (error) {
        subscriber.error(error)
      }
    }
    const take = (input: S | Batch<S> | readonly FaultColumn[]): boolean => {
      if (isColumns(input)) return engine.takeColumns(input, until)
      return isBatch(input)
        ? engine.takeAll(input.values, until)
        : engine.take(input, arrivalOf(input), until)
    }
    const end = (): void =>
      attempt(() => {
        if (until !== Infinity) engine.goTo(until)
        subscriber.complete()
      })
    from(source as ReplaySource<S> | Observable<readonly FaultColumn[]>)
      .pipe(takeUntil(left))
      .subscribe({
        next: (input) =>
          attempt(() => {
            const isWhole = take(input)
            if (!isWhole) end()
            else if (isBatch(input) && !subscriber.closed) input.ack()
          }),
        error: (error: unknown) => subscriber.error(error),
        complete: end,
      })
  })
}
