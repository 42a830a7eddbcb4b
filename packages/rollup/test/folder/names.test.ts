import { series } from '@tocsin/core'
import { memoryFileSystem, type MemoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import { SeriesNames } from '../../src/names/series-names.ts'

const keyOf = (number: number): string => series('load', { host: String(number) }).key

async function folderWith(...counts: readonly number[]): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  const { names } = await SeriesNames.load(fileSystem, 'd')
  for (const count of counts) {
    for (let left = count; left > 0; left -= 1) names.add(series('load', { host: String(names.length) }))
    await names.save()
  }
  await names.close()
  return fileSystem
}

describe('the names of series', () => {
  it('are there again with their numbers, and the next one gets the next number', async () => {
    const { names, isWhole } = await SeriesNames.load(await folderWith(3, 2), 'd')
    expect(isWhole).toBe(true)
    expect(names.list.map((one) => one?.key)).toEqual([0, 1, 2, 3, 4].map(keyOf))
    expect(names.numberOf(keyOf(4))).toBe(4)
    expect(names.add(series('new'))).toBe(5)
  })

  it('survive any flipped byte but for one record, whose names can be learnt and whose numbers are never given again', async () => {
    const whole = await folderWith(2, 2, 2)
    const { length } = whole.contents('d/series.log')
    for (let at = 0; at < length; at += 1) {
      const fileSystem = whole.processKill()
      const bytes = fileSystem.contents('d/series.log')
      bytes[at] = (bytes[at] ?? 0) ^ 0x55
      const { names, isWhole } = await SeriesNames.load(fileSystem, 'd')
      expect(isWhole).toBe(false)
      const known = names.list.flatMap((one) => one?.key ?? [])
      expect(known.length).toBe(4)
      for (let number = 0; number < 6; number += 1) {
        expect(names.learn(number, keyOf(number))).toBe(true)
      }
      await names.save()
      const again = await SeriesNames.load(fileSystem, 'd')
      expect(again.isWhole).toBe(true)
      expect(again.names.list.map((one) => one?.key)).toEqual([0, 1, 2, 3, 4, 5].map(keyOf))
    }
  })

  it('keep what they knew first, and refuse what is no name', async () => {
    const { names } = await SeriesNames.load(await folderWith(2), 'd')
    expect(names.learn(0, keyOf(7))).toBe(false)
    expect(names.learn(5, keyOf(1))).toBe(false)
    expect(names.learn(6, 'load|ST[b:1,a:2]')).toBe(false)
    expect(names.learn(3, keyOf(3))).toBe(true)
    expect(names.list.map((one) => one?.key)).toEqual([
      keyOf(0),
      keyOf(1),
      undefined,
      keyOf(3),
      undefined,
      undefined,
      undefined,
    ])
    expect(names.add(series('new'))).toBe(7)
  })

  it.each(['write', 'sync', 'open', 'rename'] as const)(
    'are saved by the next attempt when a %s fails',
    async (operation) => {
      const fileSystem = await folderWith(1)
      // A file with a torn end must be replaced, so that every operation is needed.
      const file = await fileSystem.open('d/series.log', 'update')
      await file.write(new Uint8Array(5), await file.size())
      await file.close()
      const { names } = await SeriesNames.load(fileSystem, 'd')
      names.add(series('load', { host: '1' }))
      const mend = fileSystem.fail(operation, 'EIO')
      await expect(names.save()).rejects.toMatchObject({ code: 'EIO' })
      mend()
      names.add(series('load', { host: '2' }))
      await names.save()
      const again = await SeriesNames.load(fileSystem, 'd')
      expect(again.isWhole).toBe(true)
      expect(again.names.list.map((one) => one?.key)).toEqual([0, 1, 2].map(keyOf))
    },
  )

  it('are durable once they are saved, whatever a power cut takes of the rest', async () => {
    const fileSystem = await folderWith(2, 3)
    await fileSystem.syncDirectory('.')
    const { names } = await SeriesNames.load(fileSystem.powerCut({}), 'd')
    expect(names.length).toBe(5)
  })
})
