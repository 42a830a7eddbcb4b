import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

describe('a sync that nobody waits for', () => {
  it('is tried again after it failed, though nothing more is appended', async () => {
    const fileSystem = newFileSystem()
    const scheduler = new VirtualTimeScheduler()
    const journal = await openStrings(fileSystem, { durability: 'interval', scheduler, clock: scheduler })
    await journal.append('a')
    const heal = [fileSystem.fail('sync', 'EIO', { path: /segment/ }), fileSystem.fail('rename', 'EIO')]
    scheduler.maxFrames = 500
    scheduler.flush()
    await settle()
    expect(journal.health.state).toBe('failed')
    expect(journal.stats.lastSeq).toBe(0)
    for (const one of heal) one()
    scheduler.maxFrames = 5000
    scheduler.flush()
    await settle()
    expect(journal.health.state).toBe('open')
    expect(journal.stats.lastSeq).toBe(1)
    await using after = await openStrings(fileSystem.powerCut(() => undefined))
    expect(after.stats.lastSeq).toBe(1)
  })
})
