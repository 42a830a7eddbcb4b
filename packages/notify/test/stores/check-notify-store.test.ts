import { describe, expect, it } from 'vitest'

import { openNotifyStore, salvageNotifyStore, verifyNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { ends, held, opens, total } from '../../src/testing/stored-changes.ts'

async function damaged(): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  const store = await openNotifyStore('alerts', { fileSystem })
  for (const changes of [opens('a'), opens('b'), [...opens('c'), ...ends('c')]]) await store.append(changes)
  await store.close()
  const bytes = fileSystem.contents('alerts/changes-1.log')
  bytes[200] = (bytes[200] ?? 0) ^ 1
  return fileSystem
}

describe('a store that is checked', () => {
  it('is counted, and its damage is told; nothing is changed', async () => {
    const fileSystem = await damaged()
    const before = fileSystem.operations
    const report = await verifyNotifyStore('alerts', { fileSystem })
    expect(report).toEqual({
      version: 2,
      alerts: 1,
      notifications: 1,
      maintenance: 0,
      ended: 1,
      damaged: [{ file: 'changes-1.log', from: expect.any(Number), to: expect.any(Number), records: 1 }],
      tornBytes: 0,
    })
    expect(fileSystem.operations).toBe(before)
  })

  it('may be open', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    await store.append(opens('a'))
    expect(await verifyNotifyStore('alerts', { fileSystem })).toMatchObject({ alerts: 1, damaged: [] })
    await store.append(opens('b'))
    expect(await held(store)).toEqual(total([...opens('a'), ...opens('b')]))
  })

  it('that is not there is told', async () => {
    await expect(verifyNotifyStore('none', { fileSystem: memoryFileSystem() })).rejects.toMatchObject({
      code: 'NOTIFY_STORE_FAILED',
    })
  })
})

describe('a store that is salvaged', () => {
  it('gives all that can be read to a new folder, and stays as it is', async () => {
    const fileSystem = await damaged()
    const report = await salvageNotifyStore('alerts', 'new/alerts', { fileSystem })
    expect(report.damaged).toHaveLength(1)
    const salvaged = await openNotifyStore('new/alerts', { fileSystem })
    expect(salvaged.recovery.damaged).toEqual([])
    expect(await held(salvaged)).toEqual(total([...opens('b'), ...opens('c'), ...ends('c')]))
    expect((await verifyNotifyStore('alerts', { fileSystem })).damaged).toHaveLength(1)
  })

  it('never goes into a folder that holds one', async () => {
    const fileSystem = await damaged()
    await salvageNotifyStore('alerts', 'new', { fileSystem })
    for (const to of ['new', 'alerts']) {
      await expect(salvageNotifyStore('alerts', to, { fileSystem })).rejects.toMatchObject({
        code: 'NOTIFY_BAD_OPTION',
      })
    }
  })
})
