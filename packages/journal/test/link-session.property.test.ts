import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Journal } from '../src/index.ts'
import type { FollowTarget } from '../src/link/index.ts'
import { LinkClaims } from '../src/link/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import type { Line } from './helpers/duplex-pair.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import type { Link } from './helpers/links.ts'
import { link, turns } from './helpers/links.ts'

type Side = 'collector' | 'aggregator'

/** What a connection does to what goes over it. */
interface Weather {
  readonly pieces: readonly number[]
  readonly delays: readonly number[]
  readonly breakAfter: number
  readonly broken: 'reset' | 'silent'
}

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'wait'; readonly turns: number }
  /** A new connection, whatever became of the one before. */
  | { readonly kind: 'connect'; readonly weather: Weather }
  /** Heartbeats, and silence that is noticed. */
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'full'; readonly isFull: boolean }
  /** What each unsynced write leaves: nothing, a part, or all. */
  | { readonly kind: 'cut'; readonly side: Side; readonly kept: readonly number[] }

const weathers: fc.Arbitrary<Weather> = fc.record({
  pieces: fc.array(fc.constantFrom(1, 7, 100, 65_536, 65_536), { minLength: 1, maxLength: 4 }),
  delays: fc.array(fc.constantFrom(0, 0, 0, 1, 3), { minLength: 1, maxLength: 4 }),
  breakAfter: fc.oneof(
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 1, max: 20_000 }),
    fc.constant(Infinity),
  ),
  broken: fc.constantFrom('reset', 'silent'),
})

const record = <Kind extends Step['kind'], Rest extends object>(
  kind: Kind,
  rest: { [Name in keyof Rest]: fc.Arbitrary<Rest[Name]> },
): fc.Arbitrary<{ kind: Kind } & Rest> => fc.record({ kind: fc.constant(kind), ...rest }) as never

const waits = record('wait', { turns: fc.integer({ min: 0, max: 40 }) })

const appends = record('append', {
  sizes: fc.array(fc.constantFrom(1, 40, 700, 2000), { minLength: 1, maxLength: 5 }),
})

const happenings: fc.Arbitrary<Step> = fc.oneof(
  waits,
  appends,
  record('time', { ms: fc.integer({ min: 1, max: 40_000 }) }),
  record('full', { isFull: fc.boolean() }),
  {
    weight: 4,
    arbitrary: record('cut', {
      side: fc.constantFrom<Side>('collector', 'aggregator'),
      kept: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 }),
    }),
  },
)

/** Each round: a new connection, records, time for them to go a part of their way, and what comes in between. */
const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.tuple(record('connect', { weather: weathers }), waits, appends, waits, happenings, waits), {
    minLength: 1,
    maxLength: 4,
    size: 'max',
  })
  .map((rounds) => rounds.flat())

function lineOf({ pieces, delays, breakAfter, broken }: Weather): Line {
  let turn = 0
  const pace = async (): Promise<void> => {
    for (let wait = delays[turn % delays.length] ?? 0; wait > 0; wait -= 1) await settle()
  }
  return { piece: () => pieces[turn++ % pieces.length] ?? 1, pace, breakAfter, broken }
}

/** The old process does nothing from now on, and the disk is what the cut leaves of it. */
function cutPower(fileSystem: MemoryFileSystem, kept: readonly number[]): MemoryFileSystem {
  fileSystem.stopAt(fileSystem.operations + 1)
  let turn = 0
  return fileSystem.powerCut((bytes) => {
    const choice = kept[turn++ % kept.length] ?? 0
    if (choice < 300) return undefined
    return choice < 600 ? bytes : bytes.slice(0, Math.floor((bytes.length * (choice - 600)) / 400))
  })
}

type Into = (journal: Journal<string>) => FollowTarget

/** Lives through the steps; gives what both journals hold at the end. */
async function live(todo: readonly Step[], into: Into): Promise<Record<Side, readonly string[]>> {
  using time = virtualTime({ start: 1_700_000_000_000 })
  const disks = { collector: newFileSystem(), aggregator: newFileSystem() }
  const open = (side: Side): Promise<Journal<string>> =>
    // The target would acknowledge to itself what is not durable.
    openStrings(disks[side], side === 'aggregator' ? { durability: 'os' } : {})
  const journals = { collector: await open('collector'), aggregator: await open('aggregator') }
  // Holds everything, so that it can be compared.
  for (const journal of Object.values(journals)) await journal.subscriber('audit')
  let claims = new LinkClaims()
  let isFull = false
  const connected: Link[] = []
  /** One journal, as a program would hold it: what it claims belongs to it. */
  let serving = journals.collector
  const connect = (line: Line = {}): void => {
    const aggregator = into(journals.aggregator)
    const target: FollowTarget = {
      upstreamPosition: (journalId) => aggregator.upstreamPosition(journalId),
      appendFrame: async (frame, options) => {
        if (isFull) throw Object.assign(new Error('no room'), { retryable: true })
        return aggregator.appendFrame(frame, options)
      },
    }
    const feeds = [{ journal: 'main', subscriber: 'one', into: target }]
    connected.push(
      link(
        { journals: new Map([['main', serving]]), claims },
        { feeds, limits: { creditBytes: 3000 } },
        line,
      ),
    )
  }
  const disconnect = (side: Side): void => {
    for (const { server, follower } of connected) (side === 'collector' ? server : follower).stop()
  }
  let serial = 0
  for (const step of todo) {
    if (step.kind === 'append') {
      const values = step.sizes.map((size) => `${serial++}:${'x'.repeat(size)}`)
      void journals.collector.appendBatch(values).catch(() => undefined)
    } else if (step.kind === 'wait') await turns(step.turns)
    else if (step.kind === 'time') await time.advanceBy(step.ms)
    else if (step.kind === 'full') isFull = step.isFull
    else if (step.kind === 'connect') connect(lineOf(step.weather))
    else {
      const { side } = step
      disconnect(side)
      disks[side] = cutPower(disks[side], step.kept)
      journals[side] = await open(side)
      if (side === 'collector') {
        claims = new LinkClaims()
        serving = journals.collector
      }
    }
  }
  isFull = false
  // A slow one whose greeting only arrives now would be the newest.
  for (const { follower } of connected) follower.stop()
  await turns()
  connect()
  for (let turn = 0; turn < 3; turn += 1) {
    await turns(40)
    await time.advanceBy(30_000)
  }
  await turns(60)
  for (const { server, follower } of connected) {
    for (const { end } of [server, follower]) {
      if (typeof end === 'string' || end.code === 'JOURNAL_LINK_FENCED') continue
      // Nothing that a line does is taken for a fault of the other side.
      expect(end).toMatchObject({ retryable: true })
    }
  }
  disconnect('collector')
  disconnect('aggregator')
  const held = async (journal: Journal<string>): Promise<readonly string[]> => {
    const { values, gaps } = await readAll(journal, 'audit')
    expect(gaps).toEqual([])
    return [...values.values()]
  }
  return { collector: await held(journals.collector), aggregator: await held(journals.aggregator) }
}

describe('a journal that is followed over a link', () => {
  it('is there exactly once and in order, however the line is, and whichever side loses power, and when', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        const { collector, aggregator } = await live(todo, (journal) => journal)
        expect(aggregator).toEqual(collector)
      }),
    )
  })

  it('is there in part only where it is acknowledged before it is durable', async () => {
    const eager = (): Into => {
      let seq = 0
      return (journal) => ({
        upstreamPosition: (journalId) => ({ journalId, seq }),
        appendFrame: async (frame, options) => {
          // It may never come to that.
          const late = turns(30).then(() => journal.appendFrame(frame, options))
          void late.catch(() => undefined)
          seq = frame.lastSeq
          return { skipped: 0, written: undefined, hole: undefined }
        },
      })
    }
    const weather: Weather = { pieces: [65_536], delays: [0], breakAfter: Infinity, broken: 'reset' }
    const before: readonly Step[] = [
      { kind: 'connect', weather },
      { kind: 'wait', turns: 30 },
      { kind: 'append', sizes: [1, 40] },
      { kind: 'wait', turns: 20 },
    ]
    const cut: Step = { kind: 'cut', side: 'aggregator', kept: [500] }
    const [calm, lost, kept] = [
      ...[
        await live(before, eager()),
        await live([...before, cut], eager()),
        await live([...before, cut], (journal) => journal),
      ],
    ] as const
    expect([calm.aggregator.length, lost.aggregator.length, kept.aggregator.length]).toEqual([2, 0, 2])
  })
})
