import type { Judgement, SeriesName, Severity } from '../wire.ts'

/**
 * What the log of faults keeps, one record a line of its story. A shape of its own, so that what was stored stays readable when
 * packages change. Each record names what it is about, and applying one twice is harmless.
 */
export type FaultRecord =
  | {
      /** The rules found something. */
      readonly type: 'found'
      readonly change: 'opened' | 'severity' | 'reason' | 'cleared'
      /** Names the entry that it becomes; another reason becomes none. */
      readonly id: string
      readonly fault: string
      readonly ruleSet: string
      readonly series: SeriesName
      readonly severity: Severity
      readonly openedAt: number
      readonly time: number
      readonly judgement: Judgement
      readonly text: string
    }
  | {
      /** A fault that no alert is open for any more was over by then, and nobody saw when it ended. */
      readonly type: 'vanished'
      readonly fault: string
      readonly time: number
    }
  | {
      /** What was found after that entry was not kept with the alert, so that it will be found again, or was not. */
      readonly type: 'rewound'
      readonly fault: string
      readonly entry: string
      readonly text: string
    }
  | {
      /** The alert of a fault, and the windows of maintenance that it is in. */
      readonly type: 'alert'
      readonly alert: string
      readonly fault: string
      readonly windows: readonly string[]
      readonly time: number
    }
  | {
      /** What is told of an alert from now on is about that entry. */
      readonly type: 'answered'
      readonly alert: string
      readonly entry: string
      readonly isEnd: boolean
      readonly severity: Severity
      /** It is open again, before everybody was told of its end. */
      readonly again?: true
    }
  | {
      /** The alert is over, although the rules did not find so. */
      readonly type: 'ended'
      /** Names the entry that it becomes. */
      readonly id: string
      readonly alert: string
      readonly time: number
      readonly reason: string
      /** Who ended it, where a person did. */
      readonly by?: string
      readonly notes?: string
    }
  | {
      readonly type: 'acknowledged'
      readonly id: string
      readonly alert: string
      readonly time: number
      readonly by: string
      readonly until?: number
      readonly notes?: string
    }
  | {
      readonly type: 'unacknowledged'
      readonly id: string
      readonly alert: string
      readonly time: number
      readonly reason?: string
      readonly by?: string
    }
  | TellingRecord
  | {
      /** A window of maintenance is known, or different. */
      readonly type: 'window'
      readonly id: string
      readonly select: string
      readonly from: number
      readonly to: number
      readonly notes?: string
      readonly planned: boolean
      /** When it became known. */
      readonly time: number
    }
  | { readonly type: 'window-began'; readonly id: string; readonly time: number }
  | {
      readonly type: 'window-ended'
      readonly id: string
      readonly time: number
      /** Absent where it was taken out of the policy. */
      readonly reason?: 'command' | 'time'
    }
  | { readonly type: 'pause'; readonly from: number; readonly to: number }

/** How it goes with telling one channel of an alert. */
export type TellingRecord = {
  readonly type: 'telling'
  readonly alert: string
  /** Name of the channel. */
  readonly target: string
  readonly time: number
} & (
  | { readonly is: 'waiting'; readonly until: number }
  | { readonly is: 'held'; readonly reason: string }
  | {
      readonly is: 'planned'
      readonly notification: string
      readonly isEnd: boolean
      readonly severity: Severity
      /** That it is open is told once more, since nobody holds it any longer. */
      readonly isReminder?: true
    }
  | {
      readonly is: 'failed'
      readonly notification: string
      readonly attempt: number
      readonly message: string
      readonly retryAt?: number
    }
  | {
      readonly is: 'delivered'
      readonly notification: string
      readonly isEnd: boolean
      readonly tookMs: number
      readonly attempts: number
      /** Names of the groups that are told of it by this channel. */
      readonly groups: readonly string[]
    }
  | { readonly is: 'dead' | 'superseded'; readonly notification: string; readonly reason: string }
)

/** A record as it is stored; `v` tells the shape of this program from those of others. */
export type StoredRecord = FaultRecord & { readonly v: typeof version }

const version = 1

const types: Readonly<Record<FaultRecord['type'], true>> = {
  found: true,
  vanished: true,
  rewound: true,
  alert: true,
  answered: true,
  ended: true,
  acknowledged: true,
  unacknowledged: true,
  telling: true,
  window: true,
  'window-began': true,
  'window-ended': true,
  pause: true,
}

export const toStored = (record: FaultRecord): StoredRecord => ({ ...record, v: version })

/** The record, if it is one that this program knows; an older or newer one may have written others. */
export function fromStored(stored: unknown): FaultRecord | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { v, type } = stored as { v?: unknown; type?: unknown }
  const isKnown = v === version && typeof type === 'string' && Object.hasOwn(types, type)
  return isKnown ? (stored as FaultRecord) : undefined
}
