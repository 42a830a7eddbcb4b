/**
 * Rollups kept in a folder, and queries over them. Needs Node or what gives its `fs`; the rest of the package runs anywhere.
 *
 * @module
 */
export { openRollupStore } from './open-rollup-store.ts'
export { defaultRollupStoreOptions } from './store-options.ts'

export type {
  Batch,
  BatchPosition,
  Duration,
  FileSystem,
  OpenFile,
  OpenMode,
  Series,
  Tags,
} from '@tocsin/core'
export type { RollupInput } from './engine/reading.ts'
export type { RollupValue } from './engine/value.ts'
export type {
  FetchedSeries,
  FetchExplanation,
  RollupBatch,
  RollupPosition,
  RollupQuery,
  RollupStore,
  RollupStoreStats,
  StoredBatch,
  UnreadableStretch,
} from './rollup-store.ts'
export type { RollupStoreOptions } from './store-options.ts'
