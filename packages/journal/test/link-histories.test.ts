import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Journal } from '../src/index.ts'
import type { LinkFrame } from '../src/link/index.ts'
import { copyOf, newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import type { Link } from './helpers/links.ts'
import { link, turns } from './helpers/links.ts'

const one = { journal: 'main', subscriber: 'one' }

const follow = (collector: Journal<string>, into: Journal<string>): Link =>
  link({ journals: new Map([['main', collector]]) }, { feeds: [{ ...one, into }] })

/** Follows until nothing more comes. */
async function copy(collector: Journal<string>, into: Journal<string>): Promise<Link> {
  const both = follow(collector, into)
  await turns()
  both.follower.stop()
  await turns()
  return both
}

const valuesOf = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal)).values.values(),
]

describe('a journal that went on by itself, over a link', () => {
  it.each([
    ['as far as', ['B'], 2],
    ['further than', ['B', 'C', 'D'], 2],
    ['less far than', [], 2],
  ])('%s the follower has come is told to both sides, and acknowledged is nothing', async (_, own, seq) => {
    const disk = newFileSystem()
    const collector = await openStrings(disk)
    const aggregator = await openStrings(newFileSystem())
    await collector.append('a')
    await copy(collector, aggregator)
    const older = copyOf(disk)
    await collector.append('b')
    await copy(collector, aggregator)
    const fork = await openStrings(older)
    for (const value of own) await fork.append(value)
    const { server, follower } = follow(fork, aggregator)
    await turns()
    expect(follower.end).toMatchObject({ code: 'JOURNAL_DIVERGED', facts: { seq, journal: 'main' } })
    expect(server.events).toMatchObject([
      { type: 'opened', afterSeq: 2 },
      { type: 'refused', code: 'diverged', by: 'here' },
      { type: 'closed', reason: 'bye' },
    ])
    expect(fork.subscribers()).toMatchObject([{ name: 'one', ackedSeq: 1 }])
    expect(await valuesOf(aggregator)).toEqual(['a', 'b'])
  })

  it('is followed where it parted behind what the follower has', async () => {
    const disk = newFileSystem()
    const collector = await openStrings(disk)
    const aggregator = await openStrings(newFileSystem())
    await collector.append('a')
    await copy(collector, aggregator)
    const fork = await openStrings(copyOf(disk))
    await collector.append('b')
    await fork.appendBatch(['B', 'C'])
    await copy(fork, aggregator)
    expect(await valuesOf(aggregator)).toEqual(['a', 'B', 'C'])
  })
})

describe('a follower whose journal is another than the cursor is of', () => {
  it('gets all that is kept where it has nothing, and is told of what is not', async () => {
    const collector = await openStrings(newFileSystem(), { maxBytes: 16_384, whenFull: 'drop-oldest' })
    const first = await openStrings(newFileSystem())
    for (let index = 0; index < 20; index += 1) {
      await collector.append(`${index}:${'x'.repeat(1500)}`)
      if (index === 9) await copy(collector, first)
    }
    await copy(collector, first)
    const { firstSeq, lastSeq } = collector.stats
    expect(firstSeq).toBeGreaterThan(1)
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 20 }])
    const anew = await openStrings(newFileSystem())
    const { follower } = await copy(collector, anew)
    const results = follower.events.flatMap((event) => (event.type === 'result' ? [event.result] : []))
    expect(results[0]).toEqual({ type: 'gap', gap: { fromSeq: 1, toSeq: firstSeq - 1, reason: 'evicted' } })
    expect((await valuesOf(anew)).map((value) => Number(value.split(':')[0]) + 1)).toEqual(
      Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => firstSeq + index),
    )
  })

  it('goes on behind what it has where that is newer than the cursor', async () => {
    const disk = newFileSystem()
    const collector = await openStrings(disk)
    const aggregator = await openStrings(newFileSystem())
    await collector.append('a')
    await copy(collector, aggregator)
    await collector.append('b')
    // The acknowledgement does not survive, the record does.
    const older = copyOf(disk)
    await copy(collector, aggregator)
    const restored = await openStrings(older)
    expect(restored.subscribers()).toMatchObject([{ ackedSeq: 1 }])
    const { server } = await copy(restored, aggregator)
    expect(server.events[0]).toMatchObject({ type: 'opened', afterSeq: 2 })
    expect(restored.subscribers()).toMatchObject([{ ackedSeq: 2 }])
    expect(await valuesOf(aggregator)).toEqual(['a', 'b'])
  })

  it('begins at the cursor where it is a sink that does not say where it is', async () => {
    const collector = await openStrings(newFileSystem())
    await collector.append('a')
    const taken: LinkFrame[] = []
    const sink = (frames$: Observable<LinkFrame>): Observable<never> =>
      new Observable(() =>
        frames$.subscribe((frame) => {
          taken.push(frame)
          frame.ack()
        }),
      )
    const feeds = [{ ...one, sink }]
    for (let turn = 0; turn < 2; turn += 1) {
      const { follower } = link({ journals: new Map([['main', collector]]) }, { feeds })
      await turns()
      await collector.append('b')
      await turns()
      follower.stop()
      await turns()
    }
    expect(taken.map(({ firstSeq }) => firstSeq)).toEqual([1, 2, 3])
  })
})
