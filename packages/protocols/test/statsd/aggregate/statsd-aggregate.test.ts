import type { Batch, Sample } from '@tocsin/core'
import { virtualTime } from '@tocsin/core/testing'
import { NEVER, Subject, concat, from, of, throwError, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { createStatsdAggregateEngine } from '../../../src/statsd/aggregate/aggregate-engine.ts'
import { statsdAggregate } from '../../../src/statsd/aggregate/statsd-aggregate.ts'
import type { Problem } from '../../../src/source/problem.ts'
import { createStatsdParser } from '../../../src/statsd/statsd-parser.ts'
import { collect } from '../../collect.ts'
import { firstOf } from '../../sockets.ts'

const samplesOf = (lines: string, time = 0): readonly Sample[] =>
  collect(createStatsdParser(), lines).samples.map((sample) => ({ ...sample, time }))
const brief = ({ series: { key }, kind, value, time }: Sample): string =>
  `${key} ${kind} ${JSON.stringify(value)} @${time}`

describe('statsdAggregate', () => {
  it('gives the numbers of the interval that has not ended when its source completes', async () => {
    const samples = from(samplesOf('a:1|c\na:4|c|@0.5\ng:7|g|#x:y\nu:ada|s\nu:bob|s\nu:ada|s')).pipe(
      statsdAggregate(),
    )
    expect((await firstOf(samples.pipe(toArray()))).map(brief)).toEqual([
      'a.count|ST[statsd_type:counter] delta 9 @9999',
      'a.rate|ST[statsd_type:counter] gauge 0.9 @9999',
      'g|ST[statsd_type:gauge,x:y] gauge 7 @9999',
      'u.count|ST[statsd_type:set] gauge 2 @9999',
    ])
  })

  it('is woken when no sample comes, goes on with what is idle, and stops when that has expired', async () => {
    const scheduler = virtualTime()
    onTestFinished(() => scheduler.end())
    const seen: string[] = []
    const samples = new Subject<Sample>()
    samples
      .pipe(statsdAggregate({ scheduler, flushMs: 1000, expiryMs: 3000 }))
      .subscribe((sample) => seen.push(brief(sample)))
    for (const sample of samplesOf('a:5|c')) samples.next(sample)
    await scheduler.run()
    expect(seen.filter((text) => text.startsWith('a.count'))).toEqual([
      'a.count|ST[statsd_type:counter] delta 5 @999',
      'a.count|ST[statsd_type:counter] delta 0 @1999',
      'a.count|ST[statsd_type:counter] delta 0 @2999',
      'a.count|ST[statsd_type:counter] delta 0 @3999',
    ])
    await scheduler.advanceTo(60_500)
    for (const sample of samplesOf('a:2|c', 60_500)) samples.next(sample)
    await scheduler.advanceTo(61_000)
    expect(seen.at(-2)).toBe('a.count|ST[statsd_type:counter] delta 2 @60999')
  })

  it('leaves no timer when unsubscribed from', () => {
    const scheduler = virtualTime()
    onTestFinished(() => scheduler.end())
    const subscription = concat(from(samplesOf('a:5|c')), NEVER)
      .pipe(statsdAggregate({ scheduler }))
      .subscribe()
    expect(scheduler.scheduled).toBe(1)
    subscription.unsubscribe()
    expect(scheduler.scheduled).toBe(0)
  })

  it('passes what is not of statsd, or has its own timestamp, as it is and at once', async () => {
    const parser = createStatsdParser()
    const { samples } = collect(parser, 'a:1|c|T1700000000\n_sc|redis|0\n_e{1,1}:a|b')
    const out = await firstOf(from(samples).pipe(statsdAggregate(), toArray()))
    expect(out).toEqual(samples)
  })

  it('acknowledges a batch when its values are added up', () => {
    let acknowledged = 0
    const batch: Batch<Sample> = { values: samplesOf('a:1|c\na:1|c'), ack: () => (acknowledged += 1) }
    concat(of(batch), NEVER).pipe(statsdAggregate()).subscribe().unsubscribe()
    expect(acknowledged).toBe(1)
  })

  it('fails with its source, without the numbers of an interval that has not ended', () => {
    const seen: unknown[] = []
    concat(
      from(samplesOf('a:1|c')),
      throwError(() => new Error('gone')),
    )
      .pipe(statsdAggregate())
      .subscribe({ next: (sample) => seen.push(sample), error: (error: unknown) => seen.push(String(error)) })
    expect(seen).toEqual(['Error: gone'])
  })

  it('gives timers as histograms in which each value counts as often as it stands for', async () => {
    const samples = from(samplesOf('t:12|ms\nt:12.5|ms|@0.5\nt:-3|h\nt:300|ms')).pipe(
      statsdAggregate({ timers: 'histogram' }),
    )
    expect((await firstOf(samples.pipe(toArray()))).map(brief)).toEqual([
      `t|ST[statsd_type:timer] histogram ${JSON.stringify({
        bins: [
          { value: -30, exponent: 0, count: 1 },
          { value: 12, exponent: 1, count: 3 },
          { value: 30, exponent: 2, count: 1 },
        ],
      })} @9999`,
    ])
  })

  it('is right where the daemon is not: a part of all values, names of objects, an empty member', async () => {
    const lines =
      'constructor:1|ms\nconstructor:3|ms\n__proto__:2|c\ntoString:|s\ntoString:__proto__|s\ntoString:0|s'
    const out = await firstOf(
      from(samplesOf(lines)).pipe(statsdAggregate({ percentiles: [-100] }), toArray()),
    )
    const numbers = new Map(out.map(({ series: { metric }, value }) => [metric, value]))
    expect(numbers.get('__proto__.count')).toBe(2)
    expect(numbers.get('toString.count')).toBe(3)
    expect(numbers.get('constructor.sum_top100')).toBe(4)
    expect(numbers.get('constructor.mean_top100')).toBe(2)
    expect(numbers.get('constructor.lower_top100')).toBe(1)
  })

  it('is bounded in bytes, tells of what it does not take, and has room again in the next interval', () => {
    const told: string[] = []
    const engine = createStatsdAggregateEngine({ maxBytes: 8000, percentiles: [] }, (reason) =>
      told.push(reason),
    )
    const at = (time: number, lines: string): readonly Sample[] =>
      samplesOf(lines, time).flatMap((sample) => engine.add(sample, time))
    at(0, Array.from({ length: 1000 }, (_, value) => `t:${value}|ms`).join('\n'))
    const taken = 1000 - told.length
    expect(taken).toBeGreaterThan(100)
    expect(new Set(told)).toEqual(new Set(['too-many-values']))
    told.length = 0
    at(0, 'other:1|c')
    expect(told).toEqual(['too-many-series'])
    told.length = 0
    const flushed = at(10_000, 'other:1|c\nt:1|ms')
    expect(flushed.find(({ series: { metric } }) => metric === 't.count')?.value).toBe(taken)
    expect(told).toEqual([])
  })

  it('tells its listener which series it did not take', () => {
    const problems: Problem[] = []
    from(samplesOf(`${'x'.repeat(4090)}:1|c`))
      .pipe(statsdAggregate({ problems: { next: (problem) => problems.push(problem) } }))
      .subscribe()
    expect(problems).toMatchObject([
      { from: 'statsdAggregate', reason: 'bad-name', series: 'x'.repeat(4090) },
    ])
  })

  it('counts a sample from the future as one of now, so that a wrong clock ends no interval', () => {
    const engine = createStatsdAggregateEngine()
    const [sample] = samplesOf('a:1|c')
    expect(engine.add({ ...sample!, time: 1e12 }, 5000)).toEqual([])
    expect(engine.nextDue()).toBe(10_000)
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { flushMs: 0 },
      { percentiles: [0] },
      { percentiles: [101] },
      { timers: 'other' as 'etsy' },
      { bins: [{ metric: 'a', limits: ['all' as 'inf'] }] },
      { deleteIdle: ['counters' as 'counter'] },
      { maxBytes: 0 },
    ]) {
      expect(() => statsdAggregate(options)).toThrow('PROTOCOL_BAD_OPTION')
      expect(() => createStatsdAggregateEngine(options)).toThrow('PROTOCOL_BAD_OPTION')
    }
  })
})
