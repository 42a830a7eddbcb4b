import { describe, expect, it } from 'vitest'

import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import { link, served, target, turns } from './helpers/links.ts'

describe('a session of a link', () => {
  it('copies what is there and what comes, and acknowledges it when it is durable', async () => {
    const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    await collector.appendBatch(['a', 'b'])
    const { server, follower } = link(
      { journals: new Map([['main', served(collector)]]) },
      { feeds: [{ journal: 'main', subscriber: 'one', into: target(aggregator) }] },
    )
    await turns()
    await collector.append('c')
    await turns()
    expect(follower.events).toEqual([])
    expect(server.events).toEqual([])
    expect((await readAll(aggregator)).values).toEqual([])
    expect(collector.subscribers()).toMatchObject([{ name: 'one', ackedSeq: 3 }])
  })
})
