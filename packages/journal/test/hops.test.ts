import { createHook } from 'node:async_hooks'

import type { FileSystem } from '@tocsin/core'
import { take, tap } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { memoryFileSystem } from '../src/testing/index.ts'
import { openStrings } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

/** From `append()` to the file: between files of source, and the last one into the file system. */
const appendHops = 5
/** From the file to the observer: the first one out of the file system, the last one to whoever subscribed. */
const batchHops = 5

const { stackTraceLimit } = Error
beforeEach(() => (Error.stackTraceLimit = Infinity))
afterEach(() => (Error.stackTraceLimit = stackTraceLimit))

/** Files of source on the stack, innermost first, through `await` too; a file counts again where the way comes back to it. */
function filesOnStack(): string[] {
  const lines = (new Error().stack ?? '').split('\n')
  return joined(lines.flatMap((line) => /\/packages\/\w+\/src\/([\w/-]+)\.ts/.exec(line)?.[1] ?? []))
}

const joined = (files: readonly string[]): string[] =>
  files.filter((file, index) => file !== files[index - 1])

/** A file system that knows the way to its last write and read. */
function watchedFileSystem() {
  const memory = memoryFileSystem()
  const last = { write: [] as string[], read: [] as string[] }
  const open: FileSystem['open'] = async (path, mode) => {
    const file = await memory.open(path, mode)
    return {
      ...file,
      write: (...given) => {
        last.write = filesOnStack()
        return file.write(...given)
      },
      read: (...given) => {
        last.read = filesOnStack()
        return file.read(...given)
      },
    }
  }
  return { fileSystem: { ...memory, open }, last }
}

/** The longest way that a call goes before it returns, as seen where promises are made. */
function deepest(call: () => void): string[] {
  let way: string[] = []
  const hook = createHook({
    init: () => {
      const files = filesOnStack()
      if (files.length > way.length) way = files
    },
  })
  hook.enable()
  call()
  hook.disable()
  return way
}

describe('the ways through the journal', () => {
  it(`take an appended record to the file in ${appendHops} hops`, async () => {
    const { fileSystem, last } = watchedFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('begins the segment')
    let appended: Promise<unknown> = Promise.resolve()
    const queued = deepest(() => {
      appended = journal.append('goes the usual way')
    })
    await appended
    // A commit does not begin on the stack of the append; both know the queue.
    expect(queued[0]).toBe(last.write.at(-1))
    const way = joined([...queued.reverse(), ...last.write.reverse()])
    expect({ way, hops: way.length }).toEqual({ way, hops: appendHops })
    await journal.close()
  })

  it(`take a batch from the file to the observer in ${batchHops} hops`, async () => {
    const { fileSystem, last } = watchedFileSystem()
    const journal = await openStrings(fileSystem)
    const reader = await journal.subscriber('reader')
    for (const value of ['a', 'b']) await journal.append(value)
    let told: string[] = []
    await collect(
      reader.batches({ maxRecords: 1 }).pipe(
        tap((batch) => {
          told = filesOnStack()
          batch.ack()
        }),
        take(2),
      ),
    )
    // The frame is read and told by one loop.
    expect(last.read.at(-1)).toBe(told.at(-1))
    const way = joined([...last.read, ...told.reverse()])
    expect({ way, hops: way.length + 1 }).toEqual({ way, hops: batchHops })
    await journal.close()
  })
})
