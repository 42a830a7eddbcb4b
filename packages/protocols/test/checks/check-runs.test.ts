import { take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Check, CheckResult } from '../../src/checks/check.ts'
import { checkSamples } from '../../src/checks/check-samples.ts'
import { checks } from '../../src/checks/checks.ts'
import { series } from '../../src/index.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { firstOf } from '../sockets.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const good = { series: series('load', { host: 'a' }), time: 5, value: 1, kind: 'gauge' as const }
const throwing = {
  get samples() {
    throw new Error('a getter of mine')
  },
  ok: true,
}

describe('a run', () => {
  it.each<readonly [string, unknown, string]>([
    ['no sample', [null], 'gave samples[0] that must be a sample, not null'],
    ['a hole', [good, , good], 'gave samples[1] that must be a sample, not undefined'],
    [
      'a text for a gauge',
      [{ ...good, value: 'x' }],
      'gave samples[0].value that must be a finite number, its kind being gauge, not a value of type string',
    ],
    [
      'NaN',
      [{ ...good, value: NaN }],
      'gave samples[0].value that must be a finite number, its kind being gauge, not NaN',
    ],
    [
      'no time',
      [good, { ...good, time: undefined }],
      'gave samples[1].time that must be a finite number, not undefined',
    ],
    [
      'a kind that is none',
      [{ ...good, kind: 'gouge' }],
      'gave samples[0].kind that must be one of gauge, counter, delta, observation, set, histogram, state, text, stale, not a value of type string',
    ],
    [
      'a series by its name',
      [{ ...good, series: 'load' }],
      'gave samples[0].series that is none; make it with series() or buildSeries()',
    ],
    [
      'a series with a wrong key',
      [{ ...good, series: { ...good.series, key: 'load' } }],
      'gave samples[0].series that is none; make it with series() or buildSeries()',
    ],
    [
      'a tag that is no text',
      [{ ...good, series: { key: 'a', metric: 'a', tags: { b: 1 } } }],
      'gave samples[0].series that is none; make it with series() or buildSeries()',
    ],
    [
      'a weight of none',
      [{ ...good, weight: 0 }],
      'gave samples[0].weight that must be a number above 0, not 0',
    ],
    [
      'a histogram without bins',
      [{ ...good, kind: 'histogram', value: { bins: [null] } }],
      'gave samples[0].value that must be a histogram, an object with bins, its kind being histogram, not a value of type object',
    ],
  ])('that gives %s spoils its own result and no other', async (_, samples, message) => {
    const careless: Check = { name: 'careless', run: async () => ({ ok: true, samples: samples as never }) }
    const careful: Check = { name: 'careful', run: async () => ({ ok: true, samples: [good] }) }
    const definitions = [careless, careful].map((check) => ({ check, periodMs: 20, phaseMs: 0 }))
    const [results, emitted] = [[] as CheckResult[], [] as string[]]
    const source = checks(definitions)
    const subscription = source.subscribe((result) => results.push(result))
    subscription.add(source.pipe(checkSamples()).subscribe((sample) => emitted.push(sample.series.key)))
    await vi.advanceTimersByTimeAsync(50)
    subscription.unsubscribe()
    const endings = results.map(({ check, status, reason, message: said }) => [check, status, reason, said])
    const bad = ['careless', 'failed', 'threw', message]
    const fine = ['careful', 'ok', undefined, undefined]
    expect(endings).toEqual([bad, fine, bad, fine])
    expect(emitted.filter((key) => key === 'load|ST[check:careful,host:a]')).toHaveLength(2)
  })

  it.each<readonly [string, unknown, string]>([
    ['a getter that throws', throwing, 'a getter of mine'],
    ['an ok that is a word', { ok: 'yes' }, 'gave ok that must be true or false, not a value of type string'],
    ['no ok', {}, 'gave ok that must be true or false, not undefined'],
    [
      'a message that is a symbol',
      { ok: false, message: Symbol('x') },
      'gave message that must be a string, not a value of type symbol',
    ],
    [
      'a sample that throws',
      {
        ok: true,
        samples: [
          Object.defineProperty({ ...good }, 'value', {
            get: () => {
              throw new Error('not now')
            },
          }),
        ],
      },
      'not now',
    ],
  ])('that gives %s has failed, and says why', async (_, outcome, message) => {
    const careless: Check = { name: 'careless', run: async () => outcome as never }
    const result = firstOf(checks([{ check: careless, periodMs: 20 }]))
    await vi.advanceTimersByTimeAsync(40)
    expect(await result).toMatchObject({ status: 'failed', reason: 'threw', message, samples: [] })
  })

  it('gives a copy of its samples, which nobody changes later', async () => {
    const sample = { ...good, weight: 2, source: 'here', exact: 2n ** 60n, receivedAt: 6 }
    const check: Check = { name: 'one', run: async () => ({ ok: true, samples: [sample] }) }
    const result = firstOf(checks([{ check, periodMs: 20 }]))
    await vi.advanceTimersByTimeAsync(40)
    const [copy] = (await result).samples
    sample.value = NaN
    expect(copy).toEqual({ ...sample, value: 1 })
  })

  it('takes as long as it takes, although the clock is set meanwhile, and is not timed out for that', async () => {
    const check: Check = {
      name: 'slow',
      run: ({ elapsedMs }) =>
        new Promise((resolve) =>
          setTimeout(() => resolve({ ok: true, message: `after ${elapsedMs()} ms` }), 300),
        ),
    }
    const results: CheckResult[] = []
    const subscription = checks([{ check, periodMs: 3_600_000, timeoutMs: 1000, phaseMs: 0 }]).subscribe(
      (result) => results.push(result),
    )
    await vi.advanceTimersByTimeAsync(3_600_000 - (Date.now() % 3_600_000))
    vi.setSystemTime(Date.now() + 60_000)
    await vi.advanceTimersByTimeAsync(1000)
    subscription.unsubscribe()
    expect(results).toMatchObject([{ status: 'ok', durationMs: 300, message: 'after 300 ms' }])
  })

  it('is measured in virtual time where there is one', async () => {
    vi.useRealTimers()
    using time = virtualTime()
    const check: Check = { name: 'slow', run: () => new Promise(() => undefined) }
    const result = await time.run(firstOf(checks([{ check, periodMs: 60_000, timeoutMs: 7000, phaseMs: 0 }])))
    expect(result).toMatchObject({ time: 60_000, status: 'timeout', durationMs: 7000 })
  })

  it.each([
    ['answers nothing', (): unknown => undefined, 'failed', 'gave no object with ok'],
    ['measures no list', () => ({ ok: true, samples: null }), 'failed', 'gave samples that are no list'],
    [
      'rejects with what has no text',
      () => Promise.reject(Object.create(null) as Error),
      'failed',
      'a value of type object',
    ],
    ['answers without a promise', () => ({ ok: true }), 'ok', undefined],
  ])('of a check that %s gives a result', async (name, run, status, message) => {
    const careless = { name, run: run as Check['run'] }
    const results = firstOf(checks([{ check: careless, periodMs: 20 }]).pipe(take(2), toArray()))
    await vi.advanceTimersByTimeAsync(40)
    const endings = (await results).map((result) => [result.status, result.message])
    expect(endings).toEqual([
      [status, message],
      [status, message],
    ])
  })
})
