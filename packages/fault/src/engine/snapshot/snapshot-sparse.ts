import type { RuleSet } from '../../model/rule-set.ts'
import type { Episode } from '../judging/episode.ts'
import type { SavedCombined } from '../state/combined.ts'
import type { MissedWindow } from '../state/look.ts'
import type { PendingSample } from '../state/pending-samples.ts'
import type { Source } from '../state/source.ts'
import type { Counts, EngineState, LastOfSource } from '../state/state.ts'
import type { Trouble } from '../trouble.ts'

/** Where an instance is: its row, and which of that row's. */
export type Place = readonly [row: number, index: number]

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

/** An open fault; its mute by number, and its end as `null` where there is none. There may be as many as series. */
export type SavedEpisode = readonly [
  Place,
  Omit<Episode, 'mute' | 'muteEnd'> & { readonly mute: number; readonly muteEnd: number | null },
]

/** What a snapshot says as JSON: all that few rows have. */
export interface SavedSparse {
  readonly position: unknown
  readonly ruleSets: readonly RuleSet[]
  /** By number: the rule sets of a layout. */
  readonly shapes: readonly (readonly number[])[]
  readonly clock: Pick<
    EngineState,
    'shift' | 'now' | 'hasUnknownPast' | 'isStarted' | 'ownDue' | 'releasedAt'
  >
  readonly refused: EngineState['refused']
  readonly counts: Counts
  readonly events: EngineState['events']
  readonly problems: readonly Trouble[]
  readonly sources: readonly (Omit<Source, 'held' | 'waiting'> & {
    readonly held: readonly number[]
    readonly waiting: readonly number[]
  })[]
  readonly pending: readonly PendingSample[]
  readonly end: number
  readonly free: readonly number[]
  readonly groups: readonly SavedGroup[]
  readonly missed: readonly (readonly [Place, readonly MissedWindow[]])[]
  readonly returns: readonly (readonly [Place, { readonly endedAt: number; readonly count: number }])[]
  readonly tracks: readonly (readonly [number, readonly (readonly [number, LastOfSource])[]])[]
  readonly revisions: readonly (readonly [number, number])[]
  readonly troubles: readonly (readonly [number, readonly (readonly [Trouble['reason'], number])[]])[]
}

/** What kind of row a snapshot goes on with. */
export const rowKinds = { none: 0, series: 1, group: 2, part: 3 } as const
