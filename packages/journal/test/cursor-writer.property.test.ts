import type { FileSystem } from '@tocsin/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createCursor, openCursor, readCursor } from '../src/cursors/cursor-file.ts'
import type { CursorWriter } from '../src/cursors/cursor-writer.ts'
import { createCursorWriter } from '../src/cursors/cursor-writer.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { newFileSystem, settle } from './helpers/journals.ts'

const journalId = '0b9a4b5e-3c11-4f4e-9d8a-5b6c7d8e9f00'
const path = 'subscribers/73.cursor'

type Step =
  | { readonly kind: 'ack'; readonly by: number }
  | { readonly kind: 'seek'; readonly to: number }
  | { readonly kind: 'step' | 'settle' | 'rest' | 'close' | 'kill' }
  | { readonly kind: 'fail'; readonly operation: 'write' | 'sync' | 'open'; readonly times: number }
  /** Power fails after so many microtasks; what each unsynced write leaves. */
  | { readonly kind: 'cut'; readonly ticks: number; readonly kept: readonly number[] }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('ack' as const), by: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('seek' as const), to: fc.nat(60) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('step' as const, 'settle' as const, 'rest' as const, 'close', 'kill'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      operation: fc.constantFrom('write' as const, 'sync' as const, 'open' as const),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      ticks: fc.nat(12),
      kept: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
    }),
  },
)

function cutPower(fileSystem: MemoryFileSystem, kept: readonly number[]): MemoryFileSystem {
  let turn = 0
  return fileSystem.powerCut((bytes) => {
    const choice = kept[turn++ % kept.length] ?? 0
    if (choice === 0) return undefined
    if (choice === 1) return bytes
    // A write that was under way: a part of it, or the sector is spoilt.
    return choice === 2 ? bytes.slice(0, bytes.length >> 1) : bytes.slice().fill(255)
  })
}

/** Lives through the steps; gives the positions that came back wrongly. */
async function wrongPositions(
  steps: readonly Step[],
  seenBy: (disk: FileSystem) => FileSystem = (disk) => disk,
): Promise<readonly string[]> {
  const wrong: string[] = []
  let disk = newFileSystem()
  await disk.makeDirectory('subscribers')
  await disk.syncDirectory('.')
  /** Positions that may come back: acknowledged, or sought, and not before a seek that was done. */
  let possible = new Set([0])
  let underWay: number | undefined
  /** What was relied on: retention may have removed what lies below. */
  let relied = 0
  const open = async (): Promise<CursorWriter> => {
    const { cursor, ackedSeq } = await openCursor(seenBy(disk), path, journalId)
    return createCursorWriter(cursor, ackedSeq ?? 0, { moved: () => undefined, failed: () => undefined })
  }
  const created = await createCursor(disk, 'subscribers', 's', journalId, 0)
  await created.close()
  let writer = await open()
  const check = async (what: string): Promise<void> => {
    const found = await readCursor(disk, path, journalId)
    const position = found?.ackedSeq ?? -1
    if (!possible.has(position) && position !== underWay)
      wrong.push(`${what}: ${position} was never acknowledged`)
    if (position < relied) wrong.push(`${what}: ${position}, but ${relied} was durable`)
    if ((found?.durableSeq ?? 0) > position) wrong.push(`${what}: durable beyond its position`)
    possible.add(position)
    if (underWay !== undefined) possible.add(underWay)
    underWay = undefined
    writer = await open()
    relied = Math.max(relied, writer.durableSeq)
  }
  const takeStep = async (next: Step): Promise<void> => {
    if (next.kind === 'ack') {
      const seq = writer.ackedSeq + next.by
      possible.add(seq)
      writer.ack(seq)
    } else if (next.kind === 'seek') {
      const { to } = next
      // Less is relied on from the beginning; more may come back when it fails half way.
      relied = Math.min(relied, to)
      underWay = to
      try {
        await writer.seek(to)
        possible = new Set([to])
        underWay = undefined
      } catch {
        possible.add(to)
      }
    } else if (next.kind === 'fail') {
      for (let call = 1; call <= next.times; call += 1)
        disk.fail(next.operation, 'EIO', { path: /cursor/, call })
    } else if (next.kind === 'cut') {
      for (let tick = 0; tick < next.ticks; tick += 1) await Promise.resolve()
      disk = cutPower(disk, next.kept)
      await check('power cut')
    } else if (next.kind === 'kill') {
      const before = writer.ackedSeq
      disk = disk.processKill()
      await check(`kill at ${before}`)
    } else if (next.kind === 'close') {
      await writer.close()
      // Faults that nobody met are over.
      disk = disk.processKill()
      await check('close')
    } else if (next.kind === 'rest') await settle()
    else {
      const done = next.kind === 'step' ? writer.step() : writer.settle()
      // Some are cut short by the next one.
      if (next.kind === 'settle') await done
    }
    relied = Math.max(relied, writer.durableSeq)
  }
  for (const next of steps) await takeStep(next)
  await settle()
  disk = cutPower(disk, [0])
  await check('last power cut')
  return wrong
}

const lives = fc.array(step, { minLength: 1, maxLength: 40 })

it('comes back at an acknowledged position, never before what was durable, whatever fails in between', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (steps) => {
      expect(await wrongPositions(steps)).toEqual([])
    }),
  )
})

it('goes back behind what was durable on a disk that lies about syncing, so the harness can see it', async () => {
  const lying = (disk: FileSystem): FileSystem => ({
    ...disk,
    open: async (name, mode) => ({ ...(await disk.open(name, mode)), sync: async () => undefined }),
  })
  let wrong = 0
  for (const steps of fc.sample(lives, { numRuns: 60, seed: 7 }))
    wrong += (await wrongPositions(steps, lying)).length
  expect(wrong).toBeGreaterThan(0)
})

it('keeps every acknowledgement when the process is killed, without a sync', async () => {
  const disk = newFileSystem()
  await disk.makeDirectory('subscribers')
  const file = await createCursor(disk, 'subscribers', 's', journalId, 0)
  const writer = createCursorWriter(file, 0, { moved: () => undefined, failed: () => undefined })
  const syncs = disk.syncs
  for (let seq = 1; seq <= 100; seq += 1) writer.ack(seq)
  await settle()
  expect(disk.syncs).toBe(syncs)
  expect(await readCursor(disk.processKill(), path, journalId)).toEqual({ ackedSeq: 100, durableSeq: 0 })
})

it('never syncs again through a file whose sync failed', async () => {
  const disk = newFileSystem()
  await disk.makeDirectory('subscribers')
  const synced: number[] = []
  let opened = 0
  const fileSystem: FileSystem = {
    ...disk,
    open: async (name, mode) => {
      const file = await disk.open(name, mode)
      const number = (opened += 1)
      const sync = async (): Promise<void> => {
        synced.push(number)
        await file.sync()
      }
      return { ...file, sync }
    },
  }
  const file = await createCursor(fileSystem, 'subscribers', 's', journalId, 0)
  const failures: unknown[] = []
  const failed = (error: unknown): unknown => failures.push(error)
  const writer = createCursorWriter(file, 0, { moved: () => undefined, failed })
  const mend = disk.fail('sync', 'EIO')
  writer.ack(1)
  await writer.step()
  await writer.step()
  mend()
  await writer.settle()
  // The first was that of the new file, which is closed then; each failure closes it again.
  expect(synced).toEqual([1, 2, 3, 4, 4])
  expect(failures.length).toBe(2)
  expect(writer.durableSeq).toBe(1)
})

it('is durable for good after three syncs at most, and tells whoever reads the file', async () => {
  const disk = newFileSystem()
  await disk.makeDirectory('subscribers')
  const file = await createCursor(disk, 'subscribers', 's', journalId, 5)
  const writer = createCursorWriter(file, 5, { moved: () => undefined, failed: () => undefined })
  expect(writer.settled).toBe(true)
  writer.ack(9)
  for (let syncs = 0; syncs < 3; syncs += 1) await writer.step()
  expect(writer.settled).toBe(true)
  expect(await readCursor(disk, path, journalId)).toEqual({ ackedSeq: 9, durableSeq: 9 })
})

it('relies on nothing that only the cache of the system says when it is opened', async () => {
  const ack = { kind: 'ack', by: 10 } as const
  const [settled, stepped, rest] = [{ kind: 'settle' }, { kind: 'step' }, { kind: 'rest' }] as const
  const lost = { kind: 'cut', ticks: 0, kept: [0] } as const
  const torn = { kind: 'cut', ticks: 0, kept: [2] } as const
  const steps = [
    ack,
    settled,
    ack,
    stepped,
    rest,
    ack,
    rest,
    { kind: 'kill' } as const,
    lost,
    ack,
    rest,
    torn,
  ]
  expect(await wrongPositions(steps)).toEqual([])
})
