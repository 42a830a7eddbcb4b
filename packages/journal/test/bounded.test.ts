import { EMPTY, NEVER, Subject, from, map, of, range, take, tap, throwError, timer } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import { ackAfter } from '../src/rx/ack-after.ts'
import type { BoundedOptions, BoundedBatch } from '../src/rx/bounded.ts'
import { bounded } from '../src/rx/bounded.ts'
import { collect } from './helpers/streams.ts'

type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0]

const inMarbles = (test: (helpers: Helpers) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test)

const brief = ({ values, dropped }: BoundedBatch<unknown>): string => `${values.join('')}-${dropped}`

/** Takes `ms` for each batch. */
const working = (ms: number) =>
  ackAfter((batch: BoundedBatch<string>) => timer(ms).pipe(map(() => brief(batch))))

/** A source that is pushed by hand, and everything that came out. */
function open(options: BoundedOptions): {
  readonly source: Subject<number>
  readonly operator: ReturnType<typeof bounded<number>>
  readonly seen: string[]
  readonly out: BoundedBatch<number>[]
  readonly push: (...values: number[]) => void
  readonly unsubscribe: () => void
} {
  const source = new Subject<number>()
  const operator = bounded<number>(options)
  const seen: string[] = []
  const out: BoundedBatch<number>[] = []
  const subscription = source.pipe(operator).subscribe({
    next: (batch) => {
      out.push(batch)
      seen.push(brief(batch))
    },
    error: (error: unknown) => seen.push(String(error)),
    complete: () => seen.push('end'),
  })
  return {
    source,
    operator,
    seen,
    out,
    push: (...values) => values.forEach((value) => source.next(value)),
    unsubscribe: () => subscription.unsubscribe(),
  }
}

describe('bounded()', () => {
  it('hands over at once what comes first, and the rest as one batch when that is acknowledged', () => {
    inMarbles(({ cold, expectObservable }) => {
      const source = cold('   abc----d|')
      const expected = '      ---x--y---(z|)'
      expectObservable(source.pipe(bounded({ max: 5 }), working(3))).toBe(expected, {
        x: 'a-0',
        y: 'bc-0',
        z: 'd-0',
      })
    })
  })

  it('keeps the newest unless told otherwise, and tells how many were lost before them', () => {
    const { push, out, seen, operator } = open({ max: 3 })
    push(1, 2, 3, 4, 5, 6)
    out[0]!.ack()
    push(7)
    out[1]!.ack()
    expect(seen).toEqual(['1-0', '456-2', '7-0'])
    expect(operator.dropped).toBe(2)
  })

  it('keeps the oldest with drop-newest, and tells how many were lost behind them', () => {
    const { push, out, seen, operator } = open({ max: 3, policy: 'drop-newest' })
    push(1, 2, 3, 4, 5, 6)
    expect(operator.dropped).toBe(2)
    out[0]!.ack()
    push(7)
    out[1]!.ack()
    expect(seen).toEqual(['1-0', '234-2', '7-0'])
  })

  it('holds a million values that were overwritten in a circle', () => {
    const { source, out } = open({ max: 1_000_000 })
    range(0, 2_500_001).subscribe((value) => source.next(value))
    out[0]!.ack()
    expect(out[1]!.dropped).toBe(1_500_000)
    expect(out[1]!.values.length).toBe(1_000_000)
    expect(out[1]!.values[0]).toBe(1_500_001)
    expect(out[1]!.values.at(-1)).toBe(2_500_000)
    expect(out[1]!.values.every((value, index) => value === 1_500_001 + index)).toBe(true)
  })

  it('gives credit for the batch that is out only, and once', () => {
    const { push, out, seen } = open({ max: 9 })
    push(1, 2)
    out[0]!.ack()
    push(3, 4)
    out[0]!.ack()
    expect(seen).toEqual(['1-0', '2-0'])
    out[1]!.ack()
    out[1]!.ack()
    expect(seen).toEqual(['1-0', '2-0', '34-0'])
  })

  it('leaves a batch alone that was handed over', () => {
    const { push, out } = open({ max: 2 })
    push(1, 2, 3)
    out[0]!.ack()
    push(4, 5, 6)
    expect(out[1]!.values).toEqual([2, 3])
  })

  it('stays flat where a consumer acknowledges within the call, however much comes', async () => {
    const counts = await collect(
      range(1, 50_000).pipe(
        bounded({ max: 10 }),
        ackAfter((batch) => of(batch.values.length)),
      ),
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50_000)
    const source = new Subject<number>()
    let fed = 0
    source.pipe(bounded({ max: 10 })).subscribe((batch) => {
      fed += batch.values.length
      batch.ack()
      if (fed < 50_000) source.next(fed)
    })
    source.next(0)
    expect(fed).toBe(50_000)
  })

  it('is put between a source and a sink that fails for a while, and counts what that costs', () => {
    inMarbles(({ cold, expectObservable }) => {
      const source = cold('   abcdefg|')
      const sink = ackAfter(
        (batch: BoundedBatch<string>, attempt) =>
          attempt < 3 ? throwError(() => new Error('down')) : of(brief(batch)),
        { retry: { minDelayMs: 2 }, random: () => 1, problems: { next: () => undefined } },
      )
      expectObservable(source.pipe(bounded({ max: 2 }), sink)).toBe('------x-----(y|)', {
        x: 'a-0',
        y: 'fg-4',
      })
    })
  })
})

describe('the life of bounded()', () => {
  it('completes with an empty source, passes an early error on, stays silent with one that never emits', () => {
    inMarbles(({ expectObservable }) => {
      expectObservable(EMPTY.pipe(bounded({ max: 1 }))).toBe('|')
      expectObservable(throwError(() => new Error('early')).pipe(bounded({ max: 1 }))).toBe(
        '#',
        undefined,
        new Error('early'),
      )
      expectObservable(NEVER.pipe(bounded({ max: 1 }))).toBe('-')
    })
  })

  it('completes when the last that waited is handed over, acknowledged or not', () => {
    const { push, source, seen, out } = open({ max: 3 })
    push(1, 2, 3)
    source.complete()
    expect(seen).toEqual(['1-0'])
    out[0]!.ack()
    expect(seen).toEqual(['1-0', '23-0', 'end'])
    out[1]!.ack()
    expect(seen.length).toBe(3)
  })

  it('passes the error of the source on when all before it is acknowledged', () => {
    const { push, source, seen, out } = open({ max: 3 })
    push(1, 2, 3)
    source.error(new Error('source'))
    out[0]!.ack()
    expect(seen).toEqual(['1-0', '23-0'])
    out[1]!.ack()
    expect(seen).toEqual(['1-0', '23-0', 'Error: source'])
  })

  it('cancels no work that is under way when the source fails', () => {
    inMarbles(({ cold, expectObservable }) => {
      const source = cold('   ab#')
      const expected = '      ---x--(y#)'
      expectObservable(source.pipe(bounded({ max: 3 }), working(3))).toBe(expected, { x: 'a-0', y: 'b-0' })
    })
  })

  it('leaves the source when it is unsubscribed, and is not woken by a late ack', () => {
    const { push, source, seen, out, unsubscribe, operator } = open({ max: 2 })
    push(1, 2)
    unsubscribe()
    expect(source.observed).toBe(false)
    out[0]!.ack()
    expect(seen).toEqual(['1-0'])
    expect(operator.dropped).toBe(0)
  })

  it('stops a source that emits within subscribe() as soon as nobody listens', async () => {
    let emitted = 0
    const source = range(1, 1000).pipe(tap(() => (emitted += 1)))
    expect(await collect(source.pipe(bounded({ max: 1 }), map(brief), take(1)))).toEqual(['1-0'])
    expect(emitted).toBe(1)
  })

  it('keeps the queues of two subscriptions apart and counts what both lose', () => {
    const source = new Subject<number>()
    const operator = bounded<number>({ max: 1 })
    const shared = source.pipe(operator)
    const [first, second]: [BoundedBatch<number>[], BoundedBatch<number>[]] = [[], []]
    shared.subscribe((batch) => first.push(batch))
    shared.subscribe((batch) => second.push(batch))
    for (const value of [1, 2, 3]) source.next(value)
    first[0]!.ack()
    source.next(4)
    second[0]!.ack()
    expect(first.map(brief)).toEqual(['1-0', '3-1'])
    expect(second.map(brief)).toEqual(['1-0', '4-2'])
    expect(operator.dropped).toBe(3)
  })

  it('counts on when it is subscribed again', async () => {
    const operator = bounded<number>({ max: 1 })
    const slow = from([1, 2, 3, 4]).pipe(
      operator,
      ackAfter(async (batch) => batch.dropped),
    )
    await collect(slow)
    await collect(slow)
    expect(operator.dropped).toBe(4)
  })
})

describe('the options of bounded()', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['max', undefined],
    ['max', {}],
    ['max', { max: 0 }],
    ['max', { max: 1.5 }],
    ['policy', { max: 1, policy: 'drop' }],
    ['policy', { max: 1, policy: 'block' }],
    ['unknown option "size"', { max: 1, size: 1 }],
  ]

  it.each(wrong)('throw at the call where %s is wrong: %j', (name, options) => {
    const call = (): unknown => bounded(options as BoundedOptions)
    expect(call).toThrow(name)
    expect(call).toThrow(expect.objectContaining({ code: 'JOURNAL_BAD_OPTION' }))
  })
})
