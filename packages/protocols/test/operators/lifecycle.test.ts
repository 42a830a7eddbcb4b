import type { Sample } from '@tocsin/core'
import { EMPTY, NEVER, type Observable, type OperatorFunction, of, Subject, take, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import { series } from '../../src/index.ts'
import { clockSkew, filterSamples, freshness, guessTypes } from '../../src/operators/index.ts'
import { virtualTime } from '../../src/testing/index.ts'

const sample = (value: number, receivedAt = 0): Sample => ({
  series: series('cpu', { host: 'a' }),
  time: receivedAt + 10,
  receivedAt,
  value,
  kind: 'gauge',
  source: 'fra',
})

const broken = new Error('broken')
const silent = { silentAfterMs: 1000 }
const operators: readonly (readonly [string, () => OperatorFunction<Sample, Sample>])[] = [
  ['filterSamples', () => filterSamples([{ allow: '__name:cpu' }])],
  ['guessTypes', () => guessTypes()],
  ['freshness', () => freshness(silent)],
  ['clockSkew', () => clockSkew({ periodMs: 0 })],
]

const inMarbles = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test)

describe.each(operators)('%s', (name, create) => {
  it('completes with an empty source, waits with one that never ends, fails with one that fails', () => {
    inMarbles(({ expectObservable }) => {
      expectObservable(EMPTY.pipe(create())).toBe('|')
      expectObservable(NEVER.pipe(create()), '^ 10s !').toBe('-')
      expectObservable(throwError(() => broken).pipe(create())).toBe('#', undefined, broken)
    })
  })

  it('emits at once, and unsubscribes from its source when it is unsubscribed from', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Sample>('--a---a', { a: sample(1) })
      const emitted = source.pipe(create())
      const x = expect.objectContaining({ kind: 'gauge' })
      const y = expect.objectContaining({ kind: 'state' })
      expectObservable(emitted, '^---!').toBe(name === 'freshness' ? '--(xy)' : '--x', { x, y })
      expectSubscriptions(source.subscriptions).toBe('^---!')
    })
  })

  it('leaves when its subscriber has enough, and no timer behind', () => {
    using time = virtualTime()
    const source = new Subject<Sample>()
    source.pipe(create(), take(1)).subscribe()
    source.next(sample(1))
    expect([source.observed, time.scheduled]).toEqual([false, 0])
    const subscription = source.pipe(create()).subscribe()
    source.next(sample(1))
    subscription.unsubscribe()
    expect([source.observed, time.scheduled]).toEqual([false, 0])
  })

  it('leaves no timer behind when its source ends or fails', () => {
    using time = virtualTime()
    const endings: Observable<never>[] = [EMPTY, throwError(() => broken)]
    for (const ending of endings) {
      const source = new Subject<Sample>()
      source.pipe(create()).subscribe({ error: () => undefined })
      source.next(sample(1))
      ending.subscribe(source)
      expect(time.scheduled).toBe(0)
    }
  })

  it('gives each of two subscribers its own', () => {
    using time = virtualTime()
    const operated = of(sample(1), sample(2)).pipe(create())
    const runs = [0, 1].map(() => {
      const seen: unknown[] = []
      operated.subscribe(({ series: { key }, value }) => seen.push([key, value]))
      return seen
    })
    expect(runs[0]).toEqual(runs[1])
    expect(runs[0]?.length).toBe(2)
    expect(time.scheduled).toBe(0)
  })

  it('acknowledges a batch once, and only what it was given', async () => {
    using time = virtualTime()
    let acknowledged = 0
    const batches = new Subject<{ values: Sample[]; ack: () => void }>()
    const ack = (): void => void (acknowledged += 1)
    const subscription = batches.pipe(create() as OperatorFunction<unknown, unknown>).subscribe((given) => {
      if (typeof given === 'object' && given !== null && 'ack' in given) (given.ack as () => void)()
    })
    batches.next({ values: [sample(1), sample(2)], ack })
    expect(acknowledged).toBe(1)
    batches.next({ values: [], ack })
    expect(acknowledged).toBe(2)
    await time.advanceBy(500)
    subscription.unsubscribe()
    expect(time.scheduled).toBe(0)
  })
})
