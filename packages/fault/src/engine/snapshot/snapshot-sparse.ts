import type { Series } from '@tocsin/core'

import type { RuleSet } from '../../model/rule-set.ts'
import type { SavedLayout } from '../../windows/saved-windows.ts'
import type { Episode } from '../judging/episode.ts'
import type { MutePlan } from '../plan/plan.ts'
import type { SavedBlocks } from '../tables/columns.ts'
import type { SavedCombined } from '../state/combined.ts'
import type { MissedWindow } from '../state/look.ts'
import type { PendingSample } from '../state/pending-samples.ts'
import type { Source } from '../state/source.ts'
import type { Counts, EngineState, LastOfSource } from '../state/state.ts'
import type { Trouble } from '../../model/fault-problem.ts'

/** A group, with what is not in the columns of its row. */
export interface SavedGroup {
  readonly row: number
  readonly plan: number
  readonly key: string
  readonly tags: Readonly<Record<string, string>>
  readonly isExpected: boolean
  readonly isNamed: boolean
  readonly isPartial: boolean
  readonly members: readonly number[]
  readonly last: SavedCombined
  readonly counts: readonly number[]
  readonly parts: readonly number[]
  readonly partLast: readonly SavedCombined[]
}

/** An open fault, by instance; its mute as it was written, and the end of that as `null` where there is none. */
export type SavedEpisode = readonly [
  instance: number,
  Omit<Episode, 'mute' | 'muteEnd'> & {
    readonly mute: Pick<MutePlan, 'during' | 'severities'> | undefined
    readonly muteEnd: number | null
  },
]

/** The name of a row, its last text and the one before; `null` where there is none, and where nothing is. */
export type SavedName =
  | readonly [
      series: readonly [key: string, metric: string, tags: Series['tags']] | null,
      text: string | null,
      previousText: string | null,
    ]
  | null

/** The layout of series, by the numbers of its rule sets; and how many lines it has, which must be so again. */
interface SavedShape {
  readonly plans: readonly number[]
  readonly lines: readonly [instances: number, rules: number, memory: number]
}

/** What a snapshot says as JSON: all that few rows have. */
export interface SavedSparse {
  readonly position: unknown
  readonly ruleSets: readonly RuleSet[]
  /** By number. */
  readonly shapes: readonly SavedShape[]
  readonly windows: readonly SavedLayout[]
  readonly panes: number
  readonly clock: Pick<
    EngineState,
    | 'shift'
    | 'now'
    | 'hasUnknownPast'
    | 'isStarted'
    | 'lacksRoom'
    | 'ownDue'
    | 'releasedAt'
    | 'unwatchedFrom'
    | 'resumedAt'
  >
  readonly refused: EngineState['refused']
  readonly counts: Counts
  readonly events: EngineState['events']
  readonly problems: readonly Trouble[]
  /** But for `named`, `held` and `waiting`, which are among {@link SavedLines}. */
  readonly sources: readonly Omit<Source, 'named' | 'held' | 'waiting'>[]
  readonly pending: readonly PendingSample[]
  readonly groups: readonly SavedGroup[]
  readonly missed: readonly (readonly [number, readonly MissedWindow[]])[]
  readonly returns: readonly (readonly [number, { readonly endedAt: number; readonly count: number }])[]
  readonly tracks: readonly (readonly [number, readonly (readonly [number, LastOfSource])[]])[]
  readonly revisions: readonly (readonly [number, number])[]
  readonly marked: readonly (readonly [string, number])[]
  readonly moments: readonly (readonly [string, number, readonly (number | string)[]])[]
  readonly eventTimes: readonly (readonly [string, number])[]
  readonly troubles: readonly (readonly [number, readonly (readonly [Trouble['reason'], number])[]])[]
}

/** Numbers of which there may be as many as series. */
export interface SavedLines {
  /** Lines of rows, and those that are free. */
  readonly end: number
  readonly free: readonly number[]
  readonly instances: SavedBlocks
  readonly holds: readonly [SavedBlocks, SavedBlocks]
  /** Of each source. */
  readonly named: readonly (readonly number[])[]
  readonly held: readonly (readonly number[])[]
  readonly waiting: readonly (readonly number[])[]
  /** How many faults are open. */
  readonly episodes: number
}

/** Names and faults come in texts of so many. */
export const savedTogether = 10_000

/** What stands for the layout of a row that is free, and of one of a group or a part. */
export const noShape = -1
export const shapeOfItsGroup = -2
