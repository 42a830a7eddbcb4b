import { describe, expect, it } from 'vitest'
import { firstValueFrom } from 'rxjs'

import { frameHistory, readFrameHeader } from '../src/format/frame.ts'
import { jsonCodec, openJournal } from '../src/index.ts'
import { memoryFileSystem } from '../src/testing/index.ts'

type Disk = ReturnType<typeof memoryFileSystem>

const open = (fileSystem: Disk, options = {}) =>
  openJournal('j', { codec: jsonCodec<string>(), fileSystem, ...options })

/** History before and up to each frame, by its first sequence number. */
async function histories(fileSystem: Disk): Promise<ReadonlyMap<number, readonly [number, number]>> {
  const journal = await open(fileSystem.processKill())
  const found = new Map<number, readonly [number, number]>()
  const reader = await journal.subscriber('history', { from: 'oldest', transient: true })
  while (journal.stats.lastSeq > reader.ackedSeq) {
    const frame = await firstValueFrom(reader.frames())
    const salt = new DataView(frame.bytes.buffer, frame.bytes.byteOffset).getUint32(12, true)
    const header = readFrameHeader(frame.bytes, salt)
    found.set(frame.firstSeq, [header?.history ?? -1, frameHistory(frame.bytes)])
    frame.ack()
  }
  await journal.close()
  return found
}

describe('the history of a journal', () => {
  it('goes on from frame to frame, over segments and over opening it again', async () => {
    const disk = memoryFileSystem()
    for (const value of ['a', 'b', 'c']) {
      const journal = await open(disk, { segmentBytes: 4096 })
      await journal.append(value)
      await journal.append(value.repeat(3000))
      await journal.close()
    }
    const all = [...(await histories(disk)).values()]
    expect(all).toHaveLength(6)
    expect(all[0]?.[0]).toBe(0)
    for (const [index, [before]] of all.entries()) if (index > 0) expect(before).toBe(all[index - 1]?.[1])
  })

  it('stays what it is where records that may not be durable are written again after a crash', async () => {
    const disk = memoryFileSystem()
    const journal = await open(disk, { durability: 'os' })
    await journal.append('a')
    await journal.append('b')
    await journal.flush()
    const before = await histories(disk)
    const killed = disk.processKill()
    const again = await open(killed)
    expect(again.recovery.rewrittenRecords).toBe(2)
    await again.append('c')
    await again.close()
    const after = await histories(killed)
    expect(after.get(2)).toEqual(before.get(2))
    expect(after.get(3)?.[0]).toBe(before.get(2)?.[1])
  })

  it('is another one from the first record on that differs', async () => {
    const disk = memoryFileSystem()
    const journal = await open(disk)
    await journal.append('a')
    await journal.close()
    const sides = []
    for (const value of ['left', 'right']) {
      const copy = disk.processKill()
      const side = await open(copy)
      await side.append(value)
      await side.append('same')
      await side.close()
      sides.push(await histories(copy))
    }
    const [left, right] = sides
    expect(left?.get(1)).toEqual(right?.get(1))
    expect(left?.get(2)?.[1]).not.toBe(right?.get(2)?.[1])
    expect(left?.get(3)?.[1]).not.toBe(right?.get(3)?.[1])
  })
})
