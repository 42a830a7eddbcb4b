import type { Durability } from '../types.ts'

/** What one life of the writer does until it is killed. */
export interface WriterPlan {
  readonly directory: string
  /** 1, 2, 3 …: part of every record. */
  readonly life: number
  readonly seed: number
  /** Each append takes one of them. */
  readonly durabilities: readonly Durability[]
  readonly segmentBytes: number
  /** Whether it has subscribers and flushes now and then. */
  readonly subscribers: boolean
}

/** The hidden command of the writer. */
export const writerCommand = 'torture-writer'

/** What the writer prints, one per line, each before or after what it tells of in the order that matters. */
export type WriterLine =
  /** Opened: how far each subscriber is. */
  | { readonly open: { readonly firstSeq: number; readonly cursors: Readonly<Record<string, number>> } }
  /** About to append records below this serial. */
  | { readonly upTo: number }
  /** Acknowledged: records from `firstSeq` on, by their serials from `serial` on. */
  | { readonly acked: readonly [firstSeq: number, lastSeq: number, serial: number, Durability] }
  /** Everything that was acknowledged up to here was flushed. */
  | { readonly flushed: number }
  /** Delivered to a subscriber: life and serial of the records from this sequence number on. */
  | { readonly got: readonly [firstSeq: number, ...records: readonly (readonly [number, number])[]] }
  /** Delivered, and not what any life appends. */
  | { readonly altered: number }
  /** About to acknowledge as a subscriber. */
  | { readonly acking: readonly [name: string, seq: number] }
  /** Ends because of this. */
  | { readonly failed: string }
