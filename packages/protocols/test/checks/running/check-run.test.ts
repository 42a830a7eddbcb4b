import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Check, CheckContext, CheckOutcome, CheckResult } from '../../../src/checks/check.ts'
import { checkSamples } from '../../../src/checks/check-samples.ts'
import { answeredBadly, notAsked } from '../../../src/checks/check-failure.ts'
import { checks } from '../../../src/checks/checks.ts'
import { badOption } from '../../../src/errors.ts'
import { series } from '../../../src/index.ts'
import { virtualTime } from '../../../src/testing/index.ts'
import { firstOf, receive } from '../../sockets.ts'
import { createStage, type Stage } from '../stage.ts'

let stage: Stage
beforeEach(() => {
  stage = createStage()
})
afterEach(() => stage[Symbol.dispose]())

/** The first result of a check that runs every 20 ms. */
async function resultOf(run: unknown, name = 'careless'): Promise<CheckResult | undefined> {
  const check: Check = { name, run: run as Check['run'] }
  const { values, subscription } = receive(checks([{ check, periodMs: 20 }], stage.options))
  await stage.advance(20)
  subscription.unsubscribe()
  return values[0]
}

const good = { series: series('load', { host: 'a' }), time: 5, value: 1, kind: 'gauge' as const }
const throwing = {
  get samples() {
    throw new Error('a getter of mine')
  },
  state: 'good',
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
    const careless: Check = {
      name: 'careless',
      run: async () => ({ state: 'good', samples: samples as never }),
    }
    const adding: Check = {
      name: 'adding',
      run: async ({ found }) => {
        found.gauge('before', 1)
        found.add(samples as never)
        return found.good()
      },
    }
    const careful: Check = { name: 'careful', run: async () => ({ state: 'good', samples: [good] }) }
    const definitions = [careless, adding, careful].map((check) => ({ check, periodMs: 20, phaseMs: 0 }))
    const source = checks(definitions, stage.options)
    const { values, subscription } = receive(source)
    const emitted = receive(source.pipe(checkSamples()))
    await stage.advance(50)
    subscription.unsubscribe()
    emitted.subscription.unsubscribe()
    const endings = values.map((result) => [result.check, result.state, result.reason, result.status])
    const bad = ['careless', 'adding'].map((name) => [name, 'unknown', 'wrong-outcome', message])
    const fine = ['careful', 'good', undefined, 'good']
    expect(endings).toHaveLength(6)
    expect(endings).toEqual(expect.arrayContaining([...bad, fine]))
    expect(values.map(({ samples: taken }) => taken.map(({ series: { key } }) => key)).slice(0, 3)).toEqual(
      expect.arrayContaining([[], ['before'], ['load|ST[host:a]']]),
    )
    const keys = emitted.values.map((sample) => sample.series.key)
    expect(keys.filter((key) => key === 'load|ST[check:careful,host:a]')).toHaveLength(2)
  })

  it.each<readonly [string, unknown, string]>([
    ['a getter that throws', throwing, 'a getter of mine'],
    [
      'a state that is none',
      { state: 'fine' },
      'gave state that must be one of good, warning, bad, unknown, not a value of type string',
    ],
    ['no state', {}, 'gave state that must be one of good, warning, bad, unknown, not undefined'],
    [
      'an availability that is none',
      { state: 'good', available: true },
      'gave available that must be one of yes, no, unknown, not true',
    ],
    [
      'a status that is a symbol',
      { state: 'bad', status: Symbol('x') },
      'gave status that must be a string, not a value of type symbol',
    ],
    [
      'a sample that throws',
      {
        state: 'good',
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
  ])('that gives %s has told nothing, and says why', async (_, outcome, status) => {
    const told = { state: 'unknown', available: 'unknown', reason: 'wrong-outcome', status, samples: [] }
    expect(await resultOf(async () => outcome)).toMatchObject(told)
  })

  it('gives a copy of its samples, which nobody changes later', async () => {
    const sample = { ...good, weight: 2, source: 'here', exact: 2n ** 60n, receivedAt: 6 }
    const result = await resultOf(async () => ({ state: 'good', samples: [sample] }))
    sample.value = NaN
    expect(result?.samples).toEqual([{ ...sample, value: 1 }])
  })

  it('reads a list of samples as long as it was, also where it grows as it is read', async () => {
    const samples: unknown[] = []
    const growing = (): object => ({
      ...good,
      get time() {
        samples.push(growing())
        return 5
      },
    })
    samples.push(growing())
    const result = await resultOf(async () => ({ state: 'good', samples }))
    expect(result).toMatchObject({ state: 'good', samples: [good] })
  })

  it('takes as long as it takes, although the clock is set meanwhile, and is not timed out for that', async () => {
    const check: Check = {
      name: 'slow',
      run: async ({ elapsedMs }) => {
        await stage.sleep(300)
        return { state: 'good', status: `after ${elapsedMs()} ms` }
      },
    }
    const definitions = [{ check, periodMs: 3_600_000, timeoutMs: 1000, phaseMs: 101_000 }]
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(1000)
    stage.jump(60_000)
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values).toMatchObject([{ state: 'good', durationMs: 300, status: 'after 300 ms' }])
  })

  it('is measured in virtual time where there is one', async () => {
    using time = virtualTime()
    const check: Check = { name: 'slow', run: () => new Promise(() => undefined) }
    const result = await time.run(firstOf(checks([{ check, periodMs: 60_000, timeoutMs: 7000, phaseMs: 0 }])))
    expect(result).toMatchObject({ time: 60_000, reason: 'timed-out', durationMs: 7000 })
  })

  it.each([
    ['answers nothing', (): unknown => undefined, 'unknown', 'gave no object with a state'],
    [
      'measures no list',
      () => ({ state: 'good', samples: null }),
      'unknown',
      'gave samples that are no list',
    ],
    [
      'rejects with what has no text',
      () => Promise.reject(Object.create(null) as Error),
      'bad',
      'a value of type object',
    ],
    [
      'rejects with what throws where it is looked at',
      () => {
        const { proxy, revoke } = Proxy.revocable(new Error('not now'), {})
        revoke()
        return Promise.reject(proxy)
      },
      'bad',
      'a value of type object',
    ],
    [
      'says what a terminal acts on',
      () => ({ state: 'bad', status: 'it is for \x1b[2J\r\nA\u202e\u2066B\x9b' }),
      'bad',
      'it is for  [2J  A  B ',
    ],
    ['answers without a promise', () => ({ state: 'good' }), 'good', 'good'],
    ['says nothing of a warning', () => ({ state: 'warning' }), 'warning', 'warning'],
    ['fails in its own way', () => Promise.reject(notAsked('no rights')), 'unknown', 'no rights'],
    ['says very much', () => ({ state: 'bad', status: 'x'.repeat(9999) }), 'bad', 'x'.repeat(1024)],
  ])('of a check that %s gives a result', async (name, run, state, status) => {
    expect(await resultOf(run, name)).toMatchObject({ state, status })
  })
  it.each<[string, unknown, Partial<CheckResult>]>([
    ['of any kind', new Error('refused'), { state: 'bad', available: 'no', reason: 'no-answer' }],
    ['of its own code', new TypeError('x is no function'), { state: 'bad', reason: 'no-answer' }],
    ['of nothing', undefined, { state: 'bad', available: 'no', reason: 'no-answer' }],
    [
      'with a code of others that begins as those here',
      Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }),
      { state: 'bad', available: 'no', reason: 'no-answer' },
    ],
    ['since nobody could ask', notAsked('no rights'), { available: 'unknown', reason: 'not-asked' }],
    ['by a wrong option', badOption('no port'), { available: 'unknown', reason: 'not-asked' }],
    [
      'by an error of another install',
      Object.assign(new Error('odd'), { code: 'PROTOCOL_ANSWERED_BADLY' }),
      { state: 'bad', available: 'yes', reason: 'not-good' },
    ],
  ])('that was rejected by an error %s says so', async (_, error, result) => {
    expect(await resultOf(() => Promise.reject(error as Error))).toMatchObject(result)
  })

  it('that was rejected since the target answered badly, is one that answered', async () => {
    const result = await resultOf(() => Promise.reject(answeredBadly('it speaks another protocol')))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good' })
  })

  it('keeps the words of a body, and not all of it', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const heapMegabytes = (): number => {
      collectGarbage()
      return process.memoryUsage().heapUsed / 1e6
    }
    const before = heapMegabytes()
    const kept: (CheckResult | undefined)[] = []
    for (let run = 0; run < 30; run += 1) {
      const look = async ({ found }: CheckContext): Promise<CheckOutcome> => {
        const body = Buffer.alloc(1_000_000, `${run} of what a server says. `).toString()
        found.text(body.slice(100, 140), body.slice(200, 300), { of: body.slice(140, 200) })
        const named = { metric: body.slice(300, 340), tags: { of: body.slice(340, 400) } }
        found.add([
          { series: series(named.metric, named.tags), time: 1, value: body.slice(500, 600), kind: 'text' },
        ])
        return found.bad(body.slice(400, 500))
      }
      kept.push(await resultOf(look))
    }
    expect(heapMegabytes() - before).toBeLessThan(15)
    expect(kept).toHaveLength(30)
  })
})
