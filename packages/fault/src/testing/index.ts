export { memoryFileSystem, play, samples, samplesFromMarbles, virtualTime } from '@tocsin/core/testing'
export { faultHistoryFlaws } from './fault-history-flaws.ts'

export type {
  BytesChoice,
  FaultOptions,
  FileOperation,
  Marbles,
  MarblesOptions,
  MemoryFileSystem,
  NameChoice,
  NameOperation,
  Place,
  PowerCut,
  SampleSequence,
  SamplesOptions,
  VirtualTime,
  VirtualTimeOptions,
} from '@tocsin/core/testing'
export type { EventTimeOptions, Timed } from '@tocsin/core/time'
export type {
  Duration,
  FileSystem,
  Histogram,
  OpenFile,
  OpenMode,
  Sample,
  SampleKind,
  Series,
  Tags,
} from '@tocsin/core'
export type {
  Cause,
  CauseReason,
  FaultChange,
  FaultEvent,
  FaultMuted,
  FaultNormal,
} from '../model/fault-event.ts'
export type { FaultInput } from '../model/fault-input.ts'
export type { Condition, Severity } from '../model/rule-set.ts'
export type { TimeWindow } from '../model/time-window.ts'
