import type { FileSystem } from '@tocsin/core'

/** What a conversion needs to know. */
export interface ConversionOptions {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Window lengths, ms, the shortest first. */
  readonly periods: readonly number[]
  /** ms since the Unix epoch, by the clock of the store: when the readings of the log came is not known. */
  readonly now: number
}
