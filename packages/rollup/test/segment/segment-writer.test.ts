import { memoryFileSystem } from '@tocsin/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { RowTable } from '../../src/rows/row-table.ts'
import { SegmentFiles } from '../../src/segment/segment-files.ts'
import { SegmentReader } from '../../src/segment/segment-reader.ts'
import { SegmentWriter } from '../../src/segment/segment-writer.ts'
import { minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'
import { directory, facts, openSegment, periods, readAll } from './any-segment.ts'

const table = new RowTable('numeric')
for (let at = 0; at < 5; at += 1) table.push(1, at * minute, windowOf([sample('s', at * minute, at)]))

let fileSystem: ReturnType<typeof memoryFileSystem>
beforeEach(async () => {
  fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  await fileSystem.syncDirectory('/')
})

const write = async (): Promise<void> => {
  const writer = SegmentWriter.create(fileSystem, directory, 5, periods)
  try {
    await writer.add(0, table)
    await writer.finish(facts, [[1, 'one']])
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

describe('writing a segment', () => {
  it.each(['open', 'write', 'sync', 'rename'] as const)(
    'leaves nothing behind where %s fails',
    async (operation) => {
      const mend = fileSystem.fail(operation, 'EIO')
      await expect(write()).rejects.toThrow('EIO')
      mend()
      expect(await fileSystem.list(directory)).toEqual([])
      await write()
      expect((await readAll(await openSegment(fileSystem, 5), 0)).rows).toHaveLength(5)
    },
  )

  it('is durable once it is finished, and not there before', async () => {
    const writer = SegmentWriter.create(fileSystem, directory, 5, periods)
    await writer.add(0, table)
    expect(await fileSystem.list(directory)).not.toContain('5.seg')
    await writer.finish(facts, [[1, 'one']])
    const after = fileSystem.powerCut({})
    expect((await readAll(await openSegment(after, 5), 0)).rows).toHaveLength(5)
  })
})

describe('the names of a segment', () => {
  it('are unknown where they are malformed, though their checksum is right', async () => {
    const writer = SegmentWriter.create(fileSystem, directory, 5, periods)
    await writer.add(0, table)
    await writer.finish(facts, [
      [9, 'nine'],
      [1, 'one'],
    ])
    expect(await (await openSegment(fileSystem, 5)).names()).toBeUndefined()
  })
})

describe('a segment that is retired', () => {
  it('is removed when nobody reads it any more', async () => {
    await write()
    const reader = await openSegment(fileSystem, 5)
    reader.retain()
    await reader.retire()
    expect((await readAll(reader, 0)).rows).toHaveLength(5)
    await reader.release()
    expect(await fileSystem.list(directory)).toEqual([])
  })
})

describe('heads that were read', () => {
  it('are forgotten, those used longest ago first, where they are too many bytes', async () => {
    await write()
    const all = { level: 0, series: undefined, from: 0, to: Infinity }
    const readsOf = async (maxBytes: number): Promise<number[]> => {
      const files = new SegmentFiles(fileSystem, maxBytes)
      const reader = await SegmentReader.open(files, directory, 5)
      if (typeof reader === 'string') throw new Error(reader)
      const reads: number[] = []
      for (let turn = 0; turn < 2; turn += 1) {
        reads.push(
          (
            await reader.heads(
              all,
              () => undefined,
              () => expect.unreachable(),
            )
          ).reads,
        )
      }
      expect(files.heads.bytes).toBeLessThanOrEqual(maxBytes)
      return reads
    }
    expect(await readsOf(1 << 20)).toEqual([1, 0])
    expect(await readsOf(10)).toEqual([1, 1])
  })
})
