import { NEVER, Observable, Subject, tap } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import { JournalError } from '../src/index.ts'
import type { FollowTarget, FramesOptions, LinkFrame } from '../src/link/index.ts'
import { followSession, LinkClaims, serveSession } from '../src/link/index.ts'
import type { ControlMessage } from '../src/link/wire/messages.ts'
import { decodeMessage, encodeMessage, frameType } from '../src/link/wire/messages.ts'
import { MessageReader } from '../src/link/wire/message-reader.ts'
import { virtualTime } from '../src/testing/index.ts'
import { duplexPair } from './helpers/duplex-pair.ts'
import { copyOf, newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import { hear, link, turns } from './helpers/links.ts'

const one = { journal: 'main', subscriber: 'one' }
const everything = { subscribers: '*', read: '*' } as const

/** A peer that says what a test wants, and hears what is said to it. */
function rawPeer(): ReturnType<typeof duplexPair>[0] extends infer D
  ? {
      duplex: D
      say: (channel: number, message: ControlMessage) => void
      heard: (ControlMessage | 'frame')[]
    }
  : never {
  const [mine, theirs] = duplexPair()
  const heard: (ControlMessage | 'frame')[] = []
  const reader = new MessageReader(2 ** 24)
  mine.on('data', (chunk: Uint8Array) => {
    reader.push(chunk)
    for (let raw = reader.next(); typeof raw === 'object'; raw = reader.next())
      heard.push(raw.type === frameType ? 'frame' : decodeMessage(raw)!)
  })
  mine.on('error', () => undefined)
  const say = (channel: number, message: ControlMessage): void =>
    void mine.write(encodeMessage(channel, message))
  return { duplex: theirs, say, heard }
}

const hello = (role: 'server' | 'follower', version = 1, oldestVersion = 1): ControlMessage => ({
  ...{ type: 'hello', version, oldestVersion, role, maxMessageBytes: 2 ** 24, features: 0 },
})

describe('a session of a link', () => {
  it('copies what is there and what comes, and acknowledges it when it is durable', async () => {
    const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    await collector.appendBatch(['a', 'b'])
    const journals = new Map([['main', collector]])
    const { server, follower } = link({ journals }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    await collector.append('c')
    await turns()
    expect(follower.events.map(({ type }) => type)).toEqual(['opened', 'result', 'result'])
    expect(server.events).toEqual([{ type: 'opened', ...one, generation: 1, afterSeq: 0 }])
    expect(collector.subscribers()).toMatchObject([{ name: 'one', ackedSeq: 3 }])
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['a', 'b', 'c'])
    follower.stop()
    await turns()
    expect(server).toMatchObject({ end: 'complete' })
    expect(server.events.at(-1)).toMatchObject({ type: 'closed', reason: 'bye' })
  })

  it('goes on where the target is, be it before or behind what was acknowledged', async () => {
    const disk = newFileSystem()
    const collector = await openStrings(newFileSystem())
    const aggregator = await openStrings(disk)
    await collector.subscriber('keeper')
    await collector.append('a')
    const journals = new Map([['main', collector]])
    const follow = (into = aggregator): ReturnType<typeof link> =>
      link({ journals }, { feeds: [{ ...one, into: into }] })
    const first = follow()
    await turns()
    const older = copyOf(disk)
    await collector.appendBatch(['b', 'c'])
    await turns()
    first.follower.stop()
    await turns()
    const restored = await openStrings(older)
    expect(restored.upstreamPosition(collector.id).seq).toBe(1)
    const second = follow(restored)
    await turns()
    expect([...(await readAll(restored)).values.values()]).toEqual(['a', 'b', 'c'])
    second.follower.stop()
    await (await collector.subscriber('one')).seek('oldest')
    await turns()
    const { follower } = follow()
    await collector.append('d')
    await turns()
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['a', 'b', 'c', 'd'])
    expect(follower.events.filter(({ type }) => type === 'result')).toHaveLength(1)
  })

  it('tells both sides that the histories have parted, and with which record', async () => {
    const disk = newFileSystem()
    const collector = await openStrings(disk)
    await collector.append('a')
    const older = copyOf(disk)
    await collector.append('lost')
    const aggregator = await openStrings(newFileSystem())
    const feeds = [{ ...one, into: aggregator }]
    const before = link({ journals: new Map([['main', collector]]) }, { feeds })
    await turns()
    before.follower.stop()
    const restored = await openStrings(older)
    const { server, follower } = link({ journals: new Map([['main', restored]]) }, { feeds })
    await turns()
    expect(follower.end).toMatchObject({ code: 'JOURNAL_DIVERGED', facts: { seq: 2, journal: 'main' } })
    expect(server.events).toMatchObject([
      { type: 'opened' },
      { type: 'refused', code: 'diverged', by: 'here' },
      { type: 'closed', reason: 'bye' },
    ])
  })

  it('acknowledges nothing to a copy of a journal that went on by itself, while another one fills the target', async () => {
    const disk = newFileSystem()
    const first = await openStrings(disk)
    await first.subscriber('one')
    await first.append('common')
    await first.flush()
    const copy = await openStrings(copyOf(disk))
    const aggregator = await openStrings(newFileSystem())
    const links = [first, copy].map((journal) =>
      link(
        { journals: new Map([['main', journal]]), limits: { heartbeatMs: 20 } },
        { feeds: [{ ...one, into: aggregator }] },
      ),
    )
    await turns()
    await copy.append('its own')
    await turns()
    await copy.append('and more')
    await turns()
    await first.append('lost?')
    await turns()
    expect(first.subscribers()).toMatchObject([{ ackedSeq: 1 }])
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['common', 'its own', 'and more'])
    // The next connection begins at the place of the target.
    const { follower } = links[0]!
    await vi.waitUntil(() => follower.end !== 'open', 30_000)
    expect(follower.end).toMatchObject({ code: 'JOURNAL_LINK_LOST', retryable: true })
    const again = link({ journals: new Map([['main', first]]) }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    expect(again.follower.end).toMatchObject({ code: 'JOURNAL_DIVERGED' })
    links[1]!.follower.stop()
  })

  it('takes what another connection has brought for acknowledged once it has come to that place', async () => {
    const collector = await openStrings(newFileSystem())
    const aggregator = await openStrings(newFileSystem())
    const journals = new Map([['main', collector]])
    const names = ['one', 'two'].map((subscriber) => ({ journal: 'main', subscriber }))
    const links = names.map((feed) => link({ journals }, { feeds: [{ ...feed, into: aggregator }] }))
    await turns()
    for (const value of ['a', 'b', 'c', 'd']) await collector.append(value)
    await turns()
    expect(collector.subscribers().map(({ ackedSeq }) => ackedSeq)).toEqual([4, 4])
    expect([...(await readAll(aggregator)).values.values()]).toEqual(['a', 'b', 'c', 'd'])
    for (const { follower } of links) follower.stop()
  })

  it('refuses who has no right and what is not there, and serves the others', async () => {
    const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    await collector.append('a')
    const into = aggregator
    const feeds = [
      { ...one, into },
      { journal: 'main', subscriber: 'other', into },
      { journal: 'secret', subscriber: 'one', into },
      { journal: 'gone', subscriber: 'one', into },
    ]
    const rights = (): { subscribers: string[]; read: string[] } => ({
      subscribers: ['one'],
      read: ['main', 'gone'],
    })
    const journals = new Map([
      ['main', collector],
      ['secret', collector],
    ])
    const { server, follower } = link({ journals, rights }, { feeds })
    await turns()
    const refused = [
      { type: 'refused', journal: 'main', subscriber: 'other', code: 'no-right' },
      { type: 'refused', journal: 'secret', subscriber: 'one', code: 'no-right' },
      { type: 'refused', journal: 'gone', subscriber: 'one', code: 'unknown-journal' },
    ]
    expect(server.events.slice(0, 3)).toMatchObject(refused)
    expect(follower.events.filter(({ type }) => type === 'refused')).toMatchObject(refused)
    expect(follower.end).toBe('open')
    expect((await readAll(aggregator)).values.size).toBe(1)
  })

  it('errs with the refusal where no feed is left', async () => {
    const collector = await openStrings(newFileSystem())
    const journals = new Map([['main', collector]])
    const { server, follower } = link(
      { journals, rights: () => undefined },
      { feeds: [{ ...one, into: await openStrings(newFileSystem()) }] },
    )
    await turns()
    expect(follower.end).toMatchObject({ code: 'JOURNAL_LINK_REFUSED', retryable: false })
    expect(server.end).toBe('complete')
  })

  it('lets the newest connection of a name win, and tells the older one', async () => {
    const collector = await openStrings(newFileSystem())
    await collector.append('a')
    const serving = { journals: new Map([['main', collector]]), claims: new LinkClaims() }
    const [first, second] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
    const older = link(serving, { feeds: [{ ...one, into: first }] })
    await turns()
    const newer = link(serving, { feeds: [{ ...one, into: second }] })
    await turns()
    await collector.append('b')
    await turns()
    expect(older.follower.end).toMatchObject({ code: 'JOURNAL_LINK_FENCED', retryable: false })
    expect(older.server.events.map(({ type }) => type)).toEqual(['opened', 'fenced', 'closed'])
    expect(newer.server.events).toEqual([{ type: 'opened', ...one, generation: 2, afterSeq: 0 }])
    expect((await readAll(first)).values.size).toBe(1)
    expect([...(await readAll(second)).values.values()]).toEqual(['a', 'b'])
  })

  it('waits an hour for a target that is full, and then goes on as if nothing had been', async () => {
    using time = virtualTime()
    const collector = await openStrings(newFileSystem())
    await collector.appendBatch(['a', 'b'])
    const aggregator = await openStrings(newFileSystem())
    let isFull = true
    const into: FollowTarget = {
      upstreamPosition: (journalId) => aggregator.upstreamPosition(journalId),
      appendFrame: async (frame, options) => {
        if (isFull) throw new JournalError('JOURNAL_FULL', 'no room')
        return aggregator.appendFrame(frame, options)
      },
    }
    const journals = new Map([['main', collector]])
    const { server, follower } = link({ journals }, { feeds: [{ ...one, into }] })
    await turns()
    for (let minute = 0; minute < 60; minute += 1) {
      await collector.append(`${minute}`)
      await time.advanceBy('1m')
    }
    expect(follower.events.filter(({ type }) => type === 'held').length).toBeLessThan(140)
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 0 }])
    expect(follower.events.at(-1)).toMatchObject({ type: 'lag', lagRecords: 62 })
    isFull = false
    await time.advanceBy('1m')
    await turns()
    expect((await readAll(aggregator)).values.size).toBe(62)
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 62 }])
    expect([server.end, follower.end]).toEqual(['open', 'open'])
  })

  it('knows its lag when nothing comes, and gives up a line on which nothing comes through', async () => {
    using time = virtualTime()
    const collector = await openStrings(newFileSystem())
    await collector.appendBatch(['a', 'b', 'c'])
    const aggregator = await openStrings(newFileSystem())
    const journals = new Map([['main', collector]])
    const idle = link({ journals }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    await time.advanceBy(12_000)
    await turns()
    const upToDate = { type: 'lag', ...one, headSeq: 3, ackedSeq: 3, lagRecords: 0, lagMs: 0 }
    for (const { events, end } of [idle.server, idle.follower]) {
      expect(events.filter(({ type }) => type === 'lag')).toEqual([upToDate, upToDate])
      expect(end).toBe('open')
    }
    idle.follower.stop()
    await turns()
    const silent = link(
      { journals },
      { feeds: [{ ...one, into: aggregator }] },
      { breakAfter: 300, broken: 'silent' },
    )
    await turns()
    await time.advanceBy(60_000)
    await turns()
    expect(silent.server.events.at(-1)).toMatchObject({ type: 'closed', reason: 'silent' })
    expect(silent.follower.events.at(-1)).toMatchObject({ type: 'closed', reason: 'silent' })
    expect([silent.server.end, silent.follower.end]).toEqual(['complete', 'complete'])
  })

  it('is told what is wrong by either side, and harms nobody', async () => {
    using time = virtualTime()
    const collector = await openStrings(newFileSystem())
    const aggregator = await openStrings(newFileSystem())
    const journals = new Map([['main', collector]])
    const garbage = Buffer.from('GET / HTTP/1.1\r\nHost: collector\r\n\r\n')
    const cases: readonly [
      string,
      ControlMessage | Uint8Array | undefined,
      ControlMessage | Uint8Array | undefined,
    ][] = [
      ['protocol', garbage, garbage],
      ['protocol', Uint8Array.of(255, 255, 255, 255), Uint8Array.of(255, 255, 255, 255)],
      ['protocol', { type: 'bye', drain: true }, { type: 'bye', drain: true }],
      ['version', hello('follower', 3, 2), hello('server', 3, 2)],
      ['role', hello('server'), hello('follower')],
      ['timeout', undefined, undefined],
    ]
    for (const [code, toServer, toFollower] of cases) {
      const claims = new LinkClaims()
      const [asFollower, asServer] = [rawPeer(), rawPeer()]
      const serving = { journals, claims, rights: () => everything }
      const server = hear(serveSession({ duplex: asFollower.duplex, peer: 'x' }, serving))
      const feeds = [{ ...one, into: aggregator }]
      const follower = hear(followSession({ duplex: asServer.duplex, peer: 'y' }, { feeds }))
      for (const [peer, said] of [
        [asFollower, toServer],
        [asServer, toFollower],
      ] as const) {
        if (said instanceof Uint8Array) peer.duplex.push(said)
        else if (said !== undefined) peer.say(0, said)
      }
      await turns()
      await time.advanceBy(12_000)
      await turns()
      expect(server.events).toMatchObject([
        { type: 'refused', code },
        { type: 'closed', reason: 'error' },
      ])
      expect(server.end).toBe('complete')
      expect(follower.end).toMatchObject({
        code: code === 'timeout' ? 'JOURNAL_LINK_LOST' : 'JOURNAL_LINK_PROTOCOL',
        facts: { reason: code },
      })
      for (const { heard } of [asFollower, asServer])
        expect(heard.at(-1)).toMatchObject({ type: 'error', code })
    }
    expect(time.scheduled).toBeLessThan(10)
  })

  it('brings small frames back to back to a follower that takes them so, and one by one to any other', async () => {
    const collector = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
    const values = Array.from({ length: 100 }, (_, index) => `${index}`)
    for (const value of values) await collector.append(value)
    const journals = new Map([['main', collector]])
    const brought = async (runs: boolean, credit: number): Promise<number> => {
      const raw = rawPeer()
      const serving = { journals, claims: new LinkClaims(), rights: () => everything }
      const server = hear(serveSession({ duplex: raw.duplex, peer: 'x' }, serving))
      raw.say(0, hello('follower'))
      raw.say(1, { type: 'open', ...one, transient: false, runs })
      await turns()
      raw.say(1, { type: 'resume', have: undefined, credit })
      await turns()
      server.stop()
      await turns()
      return raw.heard.filter((message) => message === 'frame').length
    }
    expect(await brought(false, 1_000_000)).toBe(100)
    expect(await brought(true, 1_000_000)).toBe(2)
    // No run is longer than the credit: of 64 bytes, 72 to 80 and what each counts besides.
    expect(await brought(true, 200)).toBe(2)
    const aggregator = await openStrings(newFileSystem())
    const { follower } = link({ journals }, { feeds: [{ ...one, into: aggregator }] })
    await turns()
    const results = follower.events.filter(({ type }) => type === 'result')
    expect(results.length).toBeLessThan(10)
    expect([...(await readAll(aggregator)).values.values()]).toEqual(values)
    expect(collector.subscribers()).toMatchObject([{ name: 'one', ackedSeq: 100 }])
  })

  it('refuses a run of frames that it did not ask for', async () => {
    const collector = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c', 'd']) await collector.append(value)
    const journals = new Map([
      [
        'main',
        {
          id: collector.id,
          stats: collector.stats,
          removeSubscriber: (name: string) => collector.removeSubscriber(name),
          subscriber: async (name: string) => {
            const subscriber = await collector.subscriber(name)
            const { ackedSeq } = subscriber
            return {
              ackedSeq,
              seek: (position: 'newest') => subscriber.seek(position),
              frames: (options?: FramesOptions) => subscriber.frames({ ...options, runBytes: 10_000 }),
            }
          },
        },
      ],
    ])
    const taken: number[] = []
    const sink = (frames: Observable<LinkFrame>): Observable<unknown> =>
      frames.pipe(tap(({ lastSeq }) => taken.push(lastSeq)))
    const { follower } = link({ journals }, { feeds: [{ ...one, sink }] })
    await turns()
    expect(taken).toEqual([1])
    expect(follower.events.at(-2)).toMatchObject({ type: 'refused', code: 'protocol', by: 'here' })
  })

  it('takes no acknowledgement of what was not sent, and one that comes again only once', async () => {
    const collector = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c']) await collector.append(value)
    const serving = {
      journals: new Map([['main', collector]]),
      claims: new LinkClaims(),
      rights: () => everything,
    }
    const raw = rawPeer()
    const server = hear(serveSession({ duplex: raw.duplex, peer: 'x' }, serving))
    raw.say(0, hello('follower'))
    raw.say(1, { type: 'open', ...one, transient: false, runs: false })
    await turns()
    // Credit for one frame and a part.
    raw.say(1, { type: 'resume', have: undefined, credit: 150 })
    await turns()
    expect(raw.heard.filter((message) => message === 'frame')).toHaveLength(2)
    for (let again = 0; again < 3; again += 1) raw.say(1, { type: 'ack', seq: 1, checksum: 0 })
    await turns()
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 1 }])
    raw.say(1, { type: 'ack', seq: 2, checksum: 12_345 })
    await turns()
    expect(server.events.at(-2)).toMatchObject({ type: 'refused', code: 'bad-ack' })
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 1 }])
    const second = rawPeer()
    const future = hear(serveSession({ duplex: second.duplex, peer: 'x' }, serving))
    second.say(0, hello('follower'))
    second.say(1, { type: 'open', ...one, transient: false, runs: false })
    await turns()
    second.say(1, { type: 'resume', have: undefined, credit: 1000 })
    await turns()
    second.say(1, { type: 'ack', seq: 4, checksum: 0 })
    await turns()
    expect(future.events.at(-2)).toMatchObject({ type: 'refused', code: 'bad-ack' })
    expect(collector.subscribers()).toMatchObject([{ ackedSeq: 1 }])
  })

  it('sends no more than the follower has given credit for', async () => {
    const collector = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
    for (let index = 0; index < 50; index += 1) await collector.append('x'.repeat(1000))
    const frames: LinkFrame[] = []
    const sink = (frames$: Observable<LinkFrame>): Observable<never> =>
      new Observable(() => frames$.subscribe((frame) => void frames.push(frame)))
    const journals = new Map([['main', collector]])
    link({ journals }, { feeds: [{ ...one, sink }], limits: { creditBytes: 5000 } })
    await turns()
    // One may go beyond it.
    expect(frames).toHaveLength(5)
    while (
      frames.length < 50 ||
      frames.some(({ lastSeq }) => lastSeq > collector.subscribers()[0]!.ackedSeq)
    ) {
      for (const frame of frames) frame.ack()
      await turns(5)
    }
    expect(frames.map(({ firstSeq }) => firstSeq)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
  })

  it('brings a transient feed the newest, never anything again, and counts what it dropped', async () => {
    const collector = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
    await collector.append('before')
    const held: LinkFrame[] = []
    const sink = (frames$: Observable<LinkFrame>): Observable<never> =>
      new Observable(() => frames$.subscribe((frame) => void held.push(frame)))
    const journals = new Map([['main', collector]])
    const { follower } = link(
      { journals },
      { feeds: [{ ...one, sink, transient: true }], limits: { creditBytes: 3000 } },
    )
    await turns()
    const append = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await collector.append('x'.repeat(1000))
    }
    await append(20)
    await turns()
    // All but what was under way is the newest now.
    while (held.at(-1)?.lastSeq !== 21) {
      for (const frame of held) frame.ack()
      await turns(5)
    }
    let next = 2
    for (const { gaps, firstSeq, lastSeq } of held) {
      for (const { fromSeq, toSeq, reason } of gaps) {
        expect([fromSeq, reason]).toEqual([next, 'dropped'])
        next = toSeq + 1
      }
      expect(firstSeq).toBe(next)
      next = lastSeq + 1
    }
    expect(next).toBe(22)
    expect(held.length).toBeLessThan(10)
    follower.stop()
    await turns()
    expect(collector.subscribers()).toEqual([])
  })

  it('deals with what is under way when either side is to end', async () => {
    for (const side of ['server', 'follower'] as const) {
      const [collector, aggregator] = [await openStrings(newFileSystem()), await openStrings(newFileSystem())]
      const closing = new Subject<void>()
      const journals = new Map([['main', collector]])
      const { server, follower } = link(
        { journals, ...(side === 'server' ? { closing } : {}) },
        { feeds: [{ ...one, into: aggregator }], ...(side === 'follower' ? { closing } : {}) },
      )
      await turns()
      for (let index = 0; index < 20; index += 1) void collector.append(`${index}`)
      await turns(3)
      closing.next()
      await turns()
      expect([server.end, follower.end]).toEqual(['complete', 'complete'])
      expect(server.events.at(-1)).toMatchObject({ type: 'closed', reason: 'bye' })
      expect(follower.events.at(-1)).toMatchObject({ type: 'closed', reason: 'done' })
      const { size } = (await readAll(aggregator)).values
      expect(collector.subscribers()).toMatchObject([{ ackedSeq: size }])
    }
  })

  it('compresses where both sides have it', async () => {
    const bytes: number[] = []
    for (const compress of [false, true]) {
      const [collector, aggregator] = [
        await openStrings(newFileSystem(), { segmentBytes: 65_536 }),
        await openStrings(newFileSystem()),
      ]
      await collector.append('x'.repeat(20_000))
      let count = 0
      const change = (piece: Uint8Array): Uint8Array => {
        count += piece.length
        return piece
      }
      link(
        { journals: new Map([['main', collector]]), limits: { compress: true } },
        { feeds: [{ ...one, into: aggregator }], limits: { compress } },
        { change },
      )
      await turns()
      expect(collector.subscribers()).toMatchObject([{ ackedSeq: 1 }])
      bytes.push(count)
    }
    expect(bytes[1]).toBeLessThan(bytes[0]! / 5)
  })

  it('lets a feed with little come between the frames of one with much', async () => {
    const [large, aggregator] = [
      await openStrings(newFileSystem(), { segmentBytes: 1_048_576 }),
      await openStrings(newFileSystem()),
    ]
    for (let index = 0; index < 200; index += 1) await large.append('x'.repeat(20_000))
    const order: string[] = []
    const sink =
      (name: string) =>
      (frames$: Observable<LinkFrame>): Observable<never> =>
        new Observable(() =>
          frames$.subscribe((frame) => {
            order.push(name)
            frame.ack()
          }),
        )
    const journals = new Map([['large', large]])
    const feeds = [{ journal: 'large', subscriber: 'one', sink: sink('large') }]
    for (let index = 0; index < 100; index += 1) {
      const small = await openStrings(newFileSystem())
      await small.append('a')
      journals.set(`${index}`, small)
      feeds.push({ journal: `${index}`, subscriber: 'one', sink: sink('small') })
    }
    link({ journals }, { feeds }, { piece: () => 65_536 })
    await turns(100)
    while (order.length < 300) await turns(10)
    expect(aggregator.stats.lastSeq).toBe(0)
    const lastSmall = order.lastIndexOf('small')
    expect(order.slice(0, lastSmall).filter((name) => name === 'large').length).toBeLessThan(100)
  })

  it('is refused at the call where an option is wrong', () => {
    const [duplex] = duplexPair()
    const stream = { duplex, peer: 'x' }
    const into = { appendFrame: () => undefined, upstreamPosition: () => undefined }
    const wrong: (() => unknown)[] = [
      () => followSession(stream, { feeds: [] }),
      () => followSession(stream, { feeds: [{ ...one }] as never }),
      () => followSession(stream, undefined as never),
      () => serveSession(stream, null as never),
      ...[{ acceptHole: 'yes' }, { acceptHoles: true }, { transient: true }, { after: () => undefined }].map(
        (more) => () => followSession(stream, { feeds: [{ ...one, into, ...more }] as never }),
      ),
      ...[{ after: 1 }, { transient: 'yes' }, { acceptHole: true }].map(
        (more) => () => followSession(stream, { feeds: [{ ...one, sink: () => NEVER, ...more }] as never }),
      ),
      () => serveSession(stream, { journals: new Map(), rights: () => undefined } as never),
      () =>
        serveSession(stream, {
          journals: new Map(),
          rights: () => undefined,
          claims: new LinkClaims(),
          limits: { creditBytes: 0 },
        }),
    ]
    for (const call of wrong) expect(call).toThrow(/JOURNAL_BAD_OPTION/)
  })

  it('is refused at the call where two of its feeds would fence each other for ever', () => {
    const stream = { duplex: duplexPair()[0], peer: 'x' }
    const into = { appendFrame: () => undefined, upstreamPosition: () => undefined }
    const feeds = (...names: readonly object[]): never =>
      names.map((name) => ({ ...one, ...name, into })) as never
    const message =
      'JOURNAL_BAD_OPTION: feeds[0] and feeds[2] are both subscriber "one" of journal "main"; give each a name of its own'
    expect(() => followSession(stream, { feeds: feeds({}, { subscriber: 'two' }, {}) })).toThrow(message)
    expect(() => followSession(stream, { feeds: feeds({}, { journal: 'other' }) })).not.toThrow()
  })
})
