import type { FileSystem } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Codec, Gap, Journal } from '../src/index.ts'
import { openJournal } from '../src/index.ts'
import { WindowBudget } from '../src/segments/window-budget.ts'
import { followedPrograms, playFollowed } from './helpers/followers.ts'
import { newFileSystem, openStrings, segmentFiles, settle } from './helpers/journals.ts'

/** Counts how often each byte of a segment is read, and the files that are open for reading. */
function watched(memory: FileSystem): {
  fileSystem: FileSystem
  reads: Map<string, number>
  bytes: () => number
  open: () => number
} {
  const reads = new Map<string, number>()
  let bytes = 0
  let open = 0
  const fileSystem: FileSystem = {
    ...memory,
    open: async (path, mode) => {
      const file = await memory.open(path, mode)
      if (mode !== 'read' || !path.endsWith('.segment')) return file
      open += 1
      return {
        ...file,
        read: async (into, position) => {
          const length = await file.read(into, position)
          bytes += length
          for (let at = position; at < position + length; at += 1) {
            const key = `${path}:${at}`
            reads.set(key, (reads.get(key) ?? 0) + 1)
          }
          return length
        },
        close: async () => {
          open -= 1
          await file.close()
        },
      }
    },
  }
  return { fileSystem, reads, bytes: () => bytes, open: () => open }
}

/** Subscribers that acknowledge at once; gives what each has got. */
async function follow<T>(journal: Journal<T>, count: number): Promise<readonly T[][]> {
  const got = Array.from({ length: count }, (): T[] => [])
  for (const [index, values] of got.entries()) {
    const subscriber = await journal.subscriber(`s${index}`, { from: 'newest', transient: true })
    subscriber.batches().subscribe((batch) => {
      values.push(...batch.values)
      batch.ack()
    })
  }
  await settle()
  return got
}

it('windows double up to 1 MiB, and stay as small as they begin where all of them take enough', () => {
  const windows = new WindowBudget(256 * 1024)
  const first = windows.enlarge(0)
  expect([first, windows.enlarge(first)]).toEqual([64 * 1024, 128 * 1024])
  expect(windows.enlarge(128 * 1024)).toBe(256 * 1024)
  const late = windows.enlarge(0)
  expect([late, windows.enlarge(late)]).toEqual([64 * 1024, 64 * 1024])
  windows.giveBack(256 * 1024)
  expect(windows.enlarge(late)).toBe(128 * 1024)
  expect(new WindowBudget().enlarge(1024 * 1024)).toBe(1024 * 1024)
})

describe('subscribers that follow', () => {
  it('read each byte once for all of them, across segments, and hold at most one file', async () => {
    const { fileSystem, reads, open } = watched(newFileSystem())
    const journal = await openStrings(fileSystem)
    await journal.append('before')
    const got = await follow(journal, 100)
    const values = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(300, '.'))
    for (const value of values) {
      await journal.append(value)
      await settle()
    }
    for (const each of got) expect(each).toEqual(values)
    expect(new Set(reads.values())).toEqual(new Set([1]))
    expect(new Set([...reads.keys()].map((key) => key.split(':')[0])).size).toBeGreaterThan(3)
    expect(open()).toBe(1)
    await journal.close()
    expect(open()).toBe(0)
  })

  it('take no descriptor each: a thousand as many as one', async () => {
    const { fileSystem, open } = watched(newFileSystem())
    const journal = await openStrings(fileSystem)
    const got = await follow(journal, 1000)
    await journal.append('a')
    await settle()
    expect(got.every((values) => values.length === 1)).toBe(true)
    expect(open()).toBe(1)
    await journal.close()
  })

  it('are not in the way of one another when they change what they got', async () => {
    const journal = await openJournal('journal', { fileSystem: newFileSystem() })
    const got: number[][] = []
    for (const name of ['a', 'b']) {
      const subscriber = await journal.subscriber(name)
      subscriber.batches().subscribe((batch) => {
        const [value] = batch.values
        got.push([...(value ?? [])])
        value?.fill(9)
        batch.ack()
      })
    }
    await settle()
    await journal.append(new Uint8Array([1, 2, 3]))
    await settle()
    expect(got).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    await journal.close()
  })

  it('go back to where they were without reading a segment from its start', async () => {
    const { fileSystem, bytes } = watched(newFileSystem())
    const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024, tailBytes: 4096 })
    for (let index = 0; index < 500; index += 1) await journal.append('x'.repeat(1000))
    const [quick] = await follow(journal, 1)
    const slow = await journal.subscriber('slow', { from: 'newest' })
    const waiting: (() => void)[] = []
    let records = 0
    slow.batches({ maxInFlight: 1, maxRecords: 1 }).subscribe((batch) => {
      records += batch.values.length
      waiting.push(() => batch.ack())
    })
    await settle()
    for (let index = 0; index < 50; index += 1) {
      await journal.append('y'.repeat(1000))
      await settle()
    }
    expect(quick).toHaveLength(50)
    for (let index = 0; index < 50; index += 1) {
      waiting.splice(0).forEach((ack) => ack())
      await settle()
    }
    expect(records).toBe(50)
    expect(bytes()).toBeLessThan(3 * 50 * 1100)
    await journal.close()
  })

  it('each get a gap where the disk has changed what was durable before they read it', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
    const gaps: Gap[][] = [[], []]
    const values: string[][] = [[], []]
    const waiting: (() => void)[] = []
    for (const index of [0, 1]) {
      const subscriber = await journal.subscriber(`s${index}`)
      subscriber.batches({ maxInFlight: 1 }).subscribe((batch) => {
        gaps[index]?.push(...batch.gaps)
        values[index]?.push(...batch.values)
        waiting.push(() => batch.ack())
      })
    }
    await settle()
    await journal.append('first')
    await settle()
    await journal.append('second '.padEnd(400, '.'))
    await journal.append('third')
    const [path = ''] = await segmentFiles(fileSystem)
    const bytes = await fileSystem.readFile(path)
    const file = await fileSystem.open(path, 'update')
    await file.write(new Uint8Array([1]), Buffer.from(bytes ?? []).indexOf('second') + 20)
    for (let round = 0; round < 3; round += 1) {
      waiting.splice(0).forEach((ack) => ack())
      await settle()
    }
    expect(values).toEqual([
      ['first', 'third'],
      ['first', 'third'],
    ])
    expect(gaps).toEqual([
      [{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }],
      [{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }],
    ])
    await journal.close()
  })

  it('pass over what cannot be decoded, each once', async () => {
    const codec: Codec<string> = {
      name: 'picky',
      encode: (values) => Buffer.from(values.join()),
      decode: (bytes) => {
        const text = Buffer.from(bytes).toString()
        if (text === 'bad') throw new Error('bad')
        return text.split(',')
      },
    }
    const journal = await openJournal('journal', { fileSystem: newFileSystem(), codec })
    const undecodable: number[] = []
    journal.problems.subscribe(({ reason, fromSeq }) => {
      if (reason === 'undecodable') undecodable.push(fromSeq ?? 0)
    })
    const got = await follow(journal, 3)
    for (const value of ['a', 'bad', 'c', 'd']) {
      await journal.append(value)
      await settle()
    }
    expect(got).toEqual([
      ['a', 'c', 'd'],
      ['a', 'c', 'd'],
      ['a', 'c', 'd'],
    ])
    expect(undecodable.filter((seq) => seq === 2).length).toBeLessThanOrEqual(3)
    await journal.close()
  })

  it('see every record once and in order, whoever is slow, comes, goes or is evicted', async () => {
    await fc.assert(
      fc.asyncProperty(followedPrograms(), (program) =>
        playFollowed(program, (fileSystem, options) => openStrings(fileSystem, options)),
      ),
    )
  })
})
