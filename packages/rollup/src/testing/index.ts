export { expectedSlots, isPromised } from './expected-slots.ts'
export { storeConformance } from './store-conformance.ts'
export { memoryFileSystem, play, samples, samplesFromMarbles, virtualTime } from '@tocsin/core/testing'

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
export type { RollupInput } from '../engine/reading.ts'
export type { CounterWrap, SameTime } from '../engine/rollups.ts'
export type { RollupValue } from '../engine/value.ts'
export type {
  FetchedSeries,
  RollupBatch,
  RollupPosition,
  RollupQuery,
  RollupStore,
  StoredBatch,
} from '../rollup-store.ts'
export type { ExpectedSlotsQuery } from './expected-slots.ts'
export type { ConformanceCase, StoreUnderTest } from './store-conformance.ts'
export type { TestedStore } from './store-scene.ts'
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
