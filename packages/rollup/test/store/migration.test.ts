import type { Sample } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { migrationOf } from '../../src/compact/migration.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import type { RollupStoreOptions } from '../../src/store.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { fullDays } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { directory, LivingStore } from './living/living-store.ts'

const days = 4
const samples: readonly Sample[] = [
  ...fullDays(days),
  sample('filler', days * day + hour, 1),
  sample('filler', days * day + 2 * hour, 1),
]
const before = ['1m', '1h', '1d'] as const
const after = ['1m', '10m', '1d'] as const
const asked = { to: (days + 1) * day, periods: ['1h', '1d'], values: ['count', 'sum'] } as const

/** A folder with days that were sealed with other windows. */
async function folderOfBefore(): Promise<MemoryFileSystem> {
  const living = new LivingStore({ rawHorizonMs: 0, windows: before })
  await living.open()
  await living.writeRest(samples)
  await living.store.flush()
  expect(living.store.stats).toMatchObject({ sealedDays: days, daysToMigrate: 0 })
  await living.store.close()
  return living.memory
}

type Told = readonly [message: string, sealedDays: unknown, daysToMigrate: unknown]

/** The folder with other windows; `hear` is called with each line of the log. */
async function takenOver(
  memory: MemoryFileSystem,
  hear: (told: Told) => void = () => undefined,
  options: RollupStoreOptions = {},
): Promise<LivingStore> {
  const none = (): void => undefined
  const info = (facts: object, message: string): void => {
    const { sealedDays, daysToMigrate } = facts as Record<string, unknown>
    if (daysToMigrate !== undefined) hear([message, sealedDays, daysToMigrate])
  }
  const logger = { debug: none, warn: none, error: none, info } as never
  const living = new LivingStore({ rawHorizonMs: 0, windows: after, logger, ...options })
  living.memory = memory
  await living.open()
  return living
}

describe('a folder that gets other windows', () => {
  it('says how many days have them and how many are still to get them, as figures and as lines of the log', async () => {
    const lines: Told[] = []
    const { store } = await takenOver(await folderOfBefore(), (told) => lines.push(told))
    expect(store.stats).toMatchObject({ sealedDays: 0, daysToMigrate: days })
    expect((await differences(store, samples, asked)).wrong).toEqual([])
    await store.flush()
    expect(store.stats).toMatchObject({ sealedDays: days, daysToMigrate: 0 })
    expect(lines).toEqual([
      ['days have the windows of before', 0, 4],
      ['days have the windows of before', 1, 3],
      ['days have the windows of before', 2, 2],
      ['days have the windows of before', 3, 1],
      ['all days have the windows of now', 4, 0],
    ])
    await store.close()
  })

  it('goes on behind a restart in the middle, and never says more than is done', async () => {
    let closing: Promise<void> | undefined
    let last: Told | undefined
    const first = await takenOver(await folderOfBefore(), (told) => {
      last = told
      if (told[1] === 1) closing = first.store.close()
    })
    await first.store.flush()
    await closing
    expect(closing).toBeDefined()
    const lines: Told[] = []
    const { store } = await takenOver(first.memory, (told) => lines.push(told))
    const { sealedDays, daysToMigrate } = store.stats
    expect(last?.slice(1)).toEqual([sealedDays, daysToMigrate])
    expect(sealedDays).toBeGreaterThan(0)
    expect(daysToMigrate).toBeGreaterThan(0)
    expect((await differences(store, samples, asked)).wrong).toEqual([])
    await store.flush()
    expect(store.stats).toMatchObject({ sealedDays: days, daysToMigrate: 0 })
    expect(lines).toHaveLength(1 + daysToMigrate)
    expect((await differences(store, samples, asked)).wrong).toEqual([])
  })

  it('says what is done when it was killed at any operation in the middle', async () => {
    const folder = await folderOfBefore()
    const whole = await takenOver(folder.processKill())
    const begin = whole.memory.operations
    await whole.store.flush()
    const operations = whole.memory.operations - begin
    const seen = new Set<number>()
    for (let operation = 1; operation < operations; operation += 4) {
      const living = await takenOver(folder.processKill())
      living.memory.stopAt(living.memory.operations + operation)
      const end = living.memory.operations + operation
      void living.store.flush().catch(() => undefined)
      while (living.memory.operations < end) await new Promise((resolve) => setImmediate(resolve))
      const { store } = await takenOver(living.memory.processKill())
      const { sealedDays, daysToMigrate } = store.stats
      seen.add(sealedDays)
      expect(sealedDays + daysToMigrate, `operation ${operation}`).toBe(days)
      const counted = { ...asked, to: days * day, periods: ['1d'], values: ['count'] } as const
      expect((await differences(store, samples, counted)).wrong).toEqual([])
      const query = { select: '__name:*', from: 0, to: days * day, period: '1d', value: 'count' } as const
      expect((await store.explain(query)).foldedWindows).toBe(daysToMigrate)
    }
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4].slice(0, seen.size))
    expect(seen.size).toBeGreaterThan(3)
  })

  it('says that there is nothing to do where windows stay as they were, and in a new folder', async () => {
    const lines: Told[] = []
    const same = await takenOver(await folderOfBefore(), (told) => lines.push(told), { windows: before })
    expect(same.store.stats).toMatchObject({ sealedDays: days, daysToMigrate: 0 })
    const fresh = new LivingStore()
    await fresh.open()
    expect(fresh.store.stats).toMatchObject({ sealedDays: 0, daysToMigrate: 0 })
    expect(lines).toEqual([])
  })

  it('keeps counting a day that cannot be read', async () => {
    const memory = await folderOfBefore()
    const names = await memory.list(directory)
    const [first = ''] = names
      .filter((name) => name.endsWith('.seg'))
      .sort((a, b) => parseInt(a) - parseInt(b))
    const bytes = memory.contents(`${directory}/${first}`)
    bytes.fill(0xff, 0, bytes.length >> 2)
    const living = await takenOver(memory)
    await living.store.flush()
    expect(living.problems).toContain('damaged-block')
    const { sealedDays, daysToMigrate } = living.store.stats
    expect(daysToMigrate).toBeGreaterThan(0)
    expect(sealedDays + daysToMigrate).toBe(days)
  })
})

describe('the count of days', () => {
  const levels = [minute, day].map((periodMs) => ({ periodMs }))
  const segment = (
    number: number,
    periods: readonly number[],
    sealed: readonly [number, number] | null,
    dayRows: readonly (readonly [number, number])[],
  ): Parameters<typeof migrationOf>[0][number] => ({
    trailer: { number, periods, sealed, days: dayRows } as never,
  })
  const now = [minute, day]
  const others = [minute, hour]

  it('asks the last segment that sealed a day, and none that did not', () => {
    const segments = [
      segment(1, others, [0, 2 * day], [
        [0, 1440],
        [1, 1440],
      ] as const),
      segment(2, now, [0, day], [[0, 1440]] as const),
      segment(3, now, null, [[1, 3]] as const),
    ]
    expect(migrationOf(segments, levels)).toEqual({ sealedDays: 1, daysToMigrate: 1 })
    expect(migrationOf([...segments, segment(4, others, [0, day], [[0, 1440]])], levels)).toEqual({
      sealedDays: 0,
      daysToMigrate: 2,
    })
  })

  it('leaves out days of few windows, which stay as they are', () => {
    const few = [
      segment(1, others, [0, 32 * day], [
        [0, 5],
        [1, 1440],
      ] as const),
    ]
    expect(migrationOf(few, levels)).toEqual({ sealedDays: 0, daysToMigrate: 1 })
  })
})
