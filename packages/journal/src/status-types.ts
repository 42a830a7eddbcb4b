import type { Histogram, Problem } from '@tocsin/core'

import type { Gap, GapReason, SubscriberStatus } from './reading-types.ts'

/** Tells of a problem; the journal adds who, when and how many. */
export type Report = (problem: Omit<JournalProblem, 'type' | 'from' | 'time' | 'count' | 'series'>) => void

/** Why a journal takes nothing: its own limit is reached, the disk is full, or too little of the disk would stay free. */
export type FullReason = 'max-bytes' | 'disk' | 'min-free'

/**
 * Whether a journal takes records. `'full'`: it takes them again by itself once there is room. `'failed'`: the disk refused a
 * write twice; each later append tries anew. `'fenced'`: another process has the folder, nothing helps but to close.
 * Readers go on in each of them.
 */
export type JournalHealth =
  | {
      /** Tells it from what else is emitted. */
      readonly type: 'health'
      /** Which state it is in. */
      readonly state: 'open' | 'fenced' | 'closed'
      /** Since when, ms since the Unix epoch. */
      readonly since: number
    }
  | {
      /** Tells it from what else is emitted. */
      readonly type: 'health'
      /** Which state it is in. */
      readonly state: 'full'
      /** Since when, ms since the Unix epoch. */
      readonly since: number
      /** What is at its end. */
      readonly reason: FullReason
    }
  | {
      /** Tells it from what else is emitted. */
      readonly type: 'health'
      /** Which state it is in. */
      readonly state: 'failed'
      /** Since when, ms since the Unix epoch. */
      readonly since: number
      /** What the disk said first. */
      readonly reason: string
    }

/** How often a journal is looked at. */
export interface StatsOptions {
  /** Time between two snapshots, ms. @defaultValue 10000 */
  readonly periodMs?: number | undefined
}

/** A subscriber at one moment. */
export interface SubscriberSnapshot extends SubscriberStatus {
  /** Age of the oldest segment that it has not read to the end, ms; 0 where it has read everything. */
  readonly lagMs: number
  /** It holds nothing at present: it was the slowest when room was needed, and has not moved since. */
  readonly expired: boolean
  /** Records that were removed before it had read them. */
  readonly evicted: number
}

/** A journal at one moment, as plain data. */
export interface JournalSnapshot {
  /** Tells it from what else is emitted. */
  readonly type: 'stats'
  /** When, ms since the Unix epoch, by the journal's clock. */
  readonly time: number
  /** {@link Journal.id}. */
  readonly journalId: string
  /** Whether it takes records. */
  readonly health: JournalHealth
  /** Whether the folder is still this process's. */
  readonly locked: boolean
  /** Counters and sizes; `freeBytes` is absent where the file system does not tell. */
  readonly stats: JournalStats
  /** All of them, transient ones too. */
  readonly subscribers: readonly SubscriberSnapshot[]
}

/** What is wrong and was survived. */
export type JournalProblemReason =
  | 'attempt-failed'
  | 'corrupt'
  | 'cursor-ahead'
  | 'cursor-unreadable'
  | 'disk-full'
  | 'dropped'
  | 'evicted'
  | 'fenced'
  | 'foreign-file'
  | 'identity-lost'
  | 'io'
  | 'lost'
  | 'missing-segment'
  | 'quarantined'
  | 'quarantine-full'
  | 'torn-tail'
  | 'undecodable'

/** Something that went wrong and that the journal got over. */
export interface JournalProblem extends Problem<JournalProblemReason> {
  /** First record that is concerned. */
  readonly fromSeq?: number
  /** Last record that is concerned. */
  readonly toSeq?: number
  /** File that is concerned. */
  readonly file?: string
  /** Subscriber that is concerned. */
  readonly subscriber?: string
}

/** What opening found. */
export interface RecoveryReport {
  /** Oldest sequence number that is kept; one above `lastSeq` where nothing is. */
  readonly firstSeq: number
  /** Newest sequence number; 0 in a new journal. */
  readonly lastSeq: number
  /** Sequence numbers that are kept, gaps included. */
  readonly records: number
  /** Segment files that are kept. */
  readonly segments: number
  /** Bytes behind the last whole frame: a write that was cut off and had not been acknowledged. */
  readonly tornBytes: number
  /** Records that were whole but perhaps not durable, and were made durable again. */
  readonly rewrittenRecords: number
  /** Damage that was seen. Sealed segments are not searched; what is wrong there shows when it is read. */
  readonly gaps: readonly Gap[]
  /** Everything that was not as it should be. */
  readonly problems: readonly JournalProblem[]
}

/** Counters since the journal was opened, and its present size; live, read it again for new numbers. */
export interface JournalStats {
  /** Records that were written, durable or only accepted. */
  readonly appended: number
  /** Frames written. */
  readonly commits: number
  /** Times that the disk confirmed records as durable. */
  readonly syncs: number
  /** Times that a file was left after an error, and what was under way written again into a new one. */
  readonly rewrites: number
  /** Records that were refused or failed: by `append`, and those that `write()` dropped. */
  readonly dropped: number
  /** Records that were evicted before every subscriber had read them. */
  readonly evicted: number
  /** Gaps that readers came upon, by reason; one that is read again counts again. */
  readonly gaps: Readonly<Record<GapReason, number>>
  /** Records that wait for the disk. */
  readonly pending: number
  /** Problems so far, those of opening included. */
  readonly problems: number
  /** Bytes of all segments. */
  readonly bytes: number
  /** Bytes of the copies of what was damaged. */
  readonly quarantineBytes: number
  /** Free bytes of the file system, as last seen; `undefined` where it does not tell. */
  readonly freeBytes: number | undefined
  /** Segment files. */
  readonly segments: number
  /** Oldest sequence number that is kept; one above `lastSeq` where nothing is. */
  readonly firstSeq: number
  /** Newest durable sequence number. */
  readonly lastSeq: number
  /** How long frames that appends waited for took from being handed to the disk until they were durable, ms. */
  readonly commitLatency: Histogram
}
