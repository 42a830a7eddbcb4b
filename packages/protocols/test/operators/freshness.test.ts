import { inEventTime } from '@tocsin/core/time'
import type { Sample } from '@tocsin/core'
import {
  concat,
  filter,
  from,
  NEVER,
  of,
  pipe,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import { series } from '../../src/index.ts'
import {
  freshness,
  type FreshnessOptions,
  type FreshnessSample,
  type OperatorProblem,
} from '../../src/operators/index.ts'
import { virtualTime } from '../../src/testing/index.ts'

const sample = (source: string | undefined, tags: Record<string, string> = {}, time = 0): Sample => ({
  series: series('cpu', tags),
  time,
  value: 1,
  kind: 'gauge',
  ...(source !== undefined && { source }),
})

/** The one of its two series that says whether somebody is there. */
const availability = (options: FreshnessOptions): OperatorFunction<Sample, FreshnessSample> =>
  pipe(
    freshness(options),
    filter(({ series: { metric } }) => metric === 'available'),
  )

describe('freshness', () => {
  it('gives the state of a source beside, as checks give that of their targets', async () => {
    using time = virtualTime()
    const told: unknown[] = []
    const subscription = concat(of(sample('fra')), NEVER)
      .pipe(freshness({ silentAfterMs: 1000, forgetAfterMs: 2000 }))
      .subscribe(({ series: { key }, time: at, value, kind }) => told.push([at, key, value, kind]))
    await time.advanceTo(2000)
    subscription.unsubscribe()
    const series = ['available|ST[source:fra]', 'state|ST[source:fra]']
    expect(told).toEqual([
      [0, series[0], 1, 'gauge'],
      [0, series[1], 0, 'state'],
      [1000, series[0], 0, 'gauge'],
      [1000, series[1], 2, 'state'],
      [2000, series[0], NaN, 'stale'],
      [2000, series[1], NaN, 'stale'],
    ])
  })

  it('tells who comes, who is silent, who is back, and all of them once in the time of silence', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const source = cold<Sample>('-a 499ms a 2000ms a', { a: sample('fra') })
        const told = concat(source, NEVER).pipe(availability({ silentAfterMs: 1000 }))
        const of1 = (time: number, value: number): unknown =>
          expect.objectContaining({
            time,
            value,
            kind: 'gauge',
            series: series('available', { source: 'fra' }),
          })
        // There at 1, the last one at 501, so silent at 1501; back at 2502.
        expectObservable(told, '^ 3400ms !').toBe('-a 999ms b 499ms c 499ms d 500ms e 498ms f', {
          a: of1(1, 1),
          b: of1(1001, 1),
          c: of1(1501, 0),
          d: of1(2001, 0),
          e: of1(2502, 1),
          f: of1(3001, 1),
        })
      },
    )
  })

  it('waits for the sources that are expected from the beginning, and never forgets them', async () => {
    using time = virtualTime({ start: 5000 })
    const lines: string[] = []
    const subscription = concat(of(sample('fra')), NEVER)
      .pipe(availability({ silentAfterMs: 1000, forgetAfterMs: 2000, expect: ['ams'] }))
      .subscribe(({ series: { tags }, time: at, value, kind }) =>
        lines.push(`${at} ${tags['source'] ?? ''} ${kind} ${value}`),
      )
    await time.advanceTo(8000)
    subscription.unsubscribe()
    expect(lines).toEqual([
      '5000 fra gauge 1',
      '6000 ams gauge 0',
      '6000 fra gauge 0',
      '7000 fra stale NaN',
      '7000 ams gauge 0',
      '8000 ams gauge 0',
    ])
  })

  it('finds the source in a tag or by a function, and tells of samples without one', () => {
    using time = virtualTime()
    const problems = new Subject<OperatorProblem>()
    const reasons: string[] = []
    problems.subscribe(({ from: who, reason }) => reasons.push(`${who} ${reason}`))
    const samples = [
      sample('fra', { site: 'x', source: 'tag' }),
      sample(undefined, { source: 'tag' }),
      sample(undefined),
      sample('y'.repeat(250)),
    ]
    const sources = (by?: FreshnessOptions['by']): unknown[] => {
      const seen: unknown[] = []
      from(samples)
        .pipe(availability({ silentAfterMs: 1000, by, problems }))
        .subscribe(({ series: { tags } }) => seen.push(tags['source']))
      return seen
    }
    expect(sources()).toEqual(['fra', 'tag'])
    expect(reasons).toEqual(['freshness no-source', 'freshness bad-name'])
    expect(sources('site')).toEqual(['x'])
    expect(sources(({ source }) => source?.slice(0, 2))).toEqual(['fr', 'yy'])
    expect(sources('constructor')).toEqual([])
    expect(time.scheduled).toBe(0)
  })

  it('has room for so many sources', () => {
    using time = virtualTime()
    const problems = new Subject<OperatorProblem>()
    const reasons: string[] = []
    problems.subscribe(({ reason }) => reasons.push(reason))
    const seen: unknown[] = []
    from(['a', 'b', 'c', 'a'].map((source) => sample(source)))
      .pipe(availability({ silentAfterMs: 1000, maxSources: 2, problems }))
      .subscribe(({ series: { tags } }) => seen.push(tags['source']))
    expect(time.scheduled).toBe(0)
    expect([seen, reasons]).toEqual([['a', 'b'], ['too-many-sources']])
  })

  it('takes nobody for silent because the clock was set', async () => {
    using time = virtualTime()
    let jump = 0
    const scheduler: SchedulerLike = {
      now: () => time.now() + jump,
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay = 0) => time.schedule(work, delay),
    }
    const source = new Subject<Sample>()
    const seen: unknown[] = []
    const subscription = source
      .pipe(availability({ silentAfterMs: 1000, scheduler, stopwatch: time }))
      .subscribe(({ time: at, value }) => seen.push([at, value]))
    source.next(sample('fra'))
    for (const set of [3_600_000, -3_600_000]) {
      jump = set
      await time.advanceBy(900)
      source.next(sample('fra'))
    }
    jump = 0
    await time.advanceBy(1100)
    subscription.unsubscribe()
    expect(seen).toEqual([
      [0, 1],
      [1000 - 3_600_000, 1],
      [2000, 1],
      [2800, 0],
    ])
  })

  it('runs in event time', () => {
    const history = [0, 500, 5000].map((time) => sample('fra', {}, time))
    const seen: unknown[] = []
    from(history)
      .pipe(inEventTime(availability({ silentAfterMs: 2000 })))
      .subscribe(({ time, value }) => seen.push([time, value]))
    expect(seen).toEqual([
      [0, 1],
      [2000, 1],
      [2500, 0],
      [4000, 0],
      [5000, 1],
    ])
  })

  it('ends with what its function throws', () => {
    using time = virtualTime()
    const errors: unknown[] = []
    of(sample('a'))
      .pipe(
        availability({
          silentAfterMs: 1000,
          by: () => {
            throw new Error('mine')
          },
        }),
      )
      .subscribe({ error: (error: unknown) => errors.push(error) })
    expect(errors).toEqual([new Error('mine')])
    expect(time.scheduled).toBe(0)
  })

  it.each<readonly [Partial<FreshnessOptions> | undefined, string]>([
    [undefined, 'option "silentAfterMs" must be a whole number from 1 to 2147483647, got NaN'],
    [{ silentAfterMs: 0 }, 'option "silentAfterMs"'],
    [
      { silentAfterMs: 10, forgetAfterMs: 9 },
      'option "forgetAfterMs" must be at least silentAfterMs, 10, got 9',
    ],
    [{ silentAfterMs: 10, by: '' }, 'option "by" must be the category of a tag'],
    [{ silentAfterMs: 10, expect: ['x'.repeat(250)] }, 'option "expect" must be an array of names'],
    [
      { silentAfterMs: 10, expect: ['a', 'b'], maxSources: 1 },
      'option "expect" must be at most maxSources, 1, names, got 2',
    ],
  ])('refuses %j at the call', (options, message) => {
    expect(() => freshness(options as FreshnessOptions)).toThrow(message)
  })
})
