import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Journal } from '../src/index.ts'
import type { MemoryFileSystem, VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'

let fileSystem = newFileSystem()
let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

async function journalOf(records: number, length = 10): Promise<Journal<string>> {
  fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem)
  for (let index = 0; index < records; index += 1) await journal.append('x'.repeat(length))
  return journal
}

const ackedIn = async (disk: MemoryFileSystem): Promise<number | undefined> =>
  (await openStrings(disk)).subscribers()[0]?.ackedSeq

const cut = (): MemoryFileSystem => fileSystem.powerCut(() => undefined)

describe('an acknowledgement', () => {
  it('survives the process at once, and a power cut after cursorSyncMs', async () => {
    const journal = await journalOf(4)
    await time.advanceBy(500)
    const { syncs } = fileSystem
    await readAll(journal, 's')
    const made = fileSystem.syncs - syncs
    expect(await ackedIn(fileSystem.processKill())).toBe(4)
    expect(await ackedIn(cut())).toBe(0)
    await time.advanceBy(999)
    expect(fileSystem.syncs - syncs).toBe(made)
    await time.advanceBy(1)
    expect(await ackedIn(cut())).toBe(4)
  })

  it('is synced at most once every cursorSyncMs, and schedules nothing once it is', async () => {
    const journal = await journalOf(30)
    const subscriber = await journal.subscriber('s')
    subscriber.batches({ maxRecords: 1 }).subscribe((batch) => batch.ack())
    await time.advanceBy(500)
    const { syncs } = fileSystem
    for (let second = 1; second <= 5; second += 1) {
      await journal.append('more', { durability: 'os' })
      await time.advanceBy(1000)
    }
    expect(fileSystem.syncs - syncs).toBeLessThanOrEqual(5)
    await time.advanceBy(10_000)
    expect(time.scheduled).toBe(0)
    await journal.close()
    expect(time.scheduled).toBe(0)
  })

  it('is synced by close()', async () => {
    const journal = await journalOf(4)
    await readAll(journal, 's')
    await journal.close()
    expect(await ackedIn(cut())).toBe(4)
  })

  it('is synced as soon as that lets a segment go', async () => {
    const journal = await journalOf(10, 1500)
    await readAll(journal, 's')
    expect(journal.stats.firstSeq).toBe(9)
    // The newest segment stays anyway, so that its last record waits for the next sync.
    expect(await ackedIn(cut())).toBeGreaterThanOrEqual(8)
  })

  it('that cannot be synced keeps its segments, is told once, and is synced when the disk is mended', async () => {
    const journal = await journalOf(10, 1500)
    await journal.subscriber('s')
    const problems: unknown[] = []
    journal.problems.subscribe(({ reason, subscriber }) => problems.push([reason, subscriber]))
    const mend = fileSystem.fail('sync', 'EIO', { path: /cursor/ })
    await readAll(journal, 's')
    await time.advanceBy(5000)
    expect(journal.stats.firstSeq).toBe(1)
    expect(await ackedIn(fileSystem.processKill())).toBe(10)
    expect(problems).toEqual([['io', 's']])
    mend()
    await time.advanceBy(5000)
    expect(journal.stats.firstSeq).toBe(9)
    expect(time.scheduled).toBe(0)
  })
})
