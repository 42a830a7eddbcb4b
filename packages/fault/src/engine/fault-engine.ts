import { explain } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { explore, type ExploredPage, type ExploreOptions } from '../explain/explore.ts'
import type { FaultEvent, RestoredFault } from '../model/fault-event.ts'
import type { FaultColumn } from '../model/fault-column.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { RuleSet } from '../model/rule-set.ts'
import { skip, tick } from './clock.ts'
import { ColumnRun } from './columns/column-run.ts'
import { fetchRows } from './rows/fetch-rows.ts'
import { compareRuleSets, type RuleDiff } from './snapshot/diff.ts'
import type { FaultLimits } from './limits.ts'
import { expectGroups, moveRows, takeRuleSets } from './reload/take-rule-sets.ts'
import { forgetQuiet } from './quiet/quiet-row.ts'
import { restoreOpen } from './restore.ts'
import { createSelection } from './plan/selection.ts'
import { loadSnapshot } from './snapshot/snapshot-load.ts'
import { saveSnapshot } from './snapshot/snapshot-save.ts'
import { endRefusals } from './sources/sources.ts'
import { createState, type EngineState, fetchedAtOnce } from './state/state.ts'
import { findFlaw, hasSeries, takeSample } from './take-sample.ts'
import { tellDue } from './tell-due.ts'
import { workOfStep } from './work.ts'
import type { FaultColumns, FaultOutput } from './fault-output.ts'

/** What an engine has and did. */
export interface FaultEngineStats {
  /** Samples that came in. */
  readonly samples: number
  /** Of these, judged. */
  readonly judged: number
  /** Of these, delivered before. */
  readonly duplicates: number
  /** Of these, of no series, or of one that there was no room for. */
  readonly refused: number
  /** Events told. */
  readonly events: number
  /** Series with state. */
  readonly series: number
  /** Groups with state. */
  readonly groups: number
  /** Pairs of rule set and series with state. */
  readonly instances: number
  /** Faults that are open, those that are held back included. */
  readonly open: number
}

/**
 * Judges samples by rule sets. Equal inputs give equal outputs; when `advance` is called in between makes no difference,
 * since silence is told with the time at which it was due, and before each input. Only where more is due than a call tells may that of
 * other series come after a sample that changes nothing of it.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch. Where it goes back by more than a second, silences and holds go on
 * as if it had not (problem `clock`).
 */
export interface FaultEngine<S extends FaultInput = FaultInput> {
  /**
   * Takes over the faults that were open before a restart, by the last event of each; once, before all else. Where nobody
   * knows them (`undefined`), each rule set and series that is found well at first says so once, as `normal`, which ends a
   * fault that there may have been. Without this call none was open.
   */
  restore(open: readonly RestoredFault[] | undefined, now: number): FaultOutput<S>
  /** Judges a sample that is delivered at `now`; it is in the events that it decides, and nowhere else after the call. */
  sample(sample: S, now: number): FaultOutput<S>
  /** Judges samples that are delivered together, in their order: the same as one after the other, with one output. */
  batch(samples: readonly S[], now: number): FaultOutput<S>
  /** Samples that lie in columns, to be judged in order of time, those of one moment in order of the columns. */
  columns(columns: readonly FaultColumn[]): FaultColumns<S>
  /** Tells what is due, at most 250 things a call; `nextDue` then says that there is more. `Infinity` asks for all that would be told if nothing came any more. */
  advance(now: number): FaultOutput<S>
  /**
   * When `advance` must be called at the latest, if no sample comes, ms since the Unix epoch; perhaps earlier than anything is
   * due. `Infinity` while nothing is.
   */
  nextDue(): number
  /** Says before all else at `now` that nobody watched since the last call (suspend), or that the clock was set forward: that time counts for no silence and no hold. */
  resume(now: number): FaultOutput<S>
  /**
   * Takes other rule sets, which must be checked. Sets are matched by `id`; what did not change goes on untouched, what did keeps what is
   * alike. Series follow when their next sample comes, and by `advance`.
   */
  setRuleSets(ruleSets: readonly RuleSet[], now: number): FaultOutput<S>
  /** What would open, clear or change with other rule sets now; nothing happens. */
  diff(ruleSets: readonly RuleSet[]): readonly RuleDiff[]
  /**
   * Why a rule set has a fault of a series open, or has not, as it was judged last; by the key of a series, or of a group. `undefined` where
   * nothing is known of it. Nothing happens.
   */
  explain(ruleSet: string, series: string): Explanation | undefined
  /** What each rule set knows of each series and group, a page at a time; nothing happens. */
  explore(options?: ExploreOptions): ExploredPage
  /** All that is known, to go on from in another process; with what was handed in beside it, such as the position in a journal. */
  snapshot(position?: unknown): Uint8Array
  /** What was handed to {@link FaultEngine.snapshot}, in an engine made of one. */
  readonly position: unknown
  /** Counters. */
  readonly stats: FaultEngineStats
}

const nothing: FaultOutput<never> = { events: [], problems: [] }

/** Creates an engine of rule sets and limits that were checked; of a snapshot, if one is given. */
export function createEngine<S extends FaultInput = FaultInput>(
  ruleSets: readonly RuleSet[],
  limits: FaultLimits,
  snapshot?: Uint8Array,
): FaultEngine<S> {
  const state = createState(limits, createSelection([]))
  const position = snapshot === undefined ? undefined : loadSnapshot(state, snapshot)
  takeRuleSets(state, ruleSets)
  if (snapshot === undefined) state.moved = Infinity
  return new Engine<S>(state, position)
}

class Engine<S extends FaultInput> implements FaultEngine<S> {
  readonly #state: EngineState
  readonly position: unknown

  constructor(state: EngineState, position: unknown) {
    this.#state = state
    this.position = position
  }

  restore(open: readonly RestoredFault[] | undefined, now: number): FaultOutput<S> {
    const state = this.#state
    begin(state, now)
    state.hasUnknownPast = open === undefined
    if (open !== undefined) restoreOpen(state, open)
    forgetQuiet(state)
    return takeOutput(state)
  }

  sample(sample: S, now: number): FaultOutput<S> {
    const state = this.#state
    begin(state, now)
    take(state, sample, now)
    return takeOutput(state)
  }

  batch(samples: readonly S[], now: number): FaultOutput<S> {
    const state = this.#state
    begin(state, now)
    for (let from = 0; from < samples.length; from += fetchedAtOnce) {
      fetchRows(state, samples, from)
      for (let index = 0; index < fetchedAtOnce && from + index < samples.length; index += 1)
        take(state, samples[from + index] as S, now, state.fetched[index])
    }
    return takeOutput(state)
  }

  columns(columns: readonly FaultColumn[]): FaultColumns<S> {
    const state = this.#state
    const run = new ColumnRun(state, columns, {
      begin: (now) => begin(state, now),
      take: (sample, now, guess) => take(state, sample, now, guess),
      nextDue: () => this.nextDue(),
    })
    return {
      next: () => run.next(),
      take: (now, until) => {
        begin(state, now)
        const time = run.take(now, until)
        return { ...takeOutput<S>(state), time }
      },
    }
  }

  advance(now: number): FaultOutput<S> {
    const state = this.#state
    begin(state, now)
    if (state.moved !== Infinity && !moveRows(state, state.work)) return takeOutput(state)
    release(state)
    tell(state, now === Infinity ? Infinity : state.now)
    return takeOutput(state)
  }

  nextDue(): number {
    const { moved, returned, now, shift, timers, latenessMs, ownDue, pending, limits } = this.#state
    if (moved !== Infinity || returned.length > 0) return now - shift
    return Math.min(timers.next() + latenessMs, ownDue, pending.first + limits.reorderMs) - shift
  }

  resume(now: number): FaultOutput<S> {
    const state = this.#state
    skip(state, now)
    forgetQuiet(state)
    return takeOutput(state)
  }

  setRuleSets(ruleSets: readonly RuleSet[], now: number): FaultOutput<S> {
    const state = this.#state
    begin(state, now)
    tell(state, state.now)
    takeRuleSets(state, ruleSets)
    return takeOutput(state)
  }

  diff(ruleSets: readonly RuleSet[]): readonly RuleDiff[] {
    return compareRuleSets(this.#state, ruleSets)
  }

  explain(ruleSet: string, series: string): Explanation | undefined {
    return explain(this.#state, ruleSet, series)
  }

  explore(options?: ExploreOptions): ExploredPage {
    return explore(this.#state, options)
  }

  snapshot(position?: unknown): Uint8Array {
    return saveSnapshot(this.#state, position)
  }

  get stats(): FaultEngineStats {
    const { counts, rowOf, groups, instances, episodes } = this.#state
    return {
      ...counts,
      series: rowOf.size,
      groups: groups.size,
      instances: instances.size,
      open: episodes.size,
    }
  }
}

/** Takes note of the time of a call, which may do the work of one step beside what it is for. */
function begin(state: EngineState, now: number): void {
  tick(state, now)
  state.work.left = workOfStep
  if (!state.isStarted && state.now > -Infinity) expectGroups(state)
}

/** Tells what is due at a moment, as far as the work of the call goes. */
function tell(state: EngineState, moment: number): void {
  const { work, timers, returned } = state
  const until = moment - state.latenessMs
  if (work.left > 0 && (timers.next() <= until || returned.length > 0)) tellDue(state, until, work)
  if (state.ownDue <= moment) endRefusals(state)
}

/** Takes a sample that is delivered now: at once, or when it was held back for long enough. */
function take(state: EngineState, sample: FaultInput, wall: number, guess?: number): void {
  const { limits, pending } = state
  if (limits.reorderMs === 0) {
    tell(state, state.now)
    takeSample(state, sample, wall, guess)
    return
  }
  release(state)
  tell(state, state.now)
  // What is out of time is not put in order; it is told at once.
  if (!hasSeries(sample) || findFlaw(state, sample, wall) !== undefined) takeSample(state, sample, wall)
  else if (sample.time + state.shift + limits.reorderMs <= state.now) takeSample(state, sample, wall)
  else pending.push(sample, sample.time + state.shift)
}

/** Judges the samples that were held back for long enough, each as of the moment at which it was. */
function release(state: EngineState): void {
  const { pending, limits } = state
  const { now } = state
  while (pending.first + limits.reorderMs <= now) {
    const next = pending.pop()
    if (next === undefined) break
    const moment = Math.max(next.time + limits.reorderMs, state.releasedAt)
    state.releasedAt = moment
    tell(state, moment)
    state.now = moment
    takeSample(state, next.sample, next.sample.time)
    state.now = now
  }
}

/** Tells what came about; only samples of type `S` came in, and theirs are the series. */
function takeOutput<S extends FaultInput>(state: EngineState): FaultOutput<S> {
  if (state.events.length === 0 && state.problems.length === 0) return nothing
  const { events, problems } = state
  state.events = []
  state.problems = []
  return { events: events as FaultEvent<S>[], problems }
}
