import { describe, expect, it } from 'vitest'

import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings } from './helpers/journals.ts'

describe('a sync that nobody waits for', () => {
  it('is tried again after it failed, though nothing more is appended', async () => {
    using time = virtualTime()
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { durability: 'interval' })
    await journal.append('a')
    const heal = [fileSystem.fail('sync', 'EIO', { path: /segment/ }), fileSystem.fail('rename', 'EIO')]
    await time.advanceTo(500)
    expect(journal.health.state).toBe('failed')
    expect(journal.stats.lastSeq).toBe(0)
    for (const one of heal) one()
    await time.advanceTo(5000)
    expect(journal.health.state).toBe('open')
    expect(journal.stats.lastSeq).toBe(1)
    await using after = await openStrings(fileSystem.powerCut(() => undefined))
    expect(after.stats.lastSeq).toBe(1)
  })
})
