import type { Series } from '@tocsin/core'

import type { FaultEvent, RestoredFault } from '../fault-event.ts'
import type { FaultInput } from '../fault-input.ts'
import { addToWindow, clearWindow } from './average-window.ts'
import type { Scalar } from './criterion.ts'
import { createDueQueue, type DueQueue } from './due-queue.ts'
import { type Instance, nextAbsence, see } from './instance.ts'
import { illegibility, type Illegibility, judgeValue, scalarOf, type Verdict } from './judge.ts'
import type { FaultLimits } from './limits.ts'
import type { Plan } from './plan.ts'
import { restore } from './restore.ts'
import { createSeriesTable, type SeriesEntry, type SeriesTable } from './series-table.ts'
import { normalOf, settle } from './settle.ts'
import { endTroubles, type Flaw, noteTrouble, type Trouble, troubleOf } from './trouble.ts'

/** What an input brought about. */
export interface FaultOutput<S extends FaultInput = FaultInput> {
  /** What happened, in order; a silence that was due comes before what the sample itself brought about. */
  readonly events: readonly FaultEvent<S>[]
  /** What was wrong with samples: the first of a run at once, the rest as one number when a good sample ends it. */
  readonly problems: readonly Trouble[]
}

/**
 * Judges samples by rule sets. Equal inputs give equal outputs; when `advance` is called in between makes no difference,
 * since silence is told with the time at which it was due, and before each input.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch, and must not go back. Where it does, nothing is undone:
 * silences wait until it has caught up with them, and a sample that came from further ahead than `maxFutureMs` no longer
 * makes those of the present late.
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
  /** Tells the silences that are due. */
  advance(now: number): FaultOutput<S>
  /**
   * When `advance` must be called at the latest, if no sample comes, ms since the Unix epoch; perhaps earlier than anything is
   * due. `Infinity` while nothing is.
   */
  nextDue(): number
}

interface State {
  readonly limits: FaultLimits
  readonly table: SeriesTable
  readonly queue: DueQueue
  readonly verdict: Verdict
  /** Samples that no series has, or for whose series there is no room. */
  readonly refused: { 'bad-series': number; 'too-many-series': number }
  /** Whether faults of an earlier life may be open that nobody told of. */
  hasUnknownPast: boolean
  events: FaultEvent[]
  problems: Trouble[]
}

const nothing: FaultOutput<never> = { events: [], problems: [] }

/** Creates an engine that has seen nothing, of what was checked. */
export function createPlanEngine<S extends FaultInput = FaultInput>(
  plans: readonly Plan[],
  limits: FaultLimits,
): FaultEngine<S> {
  const state: State = {
    limits,
    table: createSeriesTable(plans, limits.maxInstances),
    queue: createDueQueue(),
    verdict: { known: false, rule: undefined, judged: 0 },
    refused: { 'bad-series': 0, 'too-many-series': 0 },
    hasUnknownPast: false,
    events: [],
    problems: [],
  }
  return {
    restore: (open, now) => {
      state.hasUnknownPast = open === undefined
      if (open !== undefined) state.events.push(...restore(state.table, state.queue, open, now))
      return takeOutput(state)
    },
    sample: (sample, now) => {
      fireDue(state, now)
      const silences = state.events.length
      takeSample(state, sample, now)
      if (state.events.length > silences) {
        state.events = state.events.map((event, index) => (index < silences ? event : { ...event, sample }))
      }
      return takeOutput(state)
    },
    advance: (now) => {
      fireDue(state, now)
      return takeOutput(state)
    },
    nextDue: () => state.queue.peek(),
  }
}

/** Tells what came about; only samples of type `S` came in, and theirs are the series. */
function takeOutput<S extends FaultInput>(state: State): FaultOutput<S> {
  if (state.events.length === 0 && state.problems.length === 0) return nothing
  const { events, problems } = state
  state.events = []
  state.problems = []
  return { events: events as FaultEvent<S>[], problems }
}

/** Tells the silences that are due by now, each with its own time, in order of time. */
function fireDue({ queue, events }: State, now: number): void {
  // An empty queue is due at Infinity, which is also a good way to ask for all that is left.
  while (queue.peek() <= now && queue.peek() < Infinity) {
    const at = queue.peek()
    const instance = queue.pop()
    if (instance === undefined) continue
    // A series that spoke since is due later: it is only now put where it belongs, not with each sample.
    if (nextAbsence(instance) <= at) {
      const event = fall(instance, at)
      if (event !== undefined) events.push(event)
    }
    queue.plan(instance, nextAbsence(instance))
  }
}

/** One more absence is violated. It decides unless a rule before it was violated by the last value: that still holds. */
function fall(instance: Instance, due: number): FaultEvent | undefined {
  const rule = instance.plan.absences[instance.absent]?.rule
  instance.absent += 1
  if (rule === undefined || (instance.valueRule?.index ?? Infinity) < rule.index) return undefined
  return settle(instance, rule, due, undefined)
}

function takeSample(state: State, sample: FaultInput, now: number): void {
  if (!hasSeries(sample)) {
    refuse(state, 'bad-series', undefined)
    return
  }
  const entry = state.table.find(sample.series)
  if (entry === undefined || sample.kind === 'stale') return
  if (entry === 'full') {
    refuse(state, 'too-many-series', sample.series)
    return
  }
  const unfit = unfitness(state.limits, sample, now)
  if (unfit !== undefined) {
    tell(state, entry, unfit, sample)
    if (unfit.reason !== 'future') return
  }
  const unreadable = judgeEntry(state, entry, sample, unfit === undefined ? sample.time : now, now)
  if (unreadable !== undefined) tell(state, entry, { reason: unreadable }, sample)
  else if (unfit === undefined && entry.troubles !== undefined) {
    state.problems.push(...endTroubles(entry, sample, state.limits))
  }
}

/**
 * What is wrong with the time of a sample. Age is measured against the later of delivery and arrival: a sample that once
 * arrived in time is stale when it is replayed, and one that arrived too late stays so when history is judged again.
 */
function unfitness(
  { staleAfterMs, maxFutureMs }: FaultLimits,
  { time, receivedAt = -Infinity }: FaultInput,
  now: number,
): Flaw | undefined {
  if (!Number.isFinite(time)) return { reason: 'bad-time' }
  const age = (receivedAt > now ? receivedAt : now) - time
  if (age > staleAfterMs) return { reason: 'stale', offMs: age }
  return time > now + maxFutureMs ? { reason: 'future', offMs: time - now } : undefined
}

/** Whether it can be looked up; what a stream carries is not always what its type says. */
function hasSeries(sample: FaultInput | null | undefined): sample is FaultInput {
  const { key, metric, tags }: Partial<Record<keyof Series, unknown>> = sample?.series ?? {}
  return typeof key === 'string' && typeof metric === 'string' && typeof tags === 'object' && tags !== null
}

function tell({ limits, problems }: State, entry: SeriesEntry, flaw: Flaw, sample: FaultInput): void {
  const trouble = noteTrouble(entry, flaw, sample, limits)
  if (trouble !== undefined) problems.push(trouble)
}

/** Tells the 1st, 10th, 100th, … sample that is refused for a reason. */
function refuse(
  { refused, problems, limits }: State,
  reason: keyof State['refused'],
  series: Series | undefined,
): void {
  refused[reason] += 1
  const count = refused[reason]
  if (!/^10*$/.test(`${count}`)) return
  problems.push(troubleOf({ reason }, series?.key, limits, count - Math.floor(count / 10)))
}

/** Judges a fresh sample by each rule set; gives why one of them could not read it. */
function judgeEntry(
  state: State,
  entry: SeriesEntry,
  { value }: FaultInput,
  time: number,
  now: number,
): Illegibility | undefined {
  // The clock was set back: what was seen in a future that will not come must not shut out the present.
  if (entry.lastTime > now + state.limits.maxFutureMs) {
    entry.lastTime = -Infinity
    for (const { window } of entry.instances) if (window !== undefined) clearWindow(window)
  }
  const isLate = time < entry.lastTime
  if (!isLate) entry.lastTime = time
  const scalar = scalarOf(value)
  let unreadable: Illegibility | undefined
  for (const instance of entry.instances) {
    const problem = illegibility(instance.plan.compares, value)
    if (problem !== undefined) unreadable = problem
    if (isLate) {
      const { window } = instance
      if (window !== undefined && typeof scalar === 'number') addToWindow(window, time, scalar)
      continue
    }
    see(instance, time)
    if (problem === undefined) judgeInstance(state, instance, time, scalar)
    if (instance.plan.absences.length > 0) state.queue.plan(instance, nextAbsence(instance))
  }
  return unreadable
}

function judgeInstance(state: State, instance: Instance, time: number, value?: Scalar): void {
  const { events, verdict } = state
  judgeValue(instance, time, value, verdict)
  if (!verdict.known) return
  instance.valueRule = verdict.rule
  const event = settle(instance, verdict.rule, time, verdict.judged)
  if (event !== undefined) events.push(event)
  if (instance.isJudged) return
  instance.isJudged = true
  if (state.hasUnknownPast && event === undefined && verdict.rule === undefined) {
    events.push(normalOf(instance, time, verdict.judged))
  }
}
