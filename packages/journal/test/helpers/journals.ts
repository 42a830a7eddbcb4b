import type { FileSystem } from '@tocsin/core'
import { onTestFinished } from 'vitest'

import type { Gap, Journal, JournalOptions } from '../../src/index.ts'
import { jsonCodec, openJournal } from '../../src/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'

export const directory = 'journal'

/** A journal of strings in memory, with small segments, which leaves no timers to the tests behind this one. */
export async function openStrings(
  fileSystem: FileSystem,
  options: Partial<JournalOptions<string>> = {},
): Promise<Journal<string>> {
  const codec = jsonCodec<string>()
  const journal = await openJournal(directory, { codec, segmentBytes: 4096, ...options, fileSystem })
  // Weakly, since a property opens thousands; and not awaited, since a disk may hang.
  const weak = new WeakRef(journal)
  onTestFinished(() => void Promise.allSettled([weak.deref()?.close()]))
  return journal
}

/** One turn of the event loop: everything on a file system in memory is done by then. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export interface Delivered {
  readonly values: ReadonlyMap<number, string>
  readonly gaps: readonly Gap[]
}

/** Everything that a subscriber gets, in order, until nothing more comes. */
export async function readAll(journal: Journal<string>, name = 'reader'): Promise<Delivered> {
  const subscriber = await journal.subscriber(name)
  const values = new Map<number, string>()
  const gaps: Gap[] = []
  let lastSeq = subscriber.ackedSeq
  const subscription = subscriber.batches({ maxRecords: 3 }).subscribe((batch) => {
    for (const gap of batch.gaps) {
      if (gap.fromSeq <= lastSeq) throw new Error('a gap went backwards')
      lastSeq = gap.toSeq
      gaps.push(gap)
    }
    batch.values.forEach((value, index) => {
      const seq = batch.position.firstSeq + index
      if (seq !== lastSeq + 1) throw new Error(`record ${seq} came after ${lastSeq}`)
      lastSeq = seq
      values.set(seq, value)
    })
    batch.ack()
  })
  await settle()
  await settle()
  subscription.unsubscribe()
  return { values, gaps }
}

/** A copy of the disk as it is. */
export const copyOf = (fileSystem: MemoryFileSystem): MemoryFileSystem =>
  fileSystem.powerCut((bytes) => bytes)

/** A file system in memory that knows how many files are open. */
export function countingFileSystem(): { fileSystem: MemoryFileSystem; open: () => number } {
  const memory = memoryFileSystem()
  let count = 0
  const open: FileSystem['open'] = async (path, mode) => {
    const file = await memory.open(path, mode)
    count += 1
    const close = async (): Promise<void> => {
      count -= 1
    }
    return { ...file, close }
  }
  return { fileSystem: { ...memory, open }, open: () => count }
}

export const newFileSystem = (): MemoryFileSystem => memoryFileSystem()

/** The segment files, oldest first. */
export const segmentFiles = async (fileSystem: FileSystem): Promise<readonly string[]> =>
  (await fileSystem.list(directory))
    .filter((name) => name.endsWith('.segment'))
    .map((name) => `${directory}/${name}`)

/** Replaces a file's content, durably. */
export async function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const copy = bytes.slice()
  await fileSystem.remove(path)
  const file = await fileSystem.open(path, 'create')
  await file.write(copy, 0)
  await file.sync()
  await fileSystem.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}
