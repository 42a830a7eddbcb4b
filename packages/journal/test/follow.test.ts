import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { copyFileSync, readFileSync } from 'node:fs'

import type { Observable } from 'rxjs'
import { filter, firstValueFrom, map, Subject, take } from 'rxjs'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

import type { Journal } from '../src/index.ts'
import type {
  Follow,
  FollowOptions,
  JournalServer,
  LinkProblem,
  LinkState,
  LinkTls,
  ServeOptions,
} from '../src/link/index.ts'
import { follow, serveJournal } from '../src/link/index.ts'
import { createAuthority } from './helpers/certificates.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import { served, target } from './helpers/links.ts'

const own = createAuthority()
const other = createAuthority('other')
afterAll(() => [own, other].forEach((authority) => authority[Symbol.dispose]()))
const berlin = own.issue('berlin', { san: 'URI:tocsin:subscriber:berlin,DNS:localhost,IP:127.0.0.1' })
const aggregator = own.issue('aggregator')

interface Started<T> {
  readonly problems: LinkProblem[]
  readonly events: unknown[]
  readonly stream: T
  end: 'open' | 'complete' | Error
  stop(): void
}

function start<T extends JournalServer | Follow>(stream: T): Started<T> {
  const started: Started<T> = {
    ...{ problems: [], events: [], stream, end: 'open' },
    stop: () => subscription.unsubscribe(),
  }
  stream.problems.subscribe((problem) => started.problems.push(problem))
  const subscription = (stream as Observable<unknown>).subscribe({
    next: (event) => started.events.push(event),
    error: (error: Error) => (started.end = error),
    complete: () => (started.end = 'complete'),
  })
  onTestFinished(() => subscription.unsubscribe())
  return started
}

const quick = { minDelayMs: 10, maxDelayMs: 40, random: () => 1 } as const
const limits = { heartbeatMs: 50, silenceMs: 5000 } as const

const serve = async (
  journal: Journal<string>,
  options: Partial<ServeOptions> = {},
): Promise<Started<JournalServer> & { port: number }> => {
  const given = { listen: 0, tls: berlin, allow: { aggregator: {} }, limits, ...options }
  const started = start(serveJournal(served(journal), given))
  return Object.assign(started, { port: (await firstValueFrom(started.stream.listening)).port })
}

const followInto = (port: number, journal: Journal<string>, options: Partial<FollowOptions> = {}): Started<Follow> =>
  start(
    follow({
      ...{ connect: `127.0.0.1:${port}`, tls: aggregator, subscriber: 'aggregator', into: target(journal) },
      ...{ ...quick, limits },
      ...options,
    } as FollowOptions),
  )

/** Waits until one of the links is as it is to be. */
const until = (stream: JournalServer | Follow, is: (link: LinkState) => boolean): Promise<LinkState> =>
  firstValueFrom(
    stream.state$.pipe(
      map(({ links }) => links.find(is)),
      filter((link) => link !== undefined),
    ),
  )

const caughtUp =
  (seq: number) =>
  (link: LinkState): boolean =>
    link.type === 'following' && link.ackedSeq === seq

const problemOf = (started: Started<JournalServer | Follow>, reason: string): Promise<LinkProblem> =>
  new Promise((resolve) => {
    const found = started.problems.find((problem) => problem.reason === reason)
    if (found !== undefined) resolve(found)
    else
      started.stream.problems
        .pipe(filter((problem) => problem.reason === reason), take(1))
        .subscribe((problem) => resolve(problem))
  })

const strings = (): Promise<Journal<string>> => openStrings(newFileSystem())
const recordsOf = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal, 'check')).values.values(),
]

describe('follow() and serveJournal()', () => {
  it('copy over TLS each record once, tell how far it is, and end with their subscriptions', async () => {
    const [collector, copy] = [await strings(), await strings()]
    await collector.appendBatch(['a', 'b'])
    const server = await serve(collector)
    const following = followInto(server.port, copy)
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
})
