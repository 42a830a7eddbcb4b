import type { FileSystem } from '@tocsin/core'
import type { RecordFileName } from '@tocsin/core/record-log'

/** Where a store is. */
export interface StoreFolder {
  readonly fileSystem: FileSystem
  readonly directory: string
}

/** One file of a store. */
export interface StoreFile {
  /** Later ones have higher numbers. */
  readonly number: number
  /** It begins with all that counts; else it goes on where the file before it ends. */
  readonly isSnapshot: boolean
}

/** A snapshot that is not whole yet. */
const temporary = /^snapshot-\d+\.tmp$/
const pattern = /^(snapshot|changes)-(\d{1,9})\.log$/

/** The name of a file. */
export const fileName = ({ number, isSnapshot }: StoreFile): string =>
  `${isSnapshot ? 'snapshot' : 'changes'}-${number}.log`

/** The name of a snapshot until it is whole. */
export const temporaryName = (number: number): string => `snapshot-${number}.tmp`

/** Where its records are. */
export const recordsOf = ({ fileSystem, directory }: StoreFolder, file: StoreFile): RecordFileName => ({
  fileSystem,
  path: `${directory}/${fileName(file)}`,
  id: file.number,
})

/** What is in a folder. */
export interface FoundFiles {
  /** Those that count: the latest snapshot and what follows it, in order. */
  readonly files: readonly StoreFile[]
  /** Names of those that count no more, or not yet. */
  readonly leftOver: readonly string[]
  /** Number of the next file. */
  readonly next: number
}

/** Sorts the names of a folder. */
export function findStoreFiles(names: readonly string[]): FoundFiles {
  const all = names
    .flatMap((name): StoreFile[] => {
      const [, kind, number] = pattern.exec(name) ?? []
      return kind === undefined ? [] : [{ number: Number(number), isSnapshot: kind === 'snapshot' }]
    })
    .sort((a, b) => a.number - b.number)
  const first = Math.max(
    0,
    all.findLastIndex(({ isSnapshot }) => isSnapshot),
  )
  return {
    files: all.slice(first),
    leftOver: [...all.slice(0, first).map(fileName), ...names.filter((name) => temporary.test(name))],
    next: (all.at(-1)?.number ?? 0) + 1,
  }
}
