import { describe, expect, it } from 'vitest'

import { LinkClaims } from '../src/link/index.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import type { Link } from './helpers/links.ts'
import { link, turns } from './helpers/links.ts'

const cuts = 1000

describe('a link that is cut again and again', () => {
  it('brings every record exactly once and in order', async () => {
    const [collector, aggregator] = [
      await openStrings(newFileSystem(), { segmentBytes: 65_536 }),
      await openStrings(newFileSystem(), { segmentBytes: 65_536 }),
    ]
    for (const journal of [collector, aggregator]) await journal.subscriber('audit')
    const serving = { journals: new Map([['main', collector]]), claims: new LinkClaims() }
    const feeds = [{ journal: 'main', subscriber: 'one', into: aggregator }]
    const connect = (breakAfter: number, broken: 'reset' | 'silent'): Link =>
      link(serving, { feeds, limits: { creditBytes: 3000 } }, { breakAfter, broken, piece: () => 100 })
    let serial = 0
    for (let cut = 0; cut < cuts; cut += 1) {
      // Every place within the greeting and several frames, in an order that has no period of its own.
      const both = connect(1 + ((cut * 7919) % 2003), cut % 5 === 0 ? 'silent' : 'reset')
      for (let count = cut % 4; count > 0; count -= 1) void collector.append(`${serial++}`)
      await turns(cut % 23)
      both.server.stop()
      both.follower.stop()
    }
    await collector.flush()
    const { follower } = link(serving, { feeds })
    while (collector.subscribers().find(({ name }) => name === 'one')?.ackedSeq !== serial) await turns()
    follower.stop()
    const { values, gaps } = await readAll(aggregator, 'audit')
    expect(gaps).toEqual([])
    expect([...values.values()]).toEqual(Array.from({ length: serial }, (_, index) => `${index}`))
  })
})
