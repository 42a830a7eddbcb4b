import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { memoryNotifyStore } from '../../src/stores/memory-notify-store.ts'
import { openNotifyStore } from '../../src/store.ts'
import type { FileNotifyStore } from '../../src/store.ts'
import { memoryFileSystem, notifyStoreConformance } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'

const folder = await mkdtemp(join(tmpdir(), 'notify-store-'))
afterAll(() => rm(folder, { recursive: true }))

/** A disk for each name, and which of them a store had. */
const disks = new Map<string, MemoryFileSystem>()
const names = new WeakMap<FileNotifyStore, string>()

const close = (store: FileNotifyStore): Promise<void> => store.close()

const suites = {
  'in memory': notifyStoreConformance({ open: () => memoryNotifyStore() }),
  'in a folder': notifyStoreConformance({ open: (name) => openNotifyStore(join(folder, name)), close }),
  'in a folder of small files': notifyStoreConformance({
    open: async (name) => {
      const fileSystem = disks.get(name) ?? memoryFileSystem()
      disks.set(name, fileSystem)
      const store = await openNotifyStore(name, { fileSystem, compactBytes: 1 })
      names.set(store, name)
      return store
    },
    close,
    // What its process had done is there, and what it still does is not.
    kill: (store) => {
      const name = names.get(store) ?? ''
      const disk = disks.get(name)
      if (disk !== undefined) disks.set(name, disk.processKill())
    },
  }),
}

describe.each(Object.entries(suites))('a store %s', (_, cases) => {
  it.each(cases.map(({ name, run }) => [name, run] as const))('%s', (_name, run) => run())
})

describe('the promises of a store', () => {
  it('are broken by a store that forgets, and by one that does not forget, and the case says how', async () => {
    const forgetful = notifyStoreConformance({
      open: () => ({ ...memoryNotifyStore(), append: () => undefined }),
    })
    const clinging = notifyStoreConformance({
      open: () => {
        const store = memoryNotifyStore()
        return {
          ...store,
          append: (changes) => store.append(changes.filter(({ type }) => type !== 'reset')),
        }
      },
    })
    const broken = async (cases: typeof forgetful): Promise<string[]> => {
      const results = await Promise.allSettled(cases.map(({ run }) => run()))
      return results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
    }
    expect(await broken(forgetful)).toContainEqual(
      expect.stringMatching(/^Error: gives back .*: alert rules\|b\S* was not there, not \{/s),
    )
    expect(await broken(clinging)).toEqual([
      expect.stringMatching(/^Error: forgets what was before a reset: .* was there$/),
    ])
  })

  it('need to be told how a store is opened', () => {
    expect(() => notifyStoreConformance({} as never)).toThrow(
      expect.objectContaining({ code: 'NOTIFY_BAD_OPTION' }),
    )
  })
})
