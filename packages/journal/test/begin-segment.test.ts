import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { intoJournal } from '../src/link/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

describe('numbers and positions', () => {
  it('survive a power cut after a segment was begun that nobody asked to be durable', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { durability: 'os' })
    await using upstream = await openStrings(newFileSystem())
    await upstream.append('copied')
    const frames = (await upstream.subscriber('wire')).frames()
    await collect(frames.pipe(take(1), intoJournal(journal)))
    const reader = await journal.subscriber('reader')
    const subscription = reader.batches().subscribe((batch) => batch.ack())
    for (let index = 0; index < 9; index += 1) await journal.append(`${index}:${'x'.repeat(400)}`)
    await settle()
    await settle()
    subscription.unsubscribe()
    expect(journal.stats.firstSeq).toBeGreaterThan(1)
    const { lastSeq } = journal.stats
    await journal.removeSubscriber('reader')
    await using after = await openStrings(fileSystem.powerCut(() => undefined))
    expect(after.stats.lastSeq).toBeGreaterThanOrEqual(lastSeq)
    expect(after.upstreamPosition(upstream.id).seq).toBe(1)
  })
})
