export { ackAfter, defaultAckAfterOptions, defaultRetryOptions } from './ack-after.ts'
export { bounded, defaultBoundedOptions } from './bounded.ts'
export { bytesCodec, jsonCodec } from './codec.ts'
export { JournalError } from './errors.ts'
export { intoJournal } from './into-journal.ts'
export { openFrame } from './open-frame.ts'
export { iterateBatches } from './iterate-batches.ts'
export { defaultJournalSamplesOptions, journalSamples } from './journal-samples.ts'
export { openJournal } from './open-journal.ts'
export { defaultJournalReaderOptions, openJournalReader } from './open-journal-reader.ts'
export { defaultJournalOptions } from './options.ts'
export { defaultReadFromOptions } from './read-from.ts'
export { sampleCodec } from './sample-codec.ts'
export { defaultStatsOptions } from './snapshots.ts'
export { defaultBatchesOptions } from './options.ts'
export { defaultWithPositionOptions, withPosition } from './with-position.ts'
export { parseSeries, series } from '@tocsin/core'

export type { AckAfterOptions, FailedAttempt, RetryOptions } from './ack-after.ts'
export type { BoundedOperator, BoundedOptions, LiveBatch } from './bounded.ts'
export type { Acknowledgeable } from './engine/ack-order.ts'
export type { Codec } from './codec.ts'
export type { Provenance } from './disk/positions.ts'
export type { JournalErrorCode } from './errors.ts'
export type { CopyResult } from './into-journal.ts'
export type { JournalReader } from './folder-reader.ts'
export type { JournalReaderOptions } from './open-journal-reader.ts'
export type { OpenedFrame } from './open-frame.ts'
export type { Position, PositionStore, WithPositionOptions } from './with-position.ts'
export type { FullReason, JournalHealth } from './status-types.ts'
export type { JournalSamplesOptions } from './journal-samples.ts'
export type { FullPolicy, JournalOptions } from './options.ts'
export type { JournalSnapshot, StatsOptions, SubscriberSnapshot } from './status-types.ts'
export type {
  Batch,
  BatchesOptions,
  FramesOptions,
  Gap,
  GapReason,
  JournalFrame,
  ReadFromOptions,
  ReadPosition,
  Subscriber,
  SubscriberOptions,
  SubscriberPosition,
  SubscriberStatus,
} from './reading-types.ts'
export type {
  AppendedFrame,
  AppendFrameOptions,
  AppendOptions,
  CopiedFrame,
  DropReason,
  Durability,
  Journal,
  WriteOptions,
  WriteResult,
  Written,
} from './types.ts'
export type { JournalProblem, JournalStats, JournalProblemReason, RecoveryReport } from './status-types.ts'
export type {
  Clock,
  FileSystem,
  Histogram,
  Logger,
  OpenFile,
  OpenMode,
  Parsed,
  Sample,
  SampleKind,
  Series,
  SeriesReason,
  Tags,
} from '@tocsin/core'
