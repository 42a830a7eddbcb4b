import { describe, expect, it } from 'vitest'

import { openNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import { ends, held, opens, total } from '../../src/testing/stored-changes.ts'

describe('a store in a folder', () => {
  it('is the same after it was closed and opened again', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    const appends = [opens('a'), opens('b'), ends('a'), opens('c', { severity: 1 })]
    for (const changes of appends) await store.append(changes)
    expect(await held(store)).toEqual(total(appends.flat()))
    await store[Symbol.asyncDispose]()
    const again = await openNotifyStore('alerts', { fileSystem })
    expect(await held(again)).toEqual(total(appends.flat()))
    expect(again.openAlerts().map(({ signal }) => signal.series.metric)).toEqual(['b', 'c'])
    expect(again.recovery).toEqual({ damaged: [], tornBytes: 0 })
  })
})
