import { untilStopped } from '@tocsin/core/testing'
import { expect, it } from 'vitest'

import { openNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { held, opens, total } from '../../src/testing/stored-changes.ts'

const open = (fileSystem: MemoryFileSystem) => openNotifyStore('alerts', { fileSystem })

/** What the next process finds when the power goes and nothing that can be lost stays. */
async function afterPowerCut(fileSystem: MemoryFileSystem) {
  const { recovery, ...store } = await open(fileSystem.powerCut({}))
  return { damaged: recovery.damaged, there: await held(store) }
}

it('a snapshot that a kill left before its name was durable is made so before anything is appended behind it', async () => {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  // Of a reset: the temporary name is removed, made and synced, its bytes are written and synced, it is renamed, and this is synced.
  const stop = fileSystem.operations + 7
  fileSystem.stopAt(stop)
  await untilStopped(fileSystem, stop, async () => store.append([{ type: 'reset' }, ...opens('a')]))
  const next = fileSystem.processKill()
  expect(await next.list('alerts')).toEqual(['snapshot-1.log'])
  await (await open(next)).append(opens('b'))
  expect(await afterPowerCut(next)).toEqual({ damaged: [], there: total([...opens('a'), ...opens('b')]) })
})

it.each([false, true])(
  'what counts though its sync failed stays with what is appended behind it, its pages dropped: %s',
  async (drops) => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.append(opens('a'))
    await store.append(opens('b'))
    fileSystem.fail('sync', 'EIO', { call: 1, drops })
    await expect(store.append(opens('c'))).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
    await store.close()
    const next = await open(fileSystem)
    const there = await held(next)
    expect(there).toEqual(total(['a', 'b', 'c'].flatMap((name) => opens(name))))
    expect(await afterPowerCut(fileSystem)).toEqual({ damaged: [], there })
    await next.append(opens('d'))
    const all = ['a', 'b', 'c', 'd'].flatMap((name) => opens(name))
    expect(await afterPowerCut(fileSystem)).toEqual({ damaged: [], there: total(all) })
  },
)

it('the first append of a file, which is two records, stays as a whole though its sync failed and its pages were dropped', async () => {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  // The sync of the name of the file, and that of its bytes; it cannot be removed then.
  fileSystem.fail('sync', 'EIO', { call: 2, drops: true })
  fileSystem.fail('remove', 'EIO', { call: 1 })
  await expect(store.append(opens('a'))).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
  await store.close()
  await (await open(fileSystem)).append(opens('b'))
  expect(await afterPowerCut(fileSystem)).toEqual({
    damaged: [],
    there: total([...opens('a'), ...opens('b')]),
  })
})

it.each(['sync', 'list'] as const)(
  'a reset of which the last %s fails takes nothing with it that is acknowledged',
  async (operation) => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.append(opens('a'))
    // Syncs: of the temporary name, of its bytes, and of the name that counts.
    const mend = fileSystem.fail(operation, 'EIO', { call: operation === 'sync' ? 3 : 1 })
    const isReset = await Promise.resolve(store.append([{ type: 'reset' }, ...opens('b')])).then(
      () => true,
      () => false,
    )
    mend()
    await store.append(opens('c'))
    const there = total([...opens(isReset ? 'b' : 'a'), ...opens('c')])
    expect(await held(store)).toEqual(there)
    expect(await held(await open(fileSystem.processKill()))).toEqual(there)
    expect(await afterPowerCut(fileSystem)).toEqual({ damaged: [], there })
  },
)

it('a store takes nothing while a reset that failed cannot be undone, and goes on by itself when it can', async () => {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  await store.append(opens('a'))
  const mends = [
    fileSystem.fail('sync', 'EIO', { call: 3 }),
    fileSystem.fail('remove', 'EIO', { path: /log$/ }),
  ]
  const refused = { code: 'NOTIFY_STORE_FAILED' }
  await expect(store.append([{ type: 'reset' }, ...opens('b')])).rejects.toMatchObject(refused)
  await expect(store.append(opens('c'))).rejects.toMatchObject(refused)
  await expect(store.append([{ type: 'reset' }, ...opens('d')])).rejects.toMatchObject(refused)
  for (const mend of mends) mend()
  await store.append(opens('e'))
  const there = total([...opens('a'), ...opens('e')])
  expect(await afterPowerCut(fileSystem)).toEqual({ damaged: [], there })
})

it('a mark that the power takes is no damage where the file behind says how far that before it counts', async () => {
  const fileSystem = memoryFileSystem()
  const store = await open(fileSystem)
  await store.append(opens('a'))
  // What is cut off is never continued.
  fileSystem.fail('write', 'EIO', { call: 1, stored: 1 })
  await expect(store.append(opens('b'))).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
  const next = fileSystem.processKill()
  await (await open(next)).append(opens('c'))
  expect(await next.list('alerts')).toEqual(['changes-1.log', 'changes-2.log'])
  expect(await afterPowerCut(next)).toEqual({ damaged: [], there: total([...opens('a'), ...opens('c')]) })
})
