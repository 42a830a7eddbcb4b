import { EMPTY, NEVER, Subject, from, of, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { AckAfterOptions, FailedAttempt } from '../src/rx/ack-after.ts'
import { ackAfter } from '../src/rx/ack-after.ts'
import { virtualTime } from '../src/testing/index.ts'
import { collect } from './helpers/streams.ts'

interface Item {
  readonly id: string
  ack(): void
}

type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0]

/** Runs marbles over the batches a, b and c, and gives which were acknowledged, and when. */
function inMarbles(
  test: (helpers: Helpers, items: Record<'a' | 'b' | 'c', Item>) => void,
): readonly string[] {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  const acked: string[] = []
  const item = (id: string): Item => ({ id, ack: () => acked.push(`${id}@${scheduler.now()}`) })
  scheduler.run((helpers) => test(helpers, { a: item('a'), b: item('b'), c: item('c') }))
  return acked
}

/** Batches 1 to `count`, and the list of those that were acknowledged. */
function batches(count: number): { readonly items: readonly Item[]; readonly acked: string[] } {
  const acked: string[] = []
  const items = Array.from({ length: count }, (_, index) => {
    const id = `${index + 1}`
    return { id, ack: () => acked.push(id) }
  })
  return { items, acked }
}

/** Fails the first `failures` attempts. */
const failing = (failures: number) => (item: Item, attempt: number) =>
  attempt <= failures
    ? throwError(() => new Error(`attempt ${attempt}`))
    : of(`${item.id} at attempt ${attempt}`)

const unheard = { next: (): void => undefined }

/** Half of the longest wait each time. */
const half: AckAfterOptions = { random: () => 0.5, problems: unheard }

describe('ackAfter() by one', () => {
  it('works on one batch after the other and acknowledges each when its stream completes', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   abc|', items)
      const inner = cold('    x-y|')
      const expected = '      x-yx-yx-y|'
      expectObservable(source.pipe(ackAfter(() => inner))).toBe(expected)
    })
    expect(acked).toEqual(['a@3', 'b@6', 'c@9'])
  })

  it('tells project that it is the first attempt', async () => {
    const { items } = batches(2)
    expect(await collect(from(items).pipe(ackAfter((item, attempt) => [`${item.id} ${attempt}`])))).toEqual([
      '1 1',
      '2 1',
    ])
  })

  it('takes a string for the stream of its characters', async () => {
    const { items, acked } = batches(1)
    expect(await collect(from(items).pipe(ackAfter(() => 'ab')))).toEqual(['a', 'b'])
    expect(acked).toHaveLength(1)
  })

  it('acknowledges a promise before its value is handed on', async () => {
    const { items, acked } = batches(2)
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      from(items)
        .pipe(ackAfter(async ({ id }) => id))
        .subscribe({ next: (id) => seen.push(`${id} after ${acked.join(' ')}`), complete: resolve })
    })
    expect(seen).toEqual(['1 after 1', '2 after 1 2'])
  })
})

describe('ackAfter() by several', () => {
  it('acknowledges what is done early with the last of those before it', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   abc|', items)
      const inners = {
        a: cold('             -----x|'),
        b: cold('              y|'),
        c: cold('               ---z---|'),
      }
      const expected = '      -y---(xz)|'
      const project = ({ id }: Item) => inners[id as 'a' | 'b' | 'c']
      expectObservable(source.pipe(ackAfter(project, { concurrency: 3 }))).toBe(expected)
    })
    expect(acked).toEqual(['a@6', 'b@6', 'c@9'])
  })

  it('works on no more than it was told to at once', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   (abc|)', items)
      const inner = cold('    ---x|')
      const expected = '      ---(xx)x|'
      expectObservable(source.pipe(ackAfter(() => inner, { concurrency: 2 }))).toBe(expected)
    })
    expect(acked).toEqual(['a@4', 'b@4', 'c@8'])
  })

  it('never acknowledges past a batch that failed, and gives up what is under way', () => {
    const acked = inMarbles(({ cold, expectObservable, expectSubscriptions }, items) => {
      const source = cold('   (abc)', items)
      const inners = {
        a: cold('             -x|'),
        b: cold('             ---#'),
        c: cold('             --z---|'),
      }
      const expected = '      -xz#'
      const project = ({ id }: Item) => inners[id as 'a' | 'b' | 'c']
      expectObservable(source.pipe(ackAfter(project, { concurrency: 3, retry: false }))).toBe(expected)
      expectSubscriptions(inners.c.subscriptions).toBe('^--!')
    })
    expect(acked).toEqual(['a@2'])
  })

  it('leaves a batch that is done behind one that failed unacknowledged', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   (ab)', items)
      const inners = { a: cold('---#'), b: cold('-y|') }
      const expected = '      -y-#'
      const project = ({ id }: Item) => inners[id as 'a' | 'b']
      expectObservable(source.pipe(ackAfter(project, { concurrency: 2, retry: false }))).toBe(expected)
    })
    expect(acked).toEqual([])
  })
})

describe('ackAfter() with retry', () => {
  it('tries again after waits that double up to the longest, and acknowledges then', () => {
    const waits: FailedAttempt[] = []
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   a|', items)
      const problems = { next: (failed: FailedAttempt) => waits.push(failed) }
      const retry = { minDelayMs: 10, maxDelayMs: 30 }
      const out = source.pipe(ackAfter(failing(4), { ...half, retry, problems }))
      expectObservable(out).toBe('45ms (x|)', { x: 'a at attempt 5' })
    })
    expect(waits.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 5],
      [2, 10],
      [3, 15],
      [4, 15],
    ])
    expect(waits[2]).toEqual({
      ...{ type: 'problem', from: 'ackAfter', reason: 'attempt-failed' },
      ...{ time: 15, count: 1, attempt: 3, delayMs: 15 },
      message: 'attempt 3 at a batch failed: attempt 3; it is tried again in 15 ms',
      error: new Error('attempt 3'),
    })
    expect(acked).toEqual(['a@45'])
  })

  it('waits at most 100 ms first and 30 s at last unless told otherwise, without end', async () => {
    using time = virtualTime()
    const delays: number[] = []
    const problems = { next: ({ delayMs }: FailedAttempt) => delays.push(delayMs) }
    const { items } = batches(1)
    from(items)
      .pipe(ackAfter(failing(2000), { random: () => 1, problems }))
      .subscribe()
    await time.run()
    expect(delays.length).toBe(2000)
    expect(delays.slice(0, 10)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000])
    expect(new Set(delays.slice(9))).toEqual(new Set([30_000]))
  })

  it('errors with the last error when the repetitions are used up, and acknowledges nothing', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   a|', items)
      const out = source.pipe(ackAfter(failing(9), { ...half, retry: { retries: 2, minDelayMs: 10 } }))
      expectObservable(out).toBe('15ms #', undefined, new Error('attempt 3'))
    })
    expect(acked).toEqual([])
  })

  it('counts the repetitions of each batch on its own', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('(abc|)', items)
      const out = source.pipe(ackAfter(failing(2), { ...half, retry: { retries: 2, minDelayMs: 2 } }))
      expectObservable(out).toBe('---x--y--(z|)', {
        x: 'a at attempt 3',
        y: 'b at attempt 3',
        z: 'c at attempt 3',
      })
    })
    expect(acked).toEqual(['a@3', 'b@6', 'c@9'])
  })

  it('repeats what project throws and what its promise rejects with', async () => {
    const { items, acked } = batches(2)
    const project = ({ id }: Item, attempt: number): Promise<string> => {
      if (attempt === 1) throw new Error('thrown')
      return attempt === 2 ? Promise.reject(new Error('rejected')) : Promise.resolve(id)
    }
    const retried = from(items).pipe(ackAfter(project, { random: () => 0 }))
    expect(await collect(retried)).toEqual(['1', '2'])
    expect(acked).toEqual(['1', '2'])
  })

  it('holds back the acknowledgement of the batches behind one that is repeated', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const source = cold('   (ab|)', items)
      const project = (item: Item, attempt: number) => (item.id === 'a' ? failing(1)(item, attempt) : of('b'))
      const out = source.pipe(ackAfter(project, { ...half, concurrency: 2, retry: { minDelayMs: 6 } }))
      expectObservable(out).toBe('b--(x|)', { x: 'a at attempt 2', b: 'b' })
    })
    expect(acked).toEqual(['a@3', 'b@3'])
  })

  it.each([NaN, -1, 7, Infinity])('repeats even where random gives %d', (wrong) => {
    inMarbles(({ cold, expectObservable }, items) => {
      const out = cold('a', items).pipe(
        ackAfter(failing(1), { random: () => wrong, retry: { minDelayMs: 3 } }),
      )
      expectObservable(out).toBe(wrong > 0 ? '---x' : 'x', { x: 'a at attempt 2' })
    })
  })

  it('waits on the scheduler that it is given', async () => {
    using time = virtualTime()
    const schedule = vi.spyOn(time, 'schedule')
    const { items, acked } = batches(1)
    from(items)
      .pipe(ackAfter(failing(3), { scheduler: time, problems: unheard }))
      .subscribe()
    expect(acked).toEqual([])
    await time.run()
    expect([acked, schedule.mock.calls.length]).toEqual([['1'], 3])
  })
})

describe('the life of ackAfter()', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('completes with an empty source, and stays silent with one that never emits', () => {
    inMarbles(({ expectObservable }) => {
      expectObservable(EMPTY.pipe(ackAfter(() => of('x')))).toBe('|')
      expectObservable(NEVER.pipe(ackAfter(() => of('x')))).toBe('-')
    })
  })

  it('acknowledges a batch whose stream is empty, and waits for ever for one that never ends', () => {
    const acked = inMarbles(({ cold, expectObservable }, items) => {
      const project = ({ id }: Item) => (id === 'a' ? EMPTY : NEVER)
      expectObservable(cold('ab|', items).pipe(ackAfter(project))).toBe('-')
    })
    expect(acked).toEqual(['a@0'])
  })

  it('passes the error of the source on at once and gives up what is under way', () => {
    const acked = inMarbles(({ cold, expectObservable, expectSubscriptions }, items) => {
      const source = cold('  a-#', items)
      const inner = cold('   ---x|')
      expectObservable(source.pipe(ackAfter(() => inner))).toBe('--#')
      expectSubscriptions(inner.subscriptions).toBe('^-!')
    })
    expect(acked).toEqual([])
  })

  it('leaves source and inner streams when it is unsubscribed', () => {
    const acked = inMarbles(({ cold, expectObservable, expectSubscriptions }, items) => {
      const source = cold('  a', items)
      const inner = cold('   ---x|')
      expectObservable(source.pipe(ackAfter(() => inner)), '^-!').toBe('--')
      expectSubscriptions(source.subscriptions).toBe('^-!')
      expectSubscriptions(inner.subscriptions).toBe('^-!')
    })
    expect(acked).toEqual([])
  })

  it('acknowledges nothing for a promise that resolves after it was unsubscribed', async () => {
    const { items, acked } = batches(1)
    from(items)
      .pipe(ackAfter(async () => 'late'))
      .subscribe()
      .unsubscribe()
    await Promise.resolve()
    await Promise.resolve()
    expect(acked).toEqual([])
  })

  it('releases the timers of all waits when it is unsubscribed, or the source fails', () => {
    vi.useFakeTimers()
    const { items } = batches(3)
    const options: AckAfterOptions = { concurrency: 3, random: () => 1 }
    const subscription = from(items)
      .pipe(ackAfter(failing(9), options))
      .subscribe()
    expect(vi.getTimerCount()).toBe(3)
    subscription.unsubscribe()
    expect(vi.getTimerCount()).toBe(0)

    const source = new Subject<Item>()
    source.pipe(ackAfter(failing(9), options)).subscribe({ error: () => undefined })
    items.forEach((item) => source.next(item))
    expect(vi.getTimerCount()).toBe(3)
    source.error(new Error('source'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps the order and the attempts of two subscriptions apart', () => {
    const { items, acked } = batches(2)
    const gates: Subject<string>[] = []
    const attempts: number[] = []
    const shared = from(items).pipe(
      ackAfter(
        (_, attempt) => {
          const gate = new Subject<string>()
          gates.push(gate)
          attempts.push(attempt)
          return gate
        },
        { concurrency: 2 },
      ),
    )
    shared.subscribe()
    shared.subscribe()
    expect(attempts).toEqual([1, 1, 1, 1])
    gates[3]?.complete()
    expect(acked).toEqual([])
    gates[0]?.complete()
    expect(acked).toEqual(['1'])
    gates[2]?.complete()
    expect(acked).toEqual(['1', '1', '2'])
  })

  it('takes in a batch that an acknowledgement brings within the call', () => {
    const source = new Subject<Item>()
    const acked: number[] = []
    const item = (id: number): Item => ({
      id: `${id}`,
      ack: () => {
        acked.push(id)
        if (id < 5) source.next(item(id + 1))
        else source.complete()
      },
    })
    const seen: string[] = []
    source
      .pipe(ackAfter(({ id }) => of(id)))
      .subscribe({ next: (id) => seen.push(id), complete: () => seen.push('end') })
    source.next(item(1))
    expect(acked).toEqual([1, 2, 3, 4, 5])
    expect(seen).toEqual(['1', '2', '3', '4', '5', 'end'])
  })
})

describe('the options of ackAfter()', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['random', { random: 1 }],
    ['scheduler', { scheduler: {} }],
    ['retry', { retry: true }],
    ['unknown option "retries"', { retries: 3 }],
    ['retries', { retry: { retries: -1 } }],
    ['retries', { retry: { retries: NaN } }],
    ['minDelayMs', { retry: { minDelayMs: 0 } }],
    ['minDelayMs', { retry: { minDelayMs: 40_000 } }],
    ['maxDelayMs', { retry: { maxDelayMs: 2 ** 31 } }],
    ['unknown option "onRetry"', { retry: { onRetry: () => undefined } }],
    ['problems', { problems: () => undefined }],
    ['unknown option "delay"', { retry: { delay: 3 } }],
  ]

  it.each(wrong)('throw at the call where %s is wrong: %j', (name, options) => {
    const call = (): unknown => ackAfter(() => EMPTY, options as AckAfterOptions)
    expect(call).toThrow(name)
    expect(call).toThrow(expect.objectContaining({ code: 'JOURNAL_BAD_OPTION' }))
  })

  it('may be left undefined, which repeats without end', async () => {
    const { items, acked } = batches(1)
    const options = { concurrency: undefined, retry: undefined, scheduler: undefined, random: () => 0 }
    expect(await collect(from(items).pipe(ackAfter(failing(3), { ...options, problems: unheard })))).toEqual([
      '1 at attempt 4',
    ])
    expect(acked).toEqual(['1'])
  })
})
