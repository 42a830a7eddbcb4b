import { createRecordFile } from '@tocsin/core/record-log'
import { describe, expect, it } from 'vitest'

import type { NotifyChange } from '../../src/model/change.ts'
import { openNotifyStore } from '../../src/store.ts'
import type { FileNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { ends, held, opens } from '../../src/testing/stored-changes.ts'

const open = (fileSystem: MemoryFileSystem, compactBytes = 1 << 30): Promise<FileNotifyStore> =>
  openNotifyStore('alerts', { fileSystem, compactBytes })

const metrics = (store: FileNotifyStore): string[] =>
  store.openAlerts().map(({ signal }) => signal.series.metric)

const path = 'alerts/changes-1.log'

/** A disk with an alert `a`, `b`, … for each append, and where each append ends. */
async function written(count: number): Promise<{ fileSystem: MemoryFileSystem; places: number[] }> {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  const places: number[] = []
  for (let index = 0; index < count; index++) {
    await store.append(opens('abc'[index] ?? ''))
    places.push(fileSystem.contents(path).length)
  }
  await store.close()
  return { fileSystem, places }
}

const window = (id: string): NotifyChange[] => [
  { type: 'maintenance', maintenance: { id, select: '__name:*', from: 0, to: 1 } },
]

function flipped(fileSystem: MemoryFileSystem, file: string, at: number): MemoryFileSystem {
  const damaged = fileSystem.powerCut({})
  const bytes = damaged.contents(file)
  bytes[at] = (bytes[at] ?? 0) ^ 0x04
  return damaged
}

describe('a byte that is damaged', () => {
  it('costs the append that it is in, and is told, also in the last one; all others are read', async () => {
    const fileSystem = memoryFileSystem()
    const writing = await open(fileSystem)
    for (const id of ['a', 'b', 'c']) await writing.append([{ type: 'settled', id }, ...window(id)])
    await writing.close()
    const { length } = fileSystem.contents(path)
    const lost = new Map<string, number>()
    for (let at = 0; at < length; at++) {
      const store = await open(flipped(fileSystem, path, at))
      const there = await held(store)
      const missing = ['a', 'b', 'c'].filter((id) => !there.has(`maintenance ${id}`))
      expect(missing.length).toBeLessThan(2)
      const { damaged, tornBytes } = store.recovery
      if (missing.length > 0) {
        expect(damaged).toHaveLength(1)
        const [{ from, to, records, file } = { from: 0, to: 0, records: 0, file: '' }] = damaged
        expect({ file, records }).toEqual({ file: 'changes-1.log', records: 1 })
        expect(from <= at && at < to).toBe(true)
      }
      // What is torn is a mark, which says nothing of its own.
      expect(tornBytes).toBeLessThan(49)
      lost.set(missing.join(), (lost.get(missing.join()) ?? 0) + 1)
    }
    // Marks and the record of ends cost nobody an alert.
    expect([...lost.keys()].sort()).toEqual(['', 'a', 'b', 'c'])
    expect(lost.get('c')).toBeGreaterThan(100)
  })

  it('of the last append looks like one that was cut off where the mark behind it is missing too', async () => {
    const { fileSystem, places } = await written(2)
    const end = places[1] ?? 0
    // Two marks of 24 bytes: the one that no sync waited for, and that of closing.
    const file = await fileSystem.open(path, 'update')
    await file.truncate(fileSystem.contents(path).length - 48)
    await file.sync()
    const store = await open(flipped(fileSystem, path, end - 40))
    expect(metrics(store)).toEqual(['a'])
    expect(store.recovery.damaged).toEqual([])
    expect(store.recovery.tornBytes).toBeGreaterThan(0)
  })

  it('of a snapshot costs a few alerts of many, and is told', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    const names = Array.from({ length: 100 }, (_, index) => `series-${index}`)
    await store.append([{ type: 'reset' }, ...names.flatMap((name) => opens(name))])
    await store.close()
    const { length } = fileSystem.contents('alerts/snapshot-1.log')
    for (let at = 0; at < length; at += 4999) {
      const damaged = await open(flipped(fileSystem, 'alerts/snapshot-1.log', at))
      expect(metrics(damaged).length).toBeGreaterThan(90)
      expect(damaged.recovery.damaged).toHaveLength(1)
    }
  })

  it('is not written to, and what is damaged is kept when a snapshot takes its place', async () => {
    const { fileSystem, places } = await written(3)
    const damaged = flipped(fileSystem, path, (places[0] ?? 0) + 50)
    const store = await open(damaged, 1)
    await store.append(opens('d'))
    await held(store)
    await store.close()
    expect(await damaged.list('alerts')).toEqual([
      'changes-1.log.damaged',
      expect.stringMatching(/^snapshot-/),
    ])
    const again = await open(damaged)
    expect(metrics(again)).toEqual(['a', 'c', 'd'])
    expect(again.recovery.damaged).toEqual([])
  })

  it('that cannot be read is damaged', async () => {
    const { fileSystem, places } = await written(3)
    fileSystem.badSectors(path, (places[0] ?? 0) + 30, (places[0] ?? 0) + 31)
    const store = await open(fileSystem)
    // What is lost with it is a sector, which may have more than one append in it.
    expect(store.recovery.damaged.length + store.recovery.tornBytes).toBeGreaterThan(0)
  })
})

describe('a file that is cut off', () => {
  it('is read as far as it goes; of a snapshot, that is damage', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.append([{ type: 'reset' }, ...opens('a'), ...opens('b')])
    await store.close()
    const whole = fileSystem.contents('alerts/snapshot-1.log').length
    for (let size = 0; size < whole; size += 7) {
      const cut = fileSystem.powerCut({})
      const file = await cut.open('alerts/snapshot-1.log', 'update')
      await file.truncate(size)
      const again = await open(cut)
      expect(again.recovery.damaged.length).toBe(1)
      expect(again.recovery.tornBytes).toBe(0)
    }
  })

  it('or missing is told where a later one says how long it was', async () => {
    const { fileSystem } = await written(2)
    const store = await open(fileSystem)
    const undo = fileSystem.fail('sync', 'EIO')
    await expect(store.append(ends('a'))).rejects.toThrow('NOTIFY_STORE_FAILED')
    undo()
    await store.append(opens('d'))
    await store.close()
    expect(await fileSystem.list('alerts')).toEqual(['changes-1.log', 'changes-2.log'])
    const end = (await open(fileSystem)).recovery.damaged.length
    expect(end).toBe(0)

    const cut = fileSystem.powerCut({})
    await (await cut.open(path, 'update')).truncate(100)
    const short = await open(cut)
    expect(metrics(short)).toEqual(['d'])
    expect(short.recovery.damaged).toEqual([expect.objectContaining({ file: 'changes-1.log', records: 0 })])

    await fileSystem.remove(path)
    const missing = await open(fileSystem)
    expect(metrics(missing)).toEqual(['d'])
    expect(missing.recovery.damaged).toEqual([
      { file: 'changes-1.log', from: 0, to: expect.any(Number), records: 0 },
    ])
  })
})

describe('a record whose sums are right', () => {
  const withRecord = async (record: unknown): Promise<MemoryFileSystem> => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('alerts')
    const file = await createRecordFile({ fileSystem, path, id: 1 })
    await file.append(Buffer.from(JSON.stringify({ version: 2, changes: opens('a') })))
    await file.append(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)))
    await file.append(Buffer.from(JSON.stringify({ version: 2, changes: opens('c') })))
    return fileSystem
  }
  const broken = JSON.parse(JSON.stringify(opens('b')).replaceAll('"series":{', '"other":{')) as unknown

  it.each<[string, unknown]>([
    ['is no JSON', '{"version":2,"changes":[}'],
    ['is no object', '[]'],
    ['has no version', { changes: opens('b') }],
    ['has no array of changes', { version: 2, changes: { type: 'alert' } }],
    ['has a change of no known type', { version: 2, changes: [{ type: 'alarm' }] }],
    ['has half an alert', { version: 2, changes: [{ type: 'alert', alert: { id: 'a' } }] }],
    ['has a signal without its series', { version: 2, changes: broken }],
    ['has ends that are none', { version: 2, ends: [[1]] }],
  ])('and that %s is damaged', async (_, record) => {
    const store = await open(await withRecord(record))
    expect(metrics(store)).toEqual(['a', 'c'])
    expect(store.recovery.damaged).toEqual([expect.objectContaining({ file: 'changes-1.log', records: 1 })])
  })

  it('and that a newer version has written keeps the folder shut: what it says must not be lost', async () => {
    const opening = open(await withRecord({ version: 3, changes: [{ type: 'from the future' }] }))
    await expect(opening).rejects.toMatchObject({ code: 'NOTIFY_STORE_CORRUPT', facts: { version: 3 } })
    await expect(opening).rejects.toThrow('newer version')
  })
})

it('damage and what was cut off are told to the logger', async () => {
  const { fileSystem, places } = await written(3)
  const damaged = flipped(fileSystem, path, (places[0] ?? 0) + 60)
  const file = await damaged.open(path, 'update')
  await file.write(Buffer.from('torn'), damaged.contents(path).length)
  const told: unknown[] = []
  const nothing = (): void => undefined
  const hear = (facts: object, message: string): void => void told.push([facts, message])
  const logger = { debug: nothing, info: nothing, warn: hear, error: hear }
  await openNotifyStore('alerts', { fileSystem: damaged, logger })
  expect(told).toEqual([
    [expect.objectContaining({ file: 'changes-1.log', records: 1 }), expect.stringMatching(/^damaged: /)],
    [expect.objectContaining({ tornBytes: 4 }), 'left out an append that was never acknowledged'],
  ])
})
