import type { Batch, Sample } from '@tocsin/core'
import { EMPTY, NEVER, Observable, of, Subject, take, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import {
  sink,
  type Destination,
  type Reachability,
  type SinkEvent,
  type SinkOptions,
} from '../../src/sinks/index.ts'
import { virtualTime, type VirtualTime } from '../../src/testing/index.ts'
import {
  batchOf,
  failed,
  modelDestination,
  numbered,
  refused,
  taken,
  type ModelDestination,
} from './model-destination.ts'

interface Scene {
  readonly given: Subject<Batch<Sample>>
  readonly events: SinkEvent[]
  readonly acked: string[]
  /** Gives a batch, which is called by its numbers when it is acknowledged. */
  readonly give: (...numbers: readonly number[]) => void
  readonly leave: () => void
  readonly ended: () => unknown
}

/** A sink in front of a destination; each wait is as long as it may be. */
function scene(destination: ModelDestination, options: SinkOptions = {}): Scene {
  const given = new Subject<Batch<Sample>>()
  const events: SinkEvent[] = []
  const acked: string[] = []
  let ended: unknown
  const subscription = given.pipe(sink(destination.connect, { random: () => 1, ...options })).subscribe({
    next: (event) => events.push(event),
    error: (error: unknown) => (ended = error),
    complete: () => (ended = 'completed'),
  })
  return {
    given,
    events,
    acked,
    give: (...numbers) => given.next(batchOf(numbers, () => acked.push(numbers.join(' ')))),
    leave: () => subscription.unsubscribe(),
    ended: () => ended,
  }
}

/** All promises that wait for promises only have gone on. */
const settled = (time: VirtualTime): Promise<void> => time.advanceBy(0)

describe('what goes together', () => {
  it('waits for others gatherMs long, from the first on', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => taken,
    )
    const { give, acked } = scene(model, { gatherMs: 1000 })
    give(1)
    await time.advanceTo(600)
    give(2)
    await time.advanceTo(999)
    expect([model.requests(), acked]).toEqual([[], []])
    await time.advanceTo(1000)
    expect([model.requests(), acked]).toEqual([[[1, 2]], ['1', '2']])
  })

  it('waits for nothing when a request is full, by its count or its bytes', async () => {
    using time = virtualTime()
    for (const limits of [{ maxRequestSamples: 3 }, { maxRequestBytes: 30 }]) {
      const model = modelDestination(
        () => time.now(),
        () => taken,
      )
      const { give } = scene(model, limits)
      give(1, 2)
      await settled(time)
      expect(model.requests()).toEqual([])
      give(3, 4, 5, 6, 7)
      await settled(time)
      expect(model.requests()).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ])
    }
  })

  it('is one sample alone where that is larger than a request may be', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => taken,
    )
    const { give } = scene(model, { maxRequestBytes: 5 })
    give(1, 2)
    await settled(time)
    expect(model.requests()).toEqual([[1], [2]])
  })

  it('is sent one request after another, and over a connection as soon as the one before is handed over', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const { give, acked } = scene(model, { maxRequestSamples: 1 })
    give(1)
    give(2)
    give(3)
    await settled(time)
    expect(model.requests()).toEqual([[1]])
    model.last().handOver()
    await settled(time)
    expect(model.requests()).toEqual([[1], [2]])
    // Its outcome comes first: the other is not waited for.
    model.last().answer(taken)
    await settled(time)
    expect([model.requests(), acked]).toEqual([[[1], [2], [3]], []])
    model.sent[0]?.answer(taken)
    await settled(time)
    expect(acked).toEqual(['1', '2'])
  })
})

describe('an acknowledgement', () => {
  it('comes when all of the batch and of those before it is there, and of an empty one at once', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const { give, acked } = scene(model, { maxRequestSamples: 2 })
    give()
    expect(acked).toEqual([''])
    give(1, 2, 3)
    give()
    give(-1)
    await settled(time)
    model.last().answer(taken)
    await settled(time)
    expect(acked).toEqual([''])
    await time.advanceBy('1s')
    model.last().answer(taken)
    await settled(time)
    expect(acked).toEqual(['', '1 2 3', '', '-1'])
  })

  it('is told of before it is given', async () => {
    using time = virtualTime()
    const order: string[] = []
    const model = modelDestination(
      () => time.now(),
      () => taken,
    )
    of(batchOf([1], () => order.push('ack')))
      .pipe(sink(model.connect))
      .subscribe({ next: ({ type }) => order.push(type), complete: () => order.push('completed') })
    await time.run()
    expect(order).toEqual(['delivered', 'ack', 'completed'])
  })

  it('may bring in the next batch within the call, a hundred thousand times', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => taken,
    )
    let left = 100_000
    let refusals = 0
    const source = new Observable<Batch<Sample>>((subscriber) => {
      const give = (): void => {
        left -= 1
        // One that has no form there is acknowledged at once.
        if (left >= 0) subscriber.next(batchOf(left % 2 === 0 ? [-1] : [], give))
        else subscriber.complete()
      }
      give()
    })
    let ended: unknown
    source.pipe(sink(model.connect)).subscribe({
      next: (event) => (refusals += event.type === 'refused' ? event.refusals.length : 0),
      error: (error: unknown) => (ended = error),
      complete: () => (ended = 'completed'),
    })
    await time.run()
    expect([ended, refusals]).toEqual(['completed', 50_000])
  })

  it('that throws ends the stream with its error', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => taken,
    )
    const { given, ended } = scene(model)
    given.next(
      batchOf([1], () => {
        throw new Error('no cursor')
      }),
    )
    await time.run()
    expect([ended(), model.closes()]).toEqual([new Error('no cursor'), 1])
  })
})

describe('a failure', () => {
  it('is repeated with waits that double up to the longest, and from the shortest again after a success', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => (attempt === 6 ? taken : failed),
    )
    const { give, events, leave } = scene(model, { gatherMs: 0, minDelayMs: 100, maxDelayMs: 500 })
    give(1)
    await time.advanceTo(1200)
    expect(model.sent.map(({ at }) => at)).toEqual([0, 100, 300, 700, 1200])
    await time.advanceTo(1700)
    give(2)
    await time.advanceTo(1800)
    expect(model.sent.map(({ at }) => at).slice(5)).toEqual([1700, 1700, 1800])
    expect(events).toMatchObject([
      ...[100, 200, 400, 500, 500].map((delayMs, at) => ({
        type: 'failed',
        attempt: at + 1,
        delayMs,
        message: 'it is down',
      })),
      { type: 'delivered', count: 1, durationMs: 1700 },
      { type: 'failed', attempt: 1, delayMs: 100 },
      { type: 'failed', attempt: 2, delayMs: 200 },
    ])
    leave()
  })

  it('waits as long as the destination asks, if that is longer, and never shorter for what is no time', async () => {
    using time = virtualTime()
    const asked = [5000, 10, Number.NaN, -1]
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => ({ type: 'failed', message: 'later', retryAfterMs: asked[attempt - 1] }),
    )
    const { give, leave } = scene(model, { gatherMs: 0, minDelayMs: 100, maxDelayMs: 100 })
    give(1)
    await time.advanceTo(5300)
    expect(model.sent.map(({ at }) => at)).toEqual([0, 5000, 5100, 5200, 5300])
    leave()
  })

  it('holds up all that comes later, and goes before it', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => (attempt === 1 ? failed : taken),
    )
    const { give } = scene(model, { maxRequestSamples: 2, minDelayMs: 1000 })
    give(1, 2)
    await settled(time)
    give(3, 4)
    await time.advanceTo(999)
    expect(model.requests()).toEqual([[1, 2]])
    await time.advanceTo(1000)
    expect(model.requests()).toEqual([
      [1, 2],
      [1, 2],
      [3, 4],
    ])
  })

  it('goes before what comes later also where nothing but the outcome is waited for', async () => {
    using time = virtualTime()
    const sent: number[] = []
    const outcomes = [failed, taken, taken]
    const destination: Destination = {
      weigh: () => 1,
      send([sample]) {
        sent.push(Number(sample?.value))
        const outcome = Promise.resolve(outcomes[sent.length - 1] ?? taken)
        return { handedOver: outcome, outcome }
      },
      close: () => undefined,
    }
    of(batchOf([1, 2]))
      .pipe(sink(() => destination, { maxRequestSamples: 1 }))
      .subscribe()
    await time.run()
    expect(sent).toEqual([1, 1, 2])
  })

  it('of a connection is one for all that was on it, which is sent again in order', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const { give, events } = scene(model, { maxRequestSamples: 1, minDelayMs: 100 })
    give(1, 2, 3)
    for (let at = 0; at < 3; at += 1) {
      await settled(time)
      model.sent[at]?.handOver()
    }
    await settled(time)
    for (const { answer } of model.sent.toReversed()) answer(failed)
    await time.advanceBy(100)
    expect(model.requests()).toEqual([[1], [2], [3], [1]])
    expect(events).toMatchObject([{ type: 'failed', attempt: 1 }])
  })

  it('whose wait began before the clock was set back is not waited for that long', async () => {
    using time = virtualTime({ start: 1_000_000_000 })
    let offset = 0
    const scheduler = {
      now: () => time.now() + offset,
      schedule: time.schedule.bind(time),
    }
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => (attempt === 1 ? failed : taken),
    )
    const { give, acked } = scene(model, { gatherMs: 100, minDelayMs: 10_000, scheduler })
    give(1)
    await time.advanceBy(100)
    offset = -86_400_000
    await time.advanceBy('1m')
    expect(acked).toEqual(['1'])
    // And what gathers neither.
    give(2)
    await settled(time)
    offset *= 2
    await time.advanceBy('1m')
    expect(acked).toEqual(['1', '2'])
  })
})

describe('a refusal', () => {
  it('is found in halves, in order, and told by name; all else is there', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      (numbers) => (numbers.includes(3) ? refused : taken),
    )
    const { give, events, acked } = scene(model, { gatherMs: 0 })
    give(1, 2, 3)
    give(4)
    await time.run()
    expect(model.requests()).toEqual([[1, 2, 3], [1], [2, 3], [2], [3], [4]])
    expect(acked).toEqual(['1 2 3', '4'])
    expect(events.flatMap((event) => (event.type === 'refused' ? event.refusals : []))).toEqual([
      { sample: numbered(3), reason: 'refused', message: 'it is bad' },
    ])
  })

  it('may be told with what is taken', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => ({ type: 'taken', refusals: [{ sample: numbered(2), reason: 'refused', message: 'bad' }] }),
    )
    const { give, events, acked } = scene(model)
    give(1, 2)
    await time.run()
    expect(events).toMatchObject([
      { type: 'refused', refusals: [{ reason: 'refused' }] },
      { type: 'delivered', count: 1 },
    ])
    expect(acked).toEqual(['1 2'])
  })

  it('before it is sent says nothing of the destination', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const send = sink(model.connect)
    const seen: Reachability[] = []
    send.reachable$.subscribe((state) => seen.push(state))
    of(batchOf([-1]))
      .pipe(send)
      .subscribe()
    await time.run()
    expect([seen, model.requests()]).toEqual([[{ reachable: undefined, since: 0 }], []])
  })
})

describe('what is held', () => {
  it('is said with each event: how much, and how old the oldest of the batch that waits longest is', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => (attempt === 1 ? failed : taken),
    )
    const { give, events } = scene(model, { maxRequestSamples: 3, minDelayMs: 100 })
    give(12, 10, 20)
    give()
    give(30)
    await time.run()
    expect(events.map(({ type, held }) => [type, held])).toEqual([
      ['failed', { count: 4, oldest: 10 }],
      ['delivered', { count: 1, oldest: 30 }],
      ['delivered', { count: 0, oldest: undefined }],
    ])
  })
})

describe('reachable$', () => {
  it('is the present state at once, then each change and each other reason', async () => {
    using time = virtualTime({ start: 1000 })
    const answers = [failed, failed, { type: 'failed', message: '401' } as const, taken, taken]
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => answers[attempt - 1],
    )
    const send = sink(model.connect, { gatherMs: 0, minDelayMs: 10, maxDelayMs: 10, random: () => 1 })
    const [seen, late]: [Reachability[], Reachability[]] = [[], []]
    send.reachable$.subscribe((state) => seen.push(state))
    of(batchOf([1]), batchOf([2]))
      .pipe(send)
      .subscribe()
    await time.run()
    send.reachable$.subscribe((state) => late.push(state))
    expect(seen).toEqual([
      { reachable: undefined, since: 1000 },
      { reachable: false, since: 1000, message: 'it is down' },
      { reachable: false, since: 1000, message: '401' },
      { reachable: true, since: 1030 },
    ])
    expect(late).toEqual([seen.at(-1)])
  })
})

describe('the end', () => {
  it('comes when the source has completed and all is there; nothing gathers any more', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      (_, attempt) => (attempt === 1 ? failed : taken),
    )
    const { give, given, ended, acked } = scene(model, { gatherMs: 60_000, minDelayMs: 100 })
    give(1)
    given.complete()
    await time.advanceTo(99)
    expect([model.requests(), ended()]).toEqual([[[1]], undefined])
    await time.run()
    expect([time.now(), ended(), acked, model.closes(), time.scheduled]).toEqual([
      100,
      'completed',
      ['1'],
      1,
      0,
    ])
  })

  it('does not come while the destination takes nothing', async () => {
    using time = virtualTime()
    const model = modelDestination(
      () => time.now(),
      () => failed,
    )
    const { give, given, ended, leave } = scene(model)
    give(1)
    given.complete()
    await time.advanceBy('1d')
    expect(ended()).toBeUndefined()
    leave()
    expect([time.scheduled, model.closes()]).toEqual([0, 1])
  })

  it('comes with an error of the source at once; what is not acknowledged stays so', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const { give, given, ended, acked } = scene(model, { gatherMs: 0 })
    give(1)
    await settled(time)
    given.error(new Error('no disk'))
    model.last().answer(taken)
    await time.run()
    expect([ended(), acked, model.closes(), time.scheduled]).toEqual([new Error('no disk'), [], 1, 0])
  })

  it('by the one who listens frees all, in the middle of everything', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    const { give, given, acked, events, leave } = scene(model, { maxRequestSamples: 1 })
    give(1)
    give(2)
    await settled(time)
    leave()
    model.last().answer(taken)
    model.last().handOver()
    await time.run()
    expect([given.observed, time.scheduled, model.closes()]).toEqual([false, 0, 1])
    expect([model.requests(), acked, events]).toEqual([[[1]], [], []])
  })

  it('by one who has had enough of events frees all, also of a source that gives without a pause', async () => {
    using time = virtualTime()
    const model = modelDestination(() => time.now())
    let count = 0
    const source = new Observable<Batch<Sample>>((subscriber) => {
      while (!subscriber.closed && count < 1000) subscriber.next(batchOf([-(count += 1)]))
    })
    source.pipe(sink(model.connect), take(1)).subscribe()
    await time.run()
    expect([model.closes(), count < 10, time.scheduled]).toEqual([1, true, 0])
  })
})

describe('a destination that breaks its promise', () => {
  const good = (): Destination => ({
    weigh: () => 1,
    send: () => ({ handedOver: Promise.resolve(), outcome: Promise.resolve(taken) }),
    close: () => undefined,
  })
  const broken = new Error('broken')
  const thrown = (): never => {
    throw broken
  }
  it.each<readonly [string, () => Destination]>([
    ['cannot be made', thrown],
    ['throws where it weighs', () => ({ ...good(), weigh: thrown })],
    ['throws where it sends', () => ({ ...good(), send: thrown })],
    [
      'rejects its outcome',
      () => ({
        ...good(),
        send: () => ({ handedOver: new Promise(() => undefined), outcome: Promise.reject(broken) }),
      }),
    ],
    [
      'rejects what is handed over, and its outcome too',
      () => ({
        ...good(),
        send: () => ({ handedOver: Promise.reject(broken), outcome: Promise.reject(broken) }),
      }),
    ],
  ])('and %s ends the stream with that error', async (_, connect) => {
    using time = virtualTime()
    let ended: unknown
    const acked: number[] = []
    of(batchOf([1], () => acked.push(1)))
      .pipe(sink(connect))
      .subscribe({ error: (error: unknown) => (ended = error) })
    await time.run()
    expect([ended, acked, time.scheduled]).toEqual([broken, [], 0])
  })

  it.each([[undefined], [{}], [{ weigh: () => 1, send: () => undefined }]])(
    'as %o, which is none, is refused',
    (none) => {
      let ended: unknown
      NEVER.pipe(sink(() => none as never)).subscribe({ error: (error: unknown) => (ended = error) })
      expect(String(ended)).toContain('a destination has weigh, send and close')
    },
  )
})

describe('a sink', () => {
  it('is cold: each subscription has a destination of its own, and none is made before', async () => {
    using time = virtualTime()
    const models = [
      modelDestination(
        () => time.now(),
        () => taken,
      ),
      modelDestination(
        () => time.now(),
        () => taken,
      ),
    ]
    let made = 0
    const events = of(batchOf([1])).pipe(sink(() => (models[made++] as ModelDestination).connect()))
    expect(made).toBe(0)
    events.subscribe()
    events.subscribe()
    await time.run()
    expect(models.map((model) => [model.requests(), model.closes()])).toEqual([
      [[[1]], 1],
      [[[1]], 1],
    ])
  })

  it('completes with an empty source, waits with one that never ends, fails with one that fails', () => {
    const broken = new Error('broken')
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable, expectSubscriptions }) => {
        const model = modelDestination(() => 0)
        expectObservable(EMPTY.pipe(sink(model.connect))).toBe('|')
        expectObservable(NEVER.pipe(sink(model.connect)), '^ 10s !').toBe('-')
        expectObservable(throwError(() => broken).pipe(sink(model.connect))).toBe('#', undefined, broken)
        const source = cold('--a---a', { a: batchOf([-1]) })
        const told = { x: expect.objectContaining({ type: 'refused' }) as SinkEvent }
        expectObservable(source.pipe(sink(model.connect)), '^---!').toBe('--x', told)
        expectSubscriptions(source.subscriptions).toBe('^---!')
      },
    )
  })

  it.each<readonly [string, unknown]>([
    ['unknown option "gather"', { gather: 1 }],
    ['"maxRequestSamples"', { maxRequestSamples: 0 }],
    ['"gatherMs"', { gatherMs: -1 }],
    ['"minDelayMs" must be at most "maxDelayMs" (10)', { minDelayMs: 11, maxDelayMs: 10 }],
    ['"random"', { random: 0.5 }],
    ['"scheduler"', { scheduler: {} }],
  ])('refuses %s at the call', (sentence, options) => {
    expect(() => sink(() => modelDestination(() => 0), options as SinkOptions)).toThrow(sentence)
    expect(() => sink({} as never)).toThrow('PROTOCOL_BAD_OPTION')
  })
})
