import { describe, expect, it } from 'vitest'

import { createRecordFile, scanRecords, type RecordFileName } from '../../src/record-log/index.ts'
import { memoryFileSystem, type MemoryFileSystem } from '../../src/testing/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function folder(): Promise<{ fileSystem: MemoryFileSystem; name: RecordFileName }> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  return { fileSystem, name: { fileSystem, path: 'd/log', id: 1 } }
}

async function textsOf(name: RecordFileName): Promise<string[]> {
  const texts: string[] = []
  await scanRecords(name, (payload) => void texts.push(new TextDecoder().decode(payload)))
  return texts
}

describe('a file of records', () => {
  it.each(['write', 'sync'] as const)(
    'is left when a %s fails, though later ones would succeed',
    async (operation) => {
      const { fileSystem, name } = await folder()
      const file = await createRecordFile(name)
      await file.append(bytes('first'))
      const end = file.end
      const mend = fileSystem.fail(operation, 'EIO', { drops: true })
      await expect(file.append(bytes('second'))).rejects.toMatchObject({ code: 'EIO' })
      mend()
      expect([file.failed, file.end]).toEqual([true, end])
      await expect(file.append(bytes('third'))).rejects.toThrow('failed')
      expect(await textsOf({ ...name, fileSystem: fileSystem.powerCut({}) })).toEqual(['first'])
    },
  )

  it('shows why: a sync that succeeds after one that failed proves nothing of what was written before', async () => {
    const { fileSystem } = await folder()
    const file = await fileSystem.open('d/plain', 'create')
    await fileSystem.syncDirectory('d')
    await file.write(bytes('second'), 0)
    const mend = fileSystem.fail('sync', 'EIO', { drops: true })
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
    mend()
    await file.sync()
    expect(await fileSystem.powerCut({}).readFile('d/plain')).not.toEqual(bytes('second'))
  })

  it('writes several records with one sync, durably, and goes on behind them', async () => {
    const { fileSystem, name } = await folder()
    const file = await createRecordFile(name)
    const { syncs } = fileSystem
    await file.appendAll(['first', '', 'third'].map(bytes))
    expect(fileSystem.syncs).toBe(syncs + 1)
    await file.append(bytes('fourth'))
    const after = { ...name, fileSystem: fileSystem.powerCut({ name: () => true }) }
    expect(await textsOf(after)).toEqual(['first', '', 'third', 'fourth'])
  })

  it('marks its end without a sync: damage of the last record is then told from a write that was cut off', async () => {
    const { fileSystem, name } = await folder()
    const file = await createRecordFile(name)
    await file.append(bytes('first'))
    const { end } = file
    await file.append(bytes('last'))
    const { syncs } = fileSystem
    fileSystem.contents('d/log').set([0], end + 25)
    expect(await scanRecords(name, () => undefined)).toMatchObject({ damaged: [], torn: 28 })
    await file.mark()
    expect(fileSystem.syncs).toBe(syncs)
    const part = { from: end, to: end + 28, records: 1 }
    expect(await scanRecords(name, () => undefined)).toMatchObject({ damaged: [part], torn: 0, next: 3 })
    // A mark that cannot be written costs nothing that was durable.
    fileSystem.fail('write', 'ENOSPC')
    await expect(file.mark()).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(file.failed).toBe(true)
  })

  it('takes one record at a time', async () => {
    const { name } = await folder()
    const file = await createRecordFile(name)
    const first = file.append(bytes('first'))
    await expect(file.append(bytes('second'))).rejects.toThrow('writing')
    await first
    expect(await textsOf(name)).toEqual(['first'])
  })

  it('leaves out a record on a full disk, and keeps those before it', async () => {
    const { fileSystem, name } = await folder()
    const file = await createRecordFile(name)
    await file.append(bytes('first'))
    fileSystem.setCapacity(file.end + 30)
    await expect(file.append(bytes('a longer second record'))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await textsOf(name)).toEqual(['first'])
  })

  it('gives what can be read around a bad sector', async () => {
    const { fileSystem, name } = await folder()
    const file = await createRecordFile(name)
    const begins: number[] = []
    for (let number = 0; number < 40; number += 1)
      begins.push(await file.append(new Uint8Array(1000).fill(number)))
    fileSystem.badSectors('d/log', 9000, 9001)
    const seen: number[] = []
    const { damaged } = await scanRecords(name, (payload) => void seen.push(payload[0] ?? -1))
    // A page of 4 KiB cannot be read.
    const lost = begins.flatMap((begin, number) => (begin + 1024 > 8192 && begin < 12_288 ? [number] : []))
    expect(seen).toEqual(begins.flatMap((_, number) => (lost.includes(number) ? [] : [number])))
    expect(damaged.map(({ records }) => records)).toEqual([lost.length])
  })

  it('reads records larger than its pieces, and waits for who takes them', async () => {
    const { name } = await folder()
    const file = await createRecordFile(name)
    const sizes = [10, 300_000, 0, 2_000_000, 10]
    for (const size of sizes) await file.append(new Uint8Array(size).fill(size % 251))
    const seen: number[] = []
    await scanRecords(name, async (payload) => {
      await Promise.resolve()
      expect(payload.every((byte) => byte === payload.length % 251)).toBe(true)
      seen.push(payload.length)
    })
    expect(seen).toEqual(sizes)
  })

  it('is durable with its name', async () => {
    const { fileSystem, name } = await folder()
    const file = await createRecordFile(name)
    await file.append(bytes('first'))
    const after = fileSystem.powerCut({})
    expect(await textsOf({ ...name, fileSystem: after })).toEqual(['first'])
    await expect(createRecordFile({ ...name, fileSystem: after })).rejects.toMatchObject({ code: 'EEXIST' })
  })
})
