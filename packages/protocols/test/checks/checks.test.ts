import fc from 'fast-check'
import { take } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { CheckDefinition } from '../../src/checks/check.ts'
import { checks } from '../../src/checks/checks.ts'
import { receive } from '../sockets.ts'
import { check, createStage, good, hangs, line, type Stage } from './stage.ts'

let stage: Stage
beforeEach(() => {
  stage = createStage()
})
afterEach(() => stage[Symbol.dispose]())

describe('checks', () => {
  it('run at phase + k * period, without drift', async () => {
    const slow = check('slow', async () => {
      await stage.sleep(37)
      return { state: 'good' }
    })
    const { values, subscription } = receive(
      checks([{ check: slow, periodMs: 100, phaseMs: 30 }], stage.options),
    )
    await stage.advance(10_000)
    subscription.unsubscribe()
    expect(values.map(({ time }) => time)).toEqual(Array.from({ length: 100 }, (_, k) => 100_030 + 100 * k))
    expect(
      new Set(values.map(({ state, lateMs, durationMs }) => `${state} ${lateMs} ${durationMs}`)),
    ).toEqual(new Set(['good 0 37']))
    expect(stage.timers).toBe(0)
  })

  it('time a run out although the clock was set back, and never measure a negative time', async () => {
    let back = 0
    const clock = { now: () => stage.options.scheduler.now() - back }
    const { values, subscription } = receive(
      checks([{ check: hangs, periodMs: 1000, timeoutMs: 200, phaseMs: 0 }], {
        scheduler: stage.options.scheduler,
        clock,
      }),
    )
    await stage.advance(1100)
    back = 3_600_000
    await stage.advance(400)
    subscription.unsubscribe()
    expect(values).toMatchObject([{ state: 'bad', reason: 'timed-out', durationMs: 0 }])
  })

  it('tell a check the same runner in all runs of a subscription, and another in each other', async () => {
    const runners: object[] = []
    const curious = check('curious', async ({ runner }) => {
      runners.push(runner)
      return { state: 'good' }
    })
    const results = checks([{ check: curious, periodMs: 1000, phaseMs: 0 }], stage.options)
    const [one, other] = [receive(results), receive(results)]
    await stage.advance(2000)
    one.subscription.unsubscribe()
    other.subscription.unsubscribe()
    expect(runners.map((runner) => runners.indexOf(runner))).toEqual([0, 1, 0, 1])
  })

  it('refuse definitions that are none at the call', () => {
    const wrong = [undefined, 5, [null], [{}], [{ check: { name: 'x' }, periodMs: 1 }]]
    for (const definitions of wrong) expect(() => checks(definitions as never)).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('give a result for each way to end', async () => {
    const definitions = [
      check('fails', async () => ({ state: 'bad', status: 'it burns', samples: [] })),
      hangs,
      check('rejects', () => Promise.reject(new Error('no route'))),
      check('throws', () => {
        throw new RangeError('oops')
      }),
      check('rejects with a word', async () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless check does
        throw 'word'
      }),
      check('cannot tell', async ({ found }) => found.unknown('no rights')),
    ].map((one) => ({ check: one, periodMs: 1000, timeoutMs: 200, phaseMs: 0 }))
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(1300)
    subscription.unsubscribe()
    const endings = values.map(({ check: name, ...ending }) => [name, ending] as const)
    expect(endings).toHaveLength(6)
    const none = { state: 'bad', available: 'no' }
    expect(Object.fromEntries(endings)).toMatchObject({
      fails: { state: 'bad', available: 'yes', reason: 'not-good', status: 'it burns' },
      hangs: { ...none, reason: 'timed-out', status: 'gave no answer in 200 ms', durationMs: 200 },
      rejects: { ...none, reason: 'no-answer', status: 'no route' },
      throws: { ...none, reason: 'no-answer', status: 'oops' },
      'rejects with a word': { ...none, reason: 'no-answer', status: 'word' },
      'cannot tell': { state: 'unknown', available: 'unknown', reason: 'not-good', status: 'no rights' },
    })
  })

  it('abort a run at its time-out, and do not start it again before it has ended', async () => {
    const signals: AbortSignal[] = []
    const stubborn = check('stubborn', async ({ signal }) => {
      signals.push(signal)
      await stage.sleep(2500)
      return { state: 'good' }
    })
    const { values, subscription } = receive(
      checks([{ check: stubborn, periodMs: 1000, timeoutMs: 300, phaseMs: 0 }], stage.options),
    )
    await stage.advance(4500)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'stubborn 101000 bad timed-out',
      'stubborn 102000 unknown still-running',
      'stubborn 103000 unknown still-running',
      'stubborn 104000 bad timed-out',
    ])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('keep at the time-out what was found so far, and nothing that comes later', async () => {
    const half = check('half', async ({ found }) => {
      found.gauge('connect', 12)
      found.text('banner', 'hello')
      await stage.sleep(500)
      found.gauge('answer', 500)
      return found.good()
    })
    const { values, subscription } = receive(
      checks([{ check: half, periodMs: 1000, timeoutMs: 300, phaseMs: 0 }], stage.options),
    )
    await stage.advance(1800)
    subscription.unsubscribe()
    const measured = values.map(({ samples }) => samples.map(({ series, value }) => [series.key, value]))
    expect(measured).toEqual([
      [
        ['connect', 12],
        ['banner', 'hello'],
      ],
    ])
  })

  it('run no more than so many at a time; the others wait and say how late they are', async () => {
    const definitions = ['a', 'b', 'c'].map((name) => ({
      check: check(name, async () => {
        await stage.sleep(10)
        return { state: 'good' }
      }),
      periodMs: 1000,
      phaseMs: 0,
    }))
    const { values, subscription } = receive(checks(definitions, { ...stage.options, concurrency: 1 }))
    await stage.advance(1500)
    subscription.unsubscribe()
    expect(values).toMatchObject([
      { type: 'check', check: 'a', lateMs: 0, durationMs: 10 },
      { type: 'check', check: 'b', lateMs: 10, durationMs: 10 },
      { type: 'check', check: 'c', lateMs: 20, durationMs: 10 },
    ])
  })

  it('let nobody wait for a host that hangs', async () => {
    const definitions = ['a', 'b', 'c', 'd'].map((name) => ({
      check: { ...hangs, name, host: 'dead' },
      periodMs: 1000,
      timeoutMs: 400,
      phaseMs: 0,
    }))
    const lively = { check: { ...good, host: 'alive' }, periodMs: 1000, phaseMs: 1 }
    const limits = { concurrency: 3, perHost: 2 }
    const { values, subscription } = receive(
      checks([...definitions, lively], { ...stage.options, ...limits }),
    )
    await stage.advance(1900)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'good 100001 good',
      'good 101001 good',
      'a 101000 bad timed-out',
      'b 101000 bad timed-out',
      'c 101000 bad timed-out',
      'd 101000 bad timed-out',
    ])
  })

  it('survive thousands that throw, one after another', async () => {
    const failure = new Error('no')
    const definitions = Array.from({ length: 3000 }, (_, at) => ({
      check: check(`c${at}`, () => {
        throw failure
      }),
      periodMs: 1000,
      phaseMs: 0,
    }))
    const { values, subscription } = receive(checks(definitions, { ...stage.options, concurrency: 1 }))
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values).toHaveLength(3000)
  })

  it('go on without a subscriber of batches that does not acknowledge, and count the results that it loses', async () => {
    const source = checks([{ check: good, periodMs: 1000, phaseMs: 0 }], stage.options)
    const problems = receive(source.problems)
    const { values, subscription } = receive(source.batches({ maxInFlight: 2 }))
    await stage.advance(5000)
    values[0]?.ack()
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values.map(({ values: [result] }) => result?.time)).toEqual([101_000, 102_000, 106_000])
    expect(source.stats).toMatchObject({ received: 6, samples: 3, dropped: 3 })
    expect(problems.values.map(({ reason }) => reason)).toEqual(['overflow', 'overflow', 'overflow'])
  })

  it('tell the ticks that passed while the process was stopped', async () => {
    const definitions = [{ check: good, periodMs: 1000, phaseMs: 0 }]
    const { values, subscription } = receive(checks(definitions, { ...stage.options, maxMissed: 2 }))
    await stage.advance(1000)
    stage.stall(5400)
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'good 101000 good',
      'good 105000 unknown missed 3',
      'good 106000 unknown missed',
      'good 107000 good',
    ])
  })

  it('abort what runs when unsubscribed from, tell nothing more and keep no timer', async () => {
    let signal: AbortSignal | undefined
    const long = check('long', async (context) => {
      signal = context.signal
      await stage.sleep(400)
      return { state: 'good' }
    })
    const { values, subscription } = receive(
      checks([{ check: long, periodMs: 1000, phaseMs: 0 }], stage.options),
    )
    await stage.advance(1100)
    subscription.unsubscribe()
    expect(signal?.aborted).toBe(true)
    await stage.advance(5000)
    expect(values).toEqual([])
    expect(stage.timers).toBe(0)
  })

  it('abort a run that unsubscribes as it begins', async () => {
    let signal: AbortSignal | undefined
    const leaving = check('leaving', (context) => {
      ;({ signal } = context)
      received.subscription.unsubscribe()
      return new Promise<never>(() => undefined)
    })
    const definitions = [leaving, good].map((one) => ({ check: one, periodMs: 1000, phaseMs: 0 }))
    const received = receive(checks(definitions, stage.options))
    await stage.advance(1100)
    expect([signal?.aborted, received.values, stage.timers]).toEqual([true, [], 0])
  })

  it('keep one timer for the whole set', async () => {
    const definitions = Array.from({ length: 50 }, (_, at) => ({
      check: { ...good, name: `good${at}` },
      periodMs: 1000,
    }))
    const { values, subscription } = receive(checks(definitions, stage.options))
    const timers: number[] = []
    for (let step = 0; step < 10; step += 1) {
      await stage.advance(100)
      timers.push(stage.timers)
    }
    subscription.unsubscribe()
    expect([values.length, timers]).toEqual([50, timers.map(() => 1)])
    expect(stage.timers).toBe(0)
  })

  it('stop in the middle when the subscriber has enough', async () => {
    const definitions = ['a', 'b', 'c'].map((name) => ({
      check: { ...good, name },
      periodMs: 1000,
      phaseMs: 0,
    }))
    const { values } = receive(checks(definitions, stage.options).pipe(take(2)))
    await stage.advance(1000)
    expect(values).toHaveLength(2)
    expect(stage.timers).toBe(0)
  })

  it('stop in the middle of what is skipped and timed out', async () => {
    const definitions = ['a', 'b', 'c'].map((name) => ({
      check: { ...hangs, name },
      periodMs: 1000,
      phaseMs: 0,
    }))
    for (const [enough, expected] of [
      [1, ['a 101000 bad timed-out']],
      [
        4,
        [
          'a 101000 bad timed-out',
          'b 101000 bad timed-out',
          'c 101000 bad timed-out',
          'a 102000 unknown still-running',
        ],
      ],
    ] as const) {
      using own = createStage()
      const { values } = receive(checks(definitions, own.options).pipe(take(enough)))
      await own.advance(3000)
      expect([values.map(line), own.timers]).toEqual([expected, 0])
    }
  })

  it('of none never emit and keep no timer', () => {
    const { values, subscription } = receive(checks([], stage.options))
    expect(stage.timers).toBe(0)
    subscription.unsubscribe()
    expect(values).toEqual([])
  })

  it('refuse wrong definitions at the call', () => {
    const definition = { check: good, periodMs: 1000 }
    const wrong = (definitions: readonly CheckDefinition[]): (() => unknown) => {
      return () => checks(definitions)
    }
    expect(wrong([definition, definition])).toThrow('PROTOCOL_BAD_OPTION: two checks are named "good"')
    expect(wrong([{ ...definition, periodMs: 0 }])).toThrow('"periodMs" of check "good"')
    expect(wrong([{ ...definition, timeoutMs: 0 }])).toThrow('"timeoutMs" of check "good"')
    expect(wrong([{ ...definition, phaseMs: 1000 }])).toThrow('"phaseMs" of check "good"')
    expect(wrong([{ ...definition, attempts: 0 }])).toThrow('"attempts" of check "good"')
    expect(wrong([{ ...definition, retryMs: 0.5 }])).toThrow('"retryMs" of check "good"')
    expect(wrong([{ ...definition, retryMs: 100 }])).toThrow(
      '"retryMs" of check "good" needs "attempts" above 1: the first run that is not good is hard already',
    )
    expect(wrong([{ ...definition, attempts: 2, retryMs: 1001 }])).toThrow(
      '"retryMs" of check "good" must be a whole number from 1 to 1000, got 1001',
    )
    expect(wrong([{ check: good }])).toThrow('check "good" must have either "periodMs" or "after"')
    expect(wrong([{ ...definition, after: 'good' }])).toThrow('must have either')
    expect(wrong([{ check: good, after: 'x', retryMs: 1 }])).toThrow('no "phaseMs" and no "retryMs"')
    expect(wrong([{ ...definition, check: { ...good, name: '' } }])).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => checks([definition], { concurrency: 0 })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('give exactly one result for each tick, whatever the runs do and however late the clock is', async () => {
    const behaviour = fc.record({
      periodMs: fc.integer({ min: 20, max: 50 }),
      timeoutMs: fc.integer({ min: 1, max: 60 }),
      takesMs: fc.nat(120),
      fails: fc.boolean(),
    })
    const step = fc.record({ stallMs: fc.oneof(fc.constant(0), fc.nat(200)), passMs: fc.nat(60) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        async (behaviours, steps, concurrency) => {
          using own = createStage()
          const definitions = behaviours.map(({ periodMs, timeoutMs, takesMs, fails }, at) => ({
            check: check(`check${at}`, async () => {
              await own.sleep(takesMs)
              if (fails) throw new Error('no')
              return { state: 'good' }
            }),
            periodMs,
            timeoutMs,
            phaseMs: 0,
          }))
          const { values, subscription } = receive(
            checks(definitions, { ...own.options, concurrency, maxMissed: 3 }),
          )
          const { scheduler } = own.options
          for (const { stallMs, passMs } of steps) {
            own.stall(stallMs)
            await own.advance(passMs)
          }
          // Let all that goes on end: each run is over within its time-out, and each waits for the others at most.
          const end = scheduler.now()
          await own.advance(300)
          subscription.unsubscribe()
          expect(own.timers).toBe(0)
          for (const [at, { periodMs }] of behaviours.entries()) {
            const ticks = values
              .filter((result) => result.check === `check${at}`)
              .flatMap(({ time, missed = 0 }) =>
                Array.from({ length: missed + 1 }, (_, back) => time - back * periodMs),
              )
              .filter((tick) => tick <= end)
            const first = Math.floor(100_000 / periodMs + 1) * periodMs
            const count = Math.max(0, Math.floor((end - first) / periodMs) + 1)
            expect(ticks.sort((a, b) => a - b)).toEqual(
              Array.from({ length: count }, (_, k) => first + k * periodMs),
            )
          }
        },
      ),
      { numRuns: Number(process.env['FC_NUM_RUNS'] ?? 15) },
    )
  })
})
