export { JournalError } from './errors.ts'
export { bytesCodec, jsonCodec } from './format/codec.ts'
export { openJournal } from './open-journal.ts'
export { defaultBatchesOptions, defaultJournalOptions } from './options.ts'
export { defaultReadFromOptions } from './read/read-from.ts'
export { ackAfter, defaultAckAfterOptions, defaultRetryOptions } from './rx/ack-after.ts'
export { bounded, defaultBoundedOptions } from './rx/bounded.ts'
export { iterateBatches } from './rx/iterate-batches.ts'
export { values } from './rx/values.ts'
export { defaultStatsOptions } from './stats.ts'

export type { JournalErrorCode } from './errors.ts'
export type { Codec, FrameEncoder } from './format/codec.ts'
export type { FullPolicy, JournalOptions } from './options.ts'
export type {
  BatchesOptions,
  FramesOptions,
  Gap,
  GapReason,
  JournalBatch,
  JournalFrame,
  ReadEnd,
  ReadFromOptions,
  Position,
  ReadPosition,
  JournalSubscriber,
  SubscriberOptions,
  SubscriberPosition,
  SubscriberStatus,
} from './reading-types.ts'
export type { Acknowledgeable, AckAfterOptions, FailedAttempt, RetryOptions } from './rx/ack-after.ts'
export type { BoundedBatch, BoundedOperator, BoundedOptions } from './rx/bounded.ts'
export type { BatchGap, ValuesOptions } from './rx/values.ts'
export type {
  FullReason,
  JournalHealth,
  JournalProblem,
  JournalProblemReason,
  JournalSnapshot,
  JournalStats,
  RecoveryReport,
  StatsOptions,
  SubscriberSnapshot,
} from './status-types.ts'
export type {
  AppendedFrame,
  AppendedFrames,
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
export type {
  Batch,
  BatchPosition,
  Clock,
  Defined,
  FileSystem,
  Histogram,
  Logger,
  OpenFile,
  OpenMode,
  Problem,
  ProblemListener,
} from '@tocsin/core'
