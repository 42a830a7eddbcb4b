import type { MemoryFileSystem } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Journal, JournalOptions } from '../src/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'

interface Life {
  /** Sizes of the batches appended, each followed by so many microtasks. */
  readonly appends: readonly { readonly records: number; readonly length: number; readonly ticks: number }[]
  /** What each unsynced write leaves: nothing, a part, all, or all with its middle zeroed. */
  readonly kept: readonly number[]
}

const life: fc.Arbitrary<Life> = fc.record({
  appends: fc.array(
    fc.record({
      records: fc.integer({ min: 1, max: 6 }),
      length: fc.constantFrom(1, 30, 300, 1500),
      ticks: fc.integer({ min: 0, max: 12 }),
    }),
    { maxLength: 12 },
  ),
  kept: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 8 }),
})

function cutPower(fileSystem: MemoryFileSystem, kept: readonly number[]): MemoryFileSystem {
  let turn = 0
  return fileSystem.powerCut((bytes) => {
    const choice = kept[turn++ % kept.length] ?? 0
    if (choice < 250) return undefined
    if (choice < 500) return bytes
    const part = Math.floor((bytes.length * (choice % 250)) / 250)
    return choice < 750 ? bytes.slice(0, part) : bytes.slice().fill(0, part >> 1, part)
  })
}

/** Lives through power cuts; gives the acknowledged records that are not there afterwards. */
async function losses(
  lives: readonly Life[],
  options: Partial<JournalOptions<string>> = {},
): Promise<readonly string[]> {
  const acked = new Map<number, string>()
  const lost: string[] = []
  const appended = new Set<string>()
  let fileSystem = newFileSystem()
  let serial = 0
  let read = 0
  const check = async (journal: Journal<string>, name: string): Promise<void> => {
    const { values, gaps } = await readAll(journal, name)
    // A write that was cut off is no damage.
    if (options.durability !== 'os') expect(gaps).toEqual([])
    for (const value of values.values()) expect(appended).toContain(value)
    // What the laggard has dealt with may have been removed.
    for (const [seq, value] of acked) {
      if (values.get(seq) !== value && !(seq < journal.stats.firstSeq && seq <= read)) lost.push(value)
    }
    acked.clear()
    for (const [seq, value] of values) acked.set(seq, value)
  }
  for (const [index, { appends, kept }] of lives.entries()) {
    const journal = await openStrings(fileSystem, options)
    const laggard = await journal.subscriber('laggard')
    await check(journal, `life-${index}`)
    // Its cursor is being written when the power fails.
    laggard.batches({ maxRecords: 2, maxInFlight: 1 }).subscribe((batch) => {
      if (batch.lastSeq >= 20) return
      read = Math.max(read, batch.lastSeq)
      batch.ack()
    })
    let alive = true
    for (const { records, length, ticks } of appends) {
      const values = Array.from({ length: records }, () => `${serial++}:${'x'.repeat(length)}`)
      for (const value of values) appended.add(value)
      void journal.appendBatch(values).then(({ firstSeq }) => {
        if (alive) values.forEach((value, index) => acked.set(firstSeq + index, value))
      })
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    }
    fileSystem = cutPower(fileSystem, kept)
    alive = false
    await settle()
  }
  await check(await openStrings(fileSystem, options), 'last')
  return lost
}

const cuts = fc.array(life, { minLength: 1, maxLength: 4 })

describe('a power cut', () => {
  it('loses no acknowledged record, invents none, and keeps the order of each subscriber', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (lives) => {
        expect(await losses(lives)).toEqual([])
      }),
    )
  })

  it('loses records with durability "os", so the harness can see a loss', async () => {
    const samples = fc.sample(cuts, { numRuns: 60, seed: 7 })
    let lost = 0
    for (const lives of samples) lost += (await losses(lives, { durability: 'os' })).length
    expect(lost).toBeGreaterThan(0)
  })

  it('loses records on a disk that lies about syncing', async () => {
    const samples = fc.sample(cuts, { numRuns: 30, seed: 7 })
    let lost = 0
    for (const lives of samples) lost += await lossesOfLyingDisk(lives)
    expect(lost).toBeGreaterThan(0)
  })
})

async function lossesOfLyingDisk(lives: readonly Life[]): Promise<number> {
  const fileSystem = newFileSystem()
  const lying = {
    ...fileSystem,
    open: async (path: string, mode: 'read' | 'update' | 'create') => ({
      ...(await fileSystem.open(path, mode)),
      sync: async () => undefined,
    }),
  }
  const journal = await openStrings(lying)
  const [first] = lives
  await journal.appendBatch(['acknowledged'])
  const { values } = await readAll(await openStrings(cutPower(fileSystem, first?.kept ?? [0])))
  return values.size === 1 ? 0 : 1
}
