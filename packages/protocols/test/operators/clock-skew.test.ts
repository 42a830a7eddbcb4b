import type { Sample } from '@tocsin/core'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { series } from '../../src/index.ts'
import { clockSkew, type OperatorProblem } from '../../src/operators/index.ts'
import { virtualTime } from '../../src/testing/index.ts'

const sample = (source: string | undefined, ahead: number, receivedAt: number): Sample => ({
  series: series('cpu'),
  time: receivedAt + ahead,
  receivedAt,
  value: 1,
  kind: 'gauge',
  ...(source !== undefined && { source }),
})

describe('clockSkew', () => {
  it('estimates for each source by itself, once in a period, and is not moved by a few that are wrong', async () => {
    using time = virtualTime()
    const samples = new Subject<Sample>()
    const seen: unknown[] = []
    const subscription = samples
      .pipe(clockSkew({ periodMs: 10_000 }))
      .subscribe(({ series: { key }, time: at, value, kind }) => seen.push([at, key, value, kind]))
    for (let second = 0; second <= 20; second += 1) {
      await time.advanceTo(second * 1000)
      samples.next(sample('fast', second % 3 === 0 ? -1e12 : 5000, time.now()))
      samples.next(sample('good', -(second % 2), time.now()))
    }
    subscription.unsubscribe()
    expect(seen).toEqual([
      [10_000, 'clock.skew|ST[source:fast]', 5000, 'gauge'],
      [10_000, 'clock.skew|ST[source:good]', 0, 'gauge'],
      [20_000, 'clock.skew|ST[source:fast]', 5000, 'gauge'],
      [20_000, 'clock.skew|ST[source:good]', 0, 'gauge'],
    ])
  })

  it('passes over samples that have the time of arrival, and tells of those that say no source or find no room', () => {
    using time = virtualTime()
    const problems = new Subject<OperatorProblem>()
    const reasons: string[] = []
    problems.subscribe(({ reason }) => reasons.push(reason))
    const samples = new Subject<Sample>()
    const seen: number[] = []
    const options = { periodMs: 0, maxSources: 1, problems }
    samples.pipe(clockSkew(options)).subscribe(({ value }) => seen.push(value))
    const { receivedAt, ...arrived } = sample('a', 5, 0)
    expect(receivedAt).toBe(0)
    samples.next(arrived)
    samples.next(sample('a', NaN, 0))
    samples.next(sample(undefined, 1, 0))
    samples.next(sample('x'.repeat(250), 1, 0))
    samples.next(sample('a', 7, 0))
    samples.next(sample('b', 8, 0))
    expect(time.scheduled).toBe(0)
    expect([seen, reasons]).toEqual([[7], ['no-source', 'bad-name', 'too-many-sources']])
  })

  it('refuses wrong options at the call', () => {
    expect(() => clockSkew({ window: 0 })).toThrow(
      'option "window" must be a whole number from 1 to 10001, got 0',
    )
  })
})
