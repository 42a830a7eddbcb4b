import { firstValueFrom, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Line } from './helpers/duplex-pair.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import { link, turns } from './helpers/links.ts'

const one = { journal: 'main', subscriber: 'one' }

/** One byte each way in a second. */
const slow: Line = {
  piece: () => 1,
  pace: async () => {
    await firstValueFrom(timer(1000))
  },
}

describe('a link over a line of one byte per second', () => {
  it('is given up by both sides where the greeting takes too long', async () => {
    using time = virtualTime()
    const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    const { server, follower } = link(
      { journals: new Map([['main', collector]]) },
      { feeds: [{ ...one, into: aggregator }] },
      slow,
    )
    for (let second = 0; second < 30; second += 1) {
      await time.advanceBy(1000)
      await turns(2)
    }
    expect(server.events.at(-1)).toMatchObject({ type: 'closed' })
    expect(follower.end).toMatchObject({ code: 'JOURNAL_LINK_LOST', retryable: true })
  })

  it('brings every record where it is waited for', async () => {
    using time = virtualTime()
    const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    for (const value of ['a', 'b', 'c']) await collector.append(value)
    const limits = { helloTimeoutMs: 600_000 }
    const { server, follower } = link(
      { journals: new Map([['main', collector]]), limits },
      { feeds: [{ ...one, into: aggregator }], limits },
      slow,
    )
    for (let second = 0; second < 3600 && collector.subscribers()[0]?.ackedSeq !== 3; second += 1) {
      await time.advanceBy(1000)
      await turns(2)
    }
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['a', 'b', 'c'])
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 3 }])
    expect([server.end, follower.end]).toEqual(['open', 'open'])
  })
})

describe('a journal that is closed while it is followed', () => {
  it('lets go at once, and tells the follower to come again', async () => {
    const disk = newFileSystem()
    const collector = await openStrings(disk)
    const aggregator = await openStrings(newFileSystem())
    const journals = new Map([['main', collector]])
    const { server, follower } = link({ journals }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    for (const value of ['a', 'b']) void collector.append(value)
    await turns(2)
    await collector.close()
    await turns()
    expect(server.events.at(-2)).toMatchObject({ type: 'refused', code: 'closed', by: 'here' })
    expect([server.end, server.events.at(-1)?.type]).toEqual(['complete', 'closed'])
    expect(follower.end).toMatchObject({ code: 'JOURNAL_LINK_LOST', retryable: true })
    const again = await openStrings(disk)
    const next = link({ journals: new Map([['main', again]]) }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['a', 'b'])
    next.follower.stop()
  })

  it('ends its own feed and no other where it is the one that is copied into', async () => {
    const collector = await openStrings(newFileSystem())
    const [open, closed] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    const { server, follower } = link(
      { journals: new Map([['main', collector]]) },
      {
        feeds: [
          { ...one, into: closed },
          { ...one, subscriber: 'two', into: open },
        ],
      },
    )
    await turns()
    await closed.close()
    await collector.append('a')
    await turns()
    expect(follower.events.find(({ type }) => type === 'refused')).toMatchObject({
      subscriber: 'one',
      code: 'closed',
    })
    expect(server.events.find(({ type }) => type === 'refused')).toMatchObject({
      subscriber: 'one',
      by: 'peer',
    })
    expect([...(await readAll(open)).values.values()]).toEqual(['a'])
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 0 }, { ackedSeq: 1 }])
    expect([server.end, follower.end]).toEqual(['open', 'open'])
  })
})
