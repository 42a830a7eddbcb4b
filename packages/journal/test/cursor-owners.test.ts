import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Cursors } from '../src/cursors/cursors.ts'
import { loadCursors } from '../src/cursors/cursors.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, replaceFile, settle } from './helpers/journals.ts'

const folder = 'subscribers'
const cursorSyncMs = 1000
let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** What two processes share: a disk, and names that one of them has at a time. */
function twoProcesses(): {
  disk: ReturnType<typeof newFileSystem>
  taken: Set<string>
  problems: string[]
  start: () => Promise<Cursors>
} {
  const disk = newFileSystem()
  const taken = new Set<string>()
  const problems: string[] = []
  const takeName = async (name: string): Promise<{ release(): Promise<void> } | undefined> => {
    if (taken.has(name)) return undefined
    taken.add(name)
    return {
      release: async () => {
        taken.delete(name)
      },
    }
  }
  const start = async (): Promise<Cursors> => {
    await disk.makeDirectory(folder)
    const report = ({ reason }: { readonly reason: string }): void => {
      problems.push(reason)
    }
    const journalId = '0b9a4b5e-3c11-4f4e-9d8a-5b6c7d8e9f00'
    const own = { fileSystem: disk, folder, journalId, cursorSyncMs, scheduler: time }
    return loadCursors({ ...own, takeName, report })
  }
  return { disk, taken, problems, start }
}

/** Whether a segment that ends there goes. */
const goes = async (writer: Cursors, seq: number): Promise<boolean> => {
  let removed = false
  const remove = async (): Promise<void> => {
    removed = true
  }
  expect(await writer.whenBeyond(seq, remove)).toBe(removed)
  return removed
}

describe('a cursor', () => {
  it('belongs to one process until that removes it or ends', async () => {
    const { start, taken } = twoProcesses()
    const [writer, other] = [await start(), await start()]
    await other.create('s', 0)
    const busy = { code: 'JOURNAL_SUBSCRIBER_BUSY' }
    const seen = (await writer.look('s'))!
    await expect(writer.own(seen)).rejects.toMatchObject(busy)
    await expect(writer.create('s', 0)).rejects.toMatchObject(busy)
    await expect(writer.remove((await writer.look('s'))!)).rejects.toMatchObject(busy)
    await other.close()
    expect(taken.size).toBe(0)
    expect(await writer.own((await writer.look('s'))!)).toBe(true)
    await writer.remove(writer.get('s')!)
    expect(taken.size).toBe(0)
    expect(await other.look('s')).toBe(undefined)
  })

  it('that another process made meanwhile is taken where it stands', async () => {
    const { start } = twoProcesses()
    const [writer, other] = [await start(), await start()]
    await other.seek(await other.create('s', 0), 7)
    await other.close()
    expect((await writer.create('s', 3)).ackedSeq).toBe(7)
  })

  it('of another process is read anew before anything is removed, and holds until it is durable', async () => {
    const { start } = twoProcesses()
    const other = await start()
    const cursor = await other.create('s', 0)
    const writer = await start()
    expect(await goes(writer, 5)).toBe(false)
    // Its sync is due a moment after the next look.
    await time.advanceBy(1)
    other.ack(cursor, 5)
    await time.advanceTo(cursorSyncMs)
    expect(await goes(writer, 5)).toBe(false)
    expect(writer.get('s')?.ackedSeq).toBe(5)
    // A sync for the position, one for the statement that it is durable, and a write that tells so.
    await time.advanceBy(3 * cursorSyncMs)
    expect(await goes(writer, 5)).toBe(true)
    expect(await goes(writer, 6)).toBe(false)
  })

  it('that another process makes holds everything from the first moment', async () => {
    const { start } = twoProcesses()
    const [writer, other] = [await start(), await start()]
    const mine = await writer.create('mine', 0)
    writer.ack(mine, 9)
    expect(await goes(writer, 3)).toBe(true)
    await other.create('s', 0)
    expect(await goes(writer, 6)).toBe(false)
    await other.seek((await other.look('s'))!, 6)
    await time.advanceBy(cursorSyncMs)
    expect(await goes(writer, 6)).toBe(true)
    await other.remove((await other.look('s'))!)
    await time.advanceBy(cursorSyncMs)
    expect(await goes(writer, 9)).toBe(true)
  })

  it('is made while nothing is removed: the removal waits, and then finds it', async () => {
    const { start } = twoProcesses()
    const [writer, other] = [await start(), await start()]
    writer.ack(await writer.create('mine', 0), 9)
    let removal: Promise<boolean> | undefined
    await other.whileNothingIsRemoved(async () => {
      removal = goes(writer, 3)
      await settle()
      await other.create('s', 0)
    })
    expect(await time.run(removal!)).toBe(false)
  })

  it('is not made for ever while a stopped process removes', async () => {
    const { start, taken } = twoProcesses()
    const other = await start()
    taken.add('removal')
    const made = other.whileNothingIsRemoved(() => other.create('s', 0))
    await expect(time.run(made)).rejects.toMatchObject({ code: 'JOURNAL_BUSY' })
  })

  it.each(['damaged', 'unreadable folder', 'EMFILE'])('holds everything where it is %s', async (kind) => {
    const { start, disk, problems } = twoProcesses()
    const [writer, other] = [await start(), await start()]
    writer.ack(await writer.create('mine', 0), 9)
    await other.create('s', 0)
    await other.seek((await other.look('s'))!, 5)
    expect(await goes(writer, 3)).toBe(true)
    await other.close()
    if (kind === 'damaged') await replaceFile(disk, `${folder}/73.cursor`, new Uint8Array(5000))
    else if (kind === 'EMFILE') disk.fail('open', 'EMFILE', { path: /73.cursor/ })
    else disk.fail('list', 'EIO')
    await time.advanceBy(cursorSyncMs)
    // A damaged one holds what it held when it could be read last.
    expect(await goes(writer, 6)).toBe(false)
    expect(problems).toEqual([kind === 'damaged' ? 'cursor-unreadable' : 'io'])
  })
})
