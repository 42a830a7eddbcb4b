export { ackAfter, defaultAckAfterOptions, defaultRetryOptions } from './rx/ack-after.ts'
export { bounded, defaultBoundedOptions } from './rx/bounded.ts'
export { bytesCodec, jsonCodec } from './format/codec.ts'
export { JournalError } from './errors.ts'
export { intoJournal } from './link/into-journal.ts'
export { openFrame } from './format/open-frame.ts'
export { iterateBatches } from './rx/iterate-batches.ts'
export { defaultJournalSamplesOptions, journalSamples } from './samples/journal-samples.ts'
export { openJournal } from './open-journal.ts'
export { defaultJournalReaderOptions, openJournalReader } from './reader/open-journal-reader.ts'
export { defaultJournalOptions } from './options.ts'
export { defaultReadFromOptions } from './read/read-from.ts'
export { sampleCodec } from './samples/sample-codec.ts'
export { defaultStatsOptions } from './stats.ts'
export { defaultBatchesOptions } from './options.ts'
export { defaultWithPositionOptions, withPosition } from './rx/with-position.ts'
export { parseSeries, series } from '@tocsin/core'

export type { AckAfterOptions, FailedAttempt, RetryOptions } from './rx/ack-after.ts'
export type { BoundedOperator, BoundedOptions, LiveBatch } from './rx/bounded.ts'
export type { Acknowledgeable } from './rx/ack-after.ts'
export type { Codec } from './format/codec.ts'
export type { Provenance } from './format/positions.ts'
export type { JournalErrorCode } from './errors.ts'
export type { CopyResult } from './link/into-journal.ts'
export type { JournalReader } from './reader/folder-reader.ts'
export type { JournalReaderOptions } from './reader/open-journal-reader.ts'
export type { OpenedFrame } from './format/open-frame.ts'
export type { Position, PositionStore, WithPositionOptions } from './rx/with-position.ts'
export type { FullReason, JournalHealth } from './status-types.ts'
export type { JournalSamplesOptions } from './samples/journal-samples.ts'
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
