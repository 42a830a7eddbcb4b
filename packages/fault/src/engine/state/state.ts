import type { Series } from '@tocsin/core'

import type { Hold } from '../../conditions/hold.ts'
import type { FaultEvent } from '../../model/fault-event.ts'
import type { FaultInput } from '../../model/fault-input.ts'
import { Windows } from '../../windows/windows.ts'
import type { Episode } from '../judging/episode.ts'
import type { FaultLimits } from '../limits.ts'
import type { Plan } from '../plan/plan.ts'
import type { Selection } from '../plan/selection.ts'
import type { Shape } from '../plan/shape.ts'
import { Shapes } from '../plan/shapes.ts'
import type { QuietPlan } from '../quiet/quiet-plan.ts'
import type { Edit } from '../plan/edit.ts'
import type { Reselection, Transition } from '../plan/reselection.ts'
import type { Trouble } from '../../model/fault-problem.ts'
import type { Group } from './group.ts'
import { Holds } from './holds.ts'
import { Instances } from './instances.ts'
import { EngineLook, type MissedWindow } from './look.ts'
import { PagedMap } from '../tables/paged-map.ts'
import { PendingSamples } from './pending-samples.ts'
import { RefusedKeys } from './refused-keys.ts'
import { RowLists } from '../tables/row-lists.ts'
import { Rows } from './rows.ts'
import { createSource, type Source } from './source.ts'
import { Timers } from './timers.ts'
import type { Work } from '../work.ts'

/** So many samples of a batch are looked up before the first is judged: what they need fits into the caches nearest to the processor. */
export const fetchedAtOnce = 64

/** The last sample of one of several sources of a row. */
export interface LastOfSource {
  time: number
  revision: number
  value: number
  text: string | undefined
  previous: number
  previousTime: number
  changed: 0 | 1 | 2
}

/** What an engine counts. */
export interface Counts {
  samples: number
  judged: number
  duplicates: number
  refused: number
  events: number
}

/** All that an engine knows. Times are the monitor's, unless they say wall clock. */
export interface EngineState {
  readonly limits: FaultLimits
  /** How long after it was due something is known. */
  readonly latenessMs: number
  readonly windows: Windows
  readonly rows: Rows
  readonly instances: Instances
  readonly holds: Holds
  readonly timers: Timers
  plans: readonly Plan[]
  selection: Selection
  generation: number
  readonly shapes: Shapes
  /** By number, see {@link Shape.quiet}; none has the number 0. */
  readonly quietPlans: (QuietPlan | undefined)[]
  readonly rowOf: Map<string, number>
  /** By the objects that rows have, as far as they were looked for. */
  readonly rowOfObject: Map<Series, number>
  /** By row. */
  readonly groups: Map<number, Group>
  readonly groupOf: Map<string, Group>
  /** By instance. */
  readonly episodes: PagedMap<Episode>
  readonly missed: PagedMap<MissedWindow[]>
  /** By instance: absences that ended one after the other. */
  readonly returns: PagedMap<{ endedAt: number; count: number }>
  /** By row, where there is more than one source, or a revision. */
  readonly tracks: Map<number, Map<number, LastOfSource>>
  readonly revisions: Map<number, number>
  /** By source and key: up to when it told of a series that it reports no longer, while older samples may still come. */
  readonly marked: Map<string, number>
  /** By source and key, where it sent several values for one moment: all but the last. */
  readonly moments: Map<string, { readonly time: number; readonly values: Set<number | string> }>
  /** By rule set and series that are forgotten: when the last event was, wall clock, while samples of then may still come. */
  readonly eventTimes: Map<string, number>
  readonly troubles: Map<number, Map<Trouble['reason'], number>>
  readonly sources: Source[]
  readonly sourceOf: Map<string, number>
  /** Rows that are held and that wait, of each source. */
  readonly lists: RowLists
  /** Lists of those whose source speaks again: their silence counts from then, and is to be planned. */
  readonly returned: number[]
  readonly others: RefusedKeys
  readonly look: EngineLook
  readonly hold: Hold
  /** The row of the last sample. */
  lastRow: number
  /** The rows of the next samples of a batch, -1 for none. */
  readonly fetched: Int32Array
  /** Of what was read ahead, so that reading it is not left out as useless. */
  lastRead: number
  /** What is added to wall clock. */
  shift: number
  /** Nobody watched from then, wall clock, until then, m-time, when that was last; -Infinity for never. */
  unwatchedFrom: number
  resumedAt: number
  /** The monitor's time now. */
  now: number
  /** Whether faults of an earlier life may be open that nobody told of. */
  hasUnknownPast: boolean
  /** Whether the groups that rule sets expect are there. */
  isStarted: boolean
  /** Rows before this one are of the rule sets of now; Infinity for all. */
  moved: number
  /** By rule set as it was: what became of it. */
  readonly edits: Map<Plan, Edit>
  /** What the reload changed of which rule sets select a series; none where all rows are of the rule sets of now. */
  reselection: Reselection | undefined
  /** By layout as it was: what becomes of it. */
  readonly transitions: Map<Shape, Transition>
  /** Whether rows may be without rule sets that select them, which there was no room for. */
  lacksRoom: boolean
  /** Samples held back to be put in order, by when they are due. */
  readonly pending: PendingSamples
  /** What the call of now may still do beside what it is for. */
  readonly work: Work
  /** Up to which moment samples that were held back have been judged. */
  releasedAt: number
  /** When an own fault ends by itself. */
  ownDue: number
  /** The sample that decides. */
  sample: FaultInput | undefined
  readonly refused: { 'bad-series': number; 'too-many-series': number }
  readonly counts: Counts
  events: FaultEvent[]
  problems: Trouble[]
}

/** An engine that has seen nothing. */
export function createState(limits: FaultLimits, selection: Selection): EngineState {
  const windows = new Windows({ panes: limits.panes, neverFills: (...facts) => neverFills(state, ...facts) })
  const lists = new RowLists()
  const state: EngineState = {
    limits,
    latenessMs: limits.staleAfterMs + limits.reorderMs,
    windows,
    rows: new Rows(),
    instances: new Instances(),
    holds: new Holds(),
    timers: new Timers(),
    plans: [],
    selection,
    generation: 0,
    shapes: new Shapes(),
    quietPlans: [undefined],
    rowOf: new Map(),
    rowOfObject: new Map(),
    groups: new Map(),
    groupOf: new Map(),
    episodes: new PagedMap(),
    missed: new PagedMap(),
    returns: new PagedMap(),
    tracks: new Map(),
    revisions: new Map(),
    marked: new Map(),
    moments: new Map(),
    eventTimes: new Map(),
    troubles: new Map(),
    sources: [createSource(undefined, lists)],
    sourceOf: new Map(),
    lists,
    returned: [],
    others: new RefusedKeys(limits.maxInstances),
    look: new EngineLook((row) => state.rows.value(row)),
    hold: { phase: 0, since: 0, isHeld: false },
    lastRow: -1,
    fetched: new Int32Array(fetchedAtOnce),
    lastRead: 0,
    shift: 0,
    unwatchedFrom: -Infinity,
    resumedAt: -Infinity,
    now: -Infinity,
    hasUnknownPast: false,
    isStarted: false,
    moved: Infinity,
    edits: new Map(),
    reselection: undefined,
    transitions: new Map(),
    lacksRoom: false,
    pending: new PendingSamples(),
    work: { left: 0 },
    releasedAt: -Infinity,
    ownDue: Infinity,
    sample: undefined,
    refused: { 'bad-series': 0, 'too-many-series': 0 },
    counts: { samples: 0, judged: 0, duplicates: 0, refused: 0, events: 0 },
    events: [],
    problems: [],
  }
  return state
}

function neverFills(state: EngineState, row: number, durationMs: number, periodMs: number): void {
  const slots = state.rows.shape[row]?.slots ?? []
  const concerned = slots.find(({ plan }) =>
    plan.rules.some(({ when }) =>
      when.leaves.some((leaf) => leaf.durationMs === durationMs && leaf.minFillMs > 0),
    ),
  )
  const series = state.rows.series[row]?.key
  state.problems.push({
    reason: 'never-fills',
    message:
      `the samples of ${series ?? 'a group'} come ${periodMs / 1000}s apart, so that its window of ${durationMs / 1000}s ` +
      'never has the minFill that a rule asks for; make the window longer, or minFill shorter',
    count: 1,
    ...(series !== undefined && { series }),
    ...(concerned !== undefined && { ruleSet: concerned.plan.id }),
  })
}
