import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'

import { filter, firstValueFrom, Subject, NEVER } from 'rxjs'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

import { JournalError } from '../src/index.ts'
import { follow, serveJournal } from '../src/link/index.ts'
import { createAuthority } from './helpers/certificates.ts'
import { copyOf, newFileSystem, openStrings } from './helpers/journals.ts'
import { caughtUp, problemOf, recordsOf, start, strings, until } from './helpers/machines.ts'
import { followInto, limits, quick, serveAt } from './helpers/tls-links.ts'

const own = createAuthority()
afterAll(() => own[Symbol.dispose]())
const berlin = own.issue('berlin', { san: 'URI:tocsin:subscriber:berlin,DNS:localhost,IP:127.0.0.1' })
const paris = own.issue('paris')
const aggregator = own.issue('aggregator')
const standby = own.issue('standby')

/** Passes bytes on to a port, until it is cut. */
async function cable(to: number): Promise<{ readonly port: number; cut(): void; mend(): void }> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => [near, far].forEach((one) => one.destroy()))
    }
    if (isCut) near.destroy()
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    mend: () => {
      isCut = false
    },
  }
}

const twin = { journal: 'main', subscriber: 'one', sink: () => NEVER }

describe('follow() and serveJournal()', () => {
  it('copy over TLS each record once, tell how far it is, and end with their subscriptions', async () => {
    const [collector, copy] = [await strings(), await strings()]
    await collector.appendBatch(['a', 'b'])
    const server = await serveAt(collector, berlin)
    const following = followInto(server.port, aggregator, copy)
    await until(following.stream, caughtUp(2))
    await collector.append('c')
    expect(await until(following.stream, caughtUp(3))).toEqual({
      ...{ type: 'following', peer: 'berlin', journal: 'journal', subscriber: 'aggregator' },
      ...{ headSeq: 3, ackedSeq: 3, lagRecords: 0, lagMs: 0 },
    })
    expect(await until(server.stream, caughtUp(3))).toMatchObject({ peer: 'aggregator', lagRecords: 0 })
    expect(following.events[0]).toMatchObject({ type: 'copied', peer: 'berlin', journal: 'journal' })
    expect(await recordsOf(copy)).toEqual(['a', 'b', 'c'])
    following.stop()
    expect(await until(server.stream, ({ type }) => type === 'lost')).toMatchObject({ code: 'bye' })
    expect(await firstValueFrom(following.stream.state$)).toEqual({ links: [], certificates: [] })
    server.stop()
    expect([...following.problems, ...server.problems]).toEqual([])
  })

  it('go on where they were when a connection is cut, again and again', async () => {
    const [collector, copy] = [await strings(), await strings()]
    const server = await serveAt(collector, berlin)
    const line = await cable(server.port)
    const following = followInto(line.port, aggregator, copy)
    const all: string[] = []
    for (let round = 1; round <= 8; round += 1) {
      const values = Array.from({ length: 20 }, (_, index) => `${round}.${index}`)
      all.push(...values)
      await collector.appendBatch(values)
      line.cut()
      await until(following.stream, ({ type }) => type === 'waiting')
      line.mend()
      await until(following.stream, caughtUp(all.length))
    }
    expect(await recordsOf(copy)).toEqual(all)
  })

  it('come together the other way round: who serves dials out, and whoever dials in is followed', async () => {
    const copy = await strings()
    const options = { listen: 0, tls: aggregator, subscriber: 'aggregator', into: copy, limits }
    const following = start(follow(options))
    const { port } = await firstValueFrom(following.stream.listening)
    const collectors = [await strings(), await strings()]
    const dial = {
      connect: `localhost:${port}`,
      peer: 'aggregator',
      allow: { aggregator: {} },
      ...quick,
      limits,
    }
    const [first, second] = [berlin, paris].map((tls, index) =>
      start(serveJournal(collectors[index] as never, { ...dial, tls })),
    )
    await collectors[0]?.append('of berlin')
    await collectors[1]?.append('of paris')
    await until(following.stream, (link) => link.peer === 'berlin' && caughtUp(1)(link))
    await until(following.stream, (link) => link.peer === 'paris' && caughtUp(1)(link))
    expect([...(await recordsOf(copy))].sort()).toEqual(['of berlin', 'of paris'])
    first?.stop()
    expect(await until(following.stream, ({ type }) => type === 'lost')).toMatchObject({ peer: 'berlin' })
    expect(second?.end).toBe('open')
    // The newest connection of a name wins: what it had before is ended.
    const again = start(serveJournal(collectors[1] as never, { ...dial, tls: paris }))
    await problemOf(following, 'superseded')
    expect(await until(again.stream, ({ type }) => type === 'following')).toMatchObject({
      peer: 'aggregator',
    })
  })

  it('go on for others where one that dials in serves a copy of the very journal that it is to be copied into', async () => {
    const disk = newFileSystem()
    await (await openStrings(disk)).close()
    const [copy, collector, aggregate] = [
      await openStrings(copyOf(disk)),
      await strings(),
      await openStrings(disk),
    ]
    await copy.append('of nobody')
    const options = { listen: 0, tls: aggregator, subscriber: 'aggregator', into: aggregate, limits }
    const following = start(follow(options))
    const { port } = await firstValueFrom(following.stream.listening)
    const dial = {
      connect: `localhost:${port}`,
      peer: 'aggregator',
      allow: { aggregator: {} },
      ...quick,
      limits,
    }
    start(serveJournal(copy, { ...dial, tls: paris }))
    await problemOf(following, 'link-refused')
    start(serveJournal(collector, { ...dial, tls: berlin }))
    await collector.append('of berlin')
    await until(following.stream, (link) => link.peer === 'berlin' && caughtUp(1)(link))
    expect(following.end).toBe('open')
    expect([...(await recordsOf(aggregate))]).toEqual(['of berlin'])
  })

  it('are refused at the call where options are none', () => {
    const wrong = [
      () => follow(undefined as never),
      () => serveJournal(null as never, { listen: 0, tls: berlin, allow: {} }),
      () => serveJournal({}, undefined as never),
      () =>
        serveJournal({ subscriber: () => undefined } as never, {
          listen: 0,
          tls: berlin,
          allow: null as never,
        }),
    ]
    for (const call of wrong) expect(call).toThrow(/JOURNAL_BAD_OPTION/)
  })

  it('carry several journals over one connection, and give each to who may have it', async () => {
    const [one, two, copyOfOne, copyOfTwo] = [
      await strings(),
      await strings(),
      await strings(),
      await strings(),
    ]
    await one.append('one')
    await two.append('two')
    const journals = { one: one, two: two }
    const allow = { aggregator: {}, standby: { subscribers: ['standby'], journals: ['one'] } }
    const server = start(serveJournal(journals, { listen: 0, tls: berlin, allow, limits }))
    const { port } = await firstValueFrom(server.stream.listening)
    const feeds = [
      { journal: 'one', subscriber: 'aggregator', into: copyOfOne },
      { journal: 'two', subscriber: 'aggregator', into: copyOfTwo },
    ]
    const both = start(follow({ connect: `127.0.0.1:${port}`, tls: aggregator, feeds, limits, ...quick }))
    await until(both.stream, (link) => link.journal === 'one' && caughtUp(1)(link))
    await until(both.stream, (link) => link.journal === 'two' && caughtUp(1)(link))
    expect([await recordsOf(copyOfOne), await recordsOf(copyOfTwo)]).toEqual([['one'], ['two']])
    const options = { connect: `127.0.0.1:${port}`, tls: standby, subscriber: 'standby', limits, ...quick }
    const into = await strings()
    const refused = start(follow({ ...options, journal: 'two', into, endWhenRefused: true }))
    await expect.poll(() => refused.end).toBeInstanceOf(JournalError)
    expect(refused.end).toMatchObject({ code: 'JOURNAL_LINK_REFUSED' })
    const states = await firstValueFrom(refused.stream.state$)
    expect(states.links).toMatchObject([{ type: 'refused', code: 'no-right', journal: 'two' }])
    const unknown = start(follow({ ...options, subscriber: 'aggregator', journal: 'one', into }))
    expect(await problemOf(unknown, 'link-refused')).toMatchObject({ code: 'no-right', peer: 'berlin' })
    expect(unknown.end).toBe('open')
  })

  it('let the newest follower of a name win, and end the older one, which cannot fence it in turn', async () => {
    const collector = await strings()
    const server = await serveAt(collector, berlin)
    const [active, passive] = [await strings(), await strings()]
    const first = followInto(server.port, aggregator, active)
    await until(first.stream, caughtUp(0))
    const second = followInto(server.port, aggregator, passive)
    await expect.poll(() => first.end).toMatchObject({ code: 'JOURNAL_LINK_FENCED' })
    expect((await firstValueFrom(first.stream.state$)).links).toMatchObject([{ type: 'fenced' }])
    await collector.append('a')
    await until(second.stream, caughtUp(1))
    expect([await recordsOf(active), await recordsOf(passive)]).toEqual([[], ['a']])
  })

  it('end where the followed journal is another one than before, and say so', async () => {
    const [collector, copy] = [await strings(), await strings()]
    await collector.appendBatch(['a', 'b'])
    const server = await serveAt(collector, berlin)
    const into = {
      ...copy,
      upstreamPosition: (journalId: string) => ({ journalId, seq: 7 }),
    }
    const following = start(
      follow({
        connect: `127.0.0.1:${server.port}`,
        tls: aggregator,
        subscriber: 'aggregator',
        into,
        limits,
      }),
    )
    await expect.poll(() => following.end).toMatchObject({ code: 'JOURNAL_DIVERGED' })
    const [link] = (await firstValueFrom(following.stream.state$)).links
    expect(link).toMatchObject({ type: 'diverged', seq: 3, peer: 'berlin' })
    expect(await recordsOf(copy)).toEqual([])
  })

  it('end in order when they are closed', async () => {
    const [collector, copy] = [await strings(), await strings()]
    await collector.append('a')
    const [closeServer, closeFollower] = [new Subject<void>(), new Subject<void>()]
    const server = await serveAt(collector, berlin, { closing: closeServer })
    const following = followInto(server.port, aggregator, copy, { closing: closeFollower })
    await until(following.stream, caughtUp(1))
    closeServer.next()
    await expect.poll(() => server.end).toBe('complete')
    await until(following.stream, ({ type }) => type === 'waiting')
    closeFollower.next()
    expect(following.end).toBe('complete')
    expect(await recordsOf(copy)).toEqual(['a'])
  })

  it('tell of a port that is taken, of certificates that cannot be used, and run once at a time', async () => {
    const collector = await strings()
    const server = await serveAt(collector, berlin)
    const options = { listen: server.port, tls: berlin, allow: {} }
    const second = start(serveJournal(collector, options))
    await expect.poll(() => second.end).toMatchObject({ code: 'JOURNAL_IO' })
    const wrong = { ...berlin, key: aggregator.key }
    const third = start(serveJournal(collector, { ...options, listen: 0, tls: wrong }))
    await expect.poll(() => third.end).toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(start(server.stream).end).toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
    server.stop()
    const again = start(server.stream)
    const address = await firstValueFrom(
      again.stream.listening.pipe(filter(({ port }) => port !== server.port)),
    )
    expect(address.address).toBe('127.0.0.1')
  })

  it.each([
    ['neither connect nor listen', { connect: undefined }],
    ['both', { listen: 1 }],
    ['an address without a port', { connect: 'berlin' }],
    ['a port that is none', { connect: 'berlin:65536' }],
    ['no certificates', { tls: undefined }],
    ['an option that is unknown', { retries: 3 }],
    ['certificates with an unknown option', { tls: { ...berlin, password: 'x' } }],
    ['a peer that is no name', { peer: [] }],
    ['no subscriber', { subscriber: undefined }],
    ['neither target nor sink', { into: undefined }],
    ['feeds and one feed', { feeds: [] }],
    ['two feeds of one name', { subscriber: undefined, into: undefined, feeds: [twin, twin] }],
    ['a wrong bound', { limits: { heartbeatMs: 0 } }],
  ])('refuse %s at the call', async (_, options) => {
    const given = { connect: 'berlin:1', tls: aggregator, subscriber: 'one', into: await strings() }
    expect(() => follow({ ...given, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_BAD_OPTION' }),
    )
  })

  it.each([
    ['no journal', undefined, {}],
    ['no list of rights', {}, { allow: undefined }],
    ['a list that holds something else', {}, { allow: { a: { subscriber: ['b'] } } }],
    ['no certificates', {}, { tls: undefined }],
  ])('refuse %s at the call of the server', async (_, journal, options) => {
    const given = { listen: 0, tls: berlin, allow: {}, ...options }
    const source = journal === undefined ? {} : await strings()
    expect(() => serveJournal(source, given as never)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_BAD_OPTION' }),
    )
  })
})
