import { memoryFileSystem, type MemoryFileSystem } from '@tocsin/core/testing'
import { describe, it } from 'vitest'

import { openRollupStore } from '../src/open-rollup-store.ts'
import type { RollupStore } from '../src/rollup-store.ts'
import { storeConformance } from '../src/testing/store-conformance.ts'

/** A disk for each name, and which of them a store that was killed had. */
const disks = new Map<string, MemoryFileSystem>()
const names = new WeakMap<RollupStore, string>()

async function open(name: string): Promise<RollupStore> {
  const fileSystem = disks.get(name) ?? memoryFileSystem()
  disks.set(name, fileSystem)
  const store = await openRollupStore(name, { fileSystem })
  names.set(store, name)
  return store
}

/** What its process had done is there, and what it still does is not. */
async function kill(store: RollupStore): Promise<void> {
  const name = names.get(store) ?? ''
  const disk = disks.get(name)
  if (disk !== undefined) disks.set(name, disk.processKill())
}

describe('the store in a folder', () => {
  it.each(storeConformance({ open, kill }).map(({ name, run }) => [name, run] as const))('%s', (_, run) =>
    run(),
  )
})
