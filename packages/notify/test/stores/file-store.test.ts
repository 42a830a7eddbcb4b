import { afterEach, describe, expect, it, vi } from 'vitest'

import type { NotifyChange } from '../../src/model/change.ts'
import { openNotifyStore } from '../../src/store.ts'
import type { FileNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { ends, held, opens, total } from '../../src/testing/stored-changes.ts'

const open = (fileSystem: MemoryFileSystem, compactBytes = 1 << 30): Promise<FileNotifyStore> =>
  openNotifyStore('alerts', { fileSystem, compactBytes })

/** A disk with a store that took these appends, one by one, and was closed. */
async function written(...appends: readonly (readonly NotifyChange[])[]): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  for (const changes of appends) await store.append(changes)
  await store.close()
  return fileSystem
}

/** What all files have together; one that is removed at this moment has nothing. */
async function bytesOn(fileSystem: MemoryFileSystem): Promise<number> {
  let sum = 0
  for (const name of await fileSystem.list('alerts')) {
    sum += (await fileSystem.readFile(`alerts/${name}`))?.length ?? 0
  }
  return sum
}

const metrics = (store: FileNotifyStore): string =>
  store
    .openAlerts()
    .map(({ signal }) => signal.series.metric)
    .join(' ')

describe('a store in a folder', () => {
  it('is the same after it was closed and opened again, in files that it goes on with', async () => {
    const appends = [opens('a'), opens('b'), ends('a'), opens('c', { severity: 1 })]
    const fileSystem = await written(...appends)
    for (let round = 0; round < 3; round++) {
      const again = await open(fileSystem)
      expect(await held(again)).toEqual(total(appends.flat()))
      expect(again.recovery).toEqual({ damaged: [], tornBytes: 0 })
      appends.push(opens(`d${round}`))
      await again.append(appends.at(-1) ?? [])
      await again.close()
    }
    expect(await fileSystem.list('alerts')).toEqual(['changes-1.log'])
  })

  it('has synced an append when it resolves', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    const appends: NotifyChange[][] = []
    for (const name of ['a', 'b', 'c']) {
      appends.push(opens(name))
      await store.append(opens(name))
      const after = await open(fileSystem.powerCut({}))
      expect(await held(after)).toEqual(total(appends.flat()))
    }
  })

  it('leaves out an append that was cut off at any byte, and says how much of it was there', async () => {
    const fileSystem = await written(opens('a'))
    const whole = fileSystem.contents('alerts/changes-1.log').length
    const store = await open(fileSystem)
    void store.append(opens('b'))
    while (fileSystem.contents('alerts/changes-1.log').length === whole) await Promise.resolve()
    for (let kept = 0; ; kept++) {
      const after = fileSystem.powerCut((bytes) => bytes.subarray(0, kept))
      const again = await open(after)
      if (metrics(again) === 'a b') break
      expect(metrics(again)).toBe('a')
      expect(again.recovery).toEqual({ damaged: [], tornBytes: kept })
      await again.append(opens('c'))
      await again.close()
      expect(await held(await open(after))).toEqual(total([...opens('a'), ...opens('c')]))
    }
  })

  it('takes nothing more after it was closed', async () => {
    const store = await open(memoryFileSystem())
    await store.close()
    await store[Symbol.asyncDispose]()
    await expect(store.append(opens('a'))).rejects.toMatchObject({
      code: 'NOTIFY_STORE_CLOSED',
      retryable: false,
    })
  })

  it('says what is wrong with its options', async () => {
    await expect(openNotifyStore('')).rejects.toMatchObject({ code: 'NOTIFY_BAD_OPTION' })
    await expect(openNotifyStore('x', { compactBytes: -1 })).rejects.toMatchObject({
      code: 'NOTIFY_BAD_OPTION',
    })
  })
})

describe('a full disk', () => {
  it('costs the append that it met, and the next one goes on by itself', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.append(opens('a'))
    const used = fileSystem.contents('alerts/changes-1.log').length
    for (let room = 0; room < 3000; room += 111) {
      fileSystem.setCapacity(used + room)
      const failed = store.append([...opens('lost'), ...opens('lost too'), ...opens('x'.repeat(3000))])
      await expect(failed).rejects.toMatchObject({
        code: 'NOTIFY_STORE_FAILED',
        retryable: true,
        cause: expect.objectContaining({ code: 'ENOSPC' }),
      })
    }
    expect(metrics(store)).toBe('a')
    fileSystem.setCapacity(Infinity)
    await store.append(opens('b'))
    expect(await held(store)).toEqual(total([...opens('a'), ...opens('b')]))
    const after = await open(fileSystem.powerCut({}))
    expect(await held(after)).toEqual(total([...opens('a'), ...opens('b')]))
    expect(after.recovery.damaged).toEqual([])
    // What was tried in vain has left nothing behind.
    expect(await fileSystem.list('alerts')).toEqual(['changes-1.log', 'changes-2.log'])
  })

  it('during compaction costs nothing', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem, 5000)
    const appends: NotifyChange[][] = []
    for (let index = 0; index < 40; index++) {
      // Room for what is appended, and for no snapshot beside it.
      fileSystem.setCapacity((await bytesOn(fileSystem)) + 1700)
      appends.push(opens(`series-${index % 5}`))
      await store.append(appends.at(-1) ?? [])
    }
    expect(await held(store)).toEqual(total(appends.flat()))
    await store.close()
    expect(await held(await open(fileSystem.powerCut({})))).toEqual(total(appends.flat()))
  })
})

describe('a sync that fails', () => {
  it('costs its append only, though the disk takes what was written for clean', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.append(opens('a'))
    const undo = fileSystem.fail('sync', 'EIO', { drops: true })
    await expect(store.append(opens('lost'))).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
    undo()
    await store.append(opens('b'))
    const expected = total([...opens('a'), ...opens('b')])
    // What was refused must not come back, whether it is on the disk or not.
    for (const kept of [0, 1]) {
      const after = fileSystem.powerCut((bytes) => (kept === 0 ? undefined : bytes))
      expect(await held(await open(after))).toEqual(expected)
    }
    expect(await held(await open(fileSystem.processKill()))).toEqual(expected)
  })

  it.each(['open', 'write', 'sync', 'rename'] as const)(
    'or any other step of a compaction, such as %s, leaves what was there',
    async (step) => {
      const fileSystem = memoryFileSystem()
      const store = await open(fileSystem, 5000)
      const undo = fileSystem.fail(step, 'EIO', { path: /snapshot/ })
      const appends = Array.from({ length: 30 }, (_, index) => opens(`series-${index % 3}`))
      for (const changes of appends) await store.append(changes)
      await store.close()
      expect((await fileSystem.list('alerts')).join()).not.toContain('snapshot')
      undo()
      const after = fileSystem.powerCut({})
      const again = await open(after, 5000)
      expect(await held(again)).toEqual(total(appends.flat()))
      for (const changes of appends) await again.append(changes)
      await again.close()
      expect((await after.list('alerts')).join()).toContain('snapshot')
      expect(await held(await open(after.powerCut({})))).toEqual(total(appends.flat()))
    },
  )
})

describe('the files', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('are replaced by a snapshot when they have grown, while appends go on', async () => {
    // How long a snapshot gives way to others depends on the machine.
    vi.useFakeTimers({ toFake: ['performance'] })
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem, 40_000)
    let largest = 0
    for (let round = 0; round < 200; round++) {
      const changes = opens(`series-${round % 4}`, { openedAt: round })
      await store.append(changes)
      largest = Math.max(largest, await bytesOn(fileSystem))
    }
    await store.close()
    expect(largest).toBeLessThan(60_000)
    expect((await fileSystem.list('alerts')).length).toBeLessThan(3)
    const again = await open(fileSystem)
    expect(again.openAlerts().map(({ openedAt }) => openedAt)).toEqual([196, 197, 198, 199])
  })

  it('of a run that ends with everything told hold next to nothing', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem, 1)
    for (let round = 0; round < 50; round++) await store.append([...opens(`x${round}`), ...ends(`x${round}`)])
    await store.append([{ type: 'reset' }])
    await store.close()
    const names = await fileSystem.list('alerts')
    expect(names).toHaveLength(1)
    expect(fileSystem.contents(`alerts/${names[0] ?? ''}`).length).toBeLessThan(100)
  })
})
