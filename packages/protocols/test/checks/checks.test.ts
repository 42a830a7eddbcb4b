import fc from 'fast-check'
import { take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Check, CheckContext, CheckOutcome, CheckResult } from '../../src/checks/check.ts'
import { checks } from '../../src/checks/checks.ts'
import { firstOf, receive } from '../sockets.ts'

const check = (name: string, run: (context: CheckContext) => PromiseLike<CheckOutcome>): Check => ({
  name,
  run,
})
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const ok = check('ok', async () => ({ ok: true }))
const line = ({ check: name, time, status, reason }: CheckResult): string =>
  [name, time, status, ...(reason === undefined ? [] : [reason])].join(' ')

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('checks', () => {
  it('run at anchor + k * period, without drift', async () => {
    const slow = check('slow', async () => {
      await sleep(37)
      return { ok: true }
    })
    const { values, subscription } = receive(checks([{ check: slow, periodMs: 100, phaseMs: 30 }]))
    await vi.advanceTimersByTimeAsync(10_000)
    subscription.unsubscribe()
    expect(values.map(({ time }) => time)).toEqual(Array.from({ length: 100 }, (_, k) => 100_030 + 100 * k))
    expect(
      new Set(values.map(({ status, lateMs, durationMs }) => `${status} ${lateMs} ${durationMs}`)),
    ).toEqual(new Set(['ok 0 37']))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('time a run out although the clock was set back, and never measure a negative time', async () => {
    const hangs = check('hangs', () => new Promise<never>(() => undefined))
    let back = 0
    const clock = { now: () => Date.now() - back }
    const { values, subscription } = receive(
      checks([{ check: hangs, periodMs: 1000, timeoutMs: 200, phaseMs: 0 }], { clock }),
    )
    await vi.advanceTimersByTimeAsync(1100)
    back = 3_600_000
    await vi.advanceTimersByTimeAsync(400)
    subscription.unsubscribe()
    expect(values).toMatchObject([{ status: 'timeout', durationMs: 0 }])
  })

  it('refuse definitions that are none at the call', () => {
    const wrong = [undefined, [null], [{}], [{ check: { name: 'x' }, periodMs: 1 }]]
    for (const definitions of wrong) expect(() => checks(definitions as never)).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('give a result for each way to end', async () => {
    const definitions = [
      check('fails', async () => ({ ok: false, message: 'bad', samples: [] })),
      check('hangs', () => new Promise<never>(() => undefined)),
      check('rejects', () => Promise.reject(new Error('no route'))),
      check('throws', () => {
        throw new RangeError('oops')
      }),
      check('rejects with a word', async () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless check does
        throw 'word'
      }),
    ].map((one) => ({ check: one, periodMs: 1000, timeoutMs: 200, phaseMs: 0 }))
    const { values, subscription } = receive(checks(definitions))
    await vi.advanceTimersByTimeAsync(1300)
    subscription.unsubscribe()
    const endings = values.map(({ check: name, ...ending }) => [name, ending] as const)
    expect(endings).toHaveLength(5)
    expect(Object.fromEntries(endings)).toMatchObject({
      fails: { status: 'failed', reason: 'not-ok', message: 'bad' },
      hangs: { status: 'timeout', reason: 'timed-out', message: 'gave no answer in 200 ms', durationMs: 200 },
      rejects: { status: 'failed', reason: 'threw', message: 'no route' },
      throws: { status: 'failed', reason: 'threw', message: 'oops' },
      'rejects with a word': { status: 'failed', reason: 'threw', message: 'word' },
    })
  })

  it('abort a run at its time-out, and do not start it again before it has ended', async () => {
    const signals: AbortSignal[] = []
    let runs = 0
    const stubborn = check('stubborn', async ({ signal }) => {
      signals.push(signal)
      runs += 1
      await sleep(2500)
      return { ok: true }
    })
    const { values, subscription } = receive(
      checks([{ check: stubborn, periodMs: 1000, timeoutMs: 300, phaseMs: 0 }]),
    )
    await vi.advanceTimersByTimeAsync(4500)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'stubborn 101000 timeout timed-out',
      'stubborn 102000 skipped still-running',
      'stubborn 103000 skipped still-running',
      'stubborn 104000 timeout timed-out',
    ])
    expect([runs, signals[0]?.aborted]).toEqual([2, true])
  })

  it('run no more than so many at a time; the others wait and say how late they are', async () => {
    const definitions = ['a', 'b', 'c'].map((name) => ({
      check: check(name, async () => {
        await sleep(10)
        return { ok: true }
      }),
      periodMs: 1000,
      phaseMs: 0,
    }))
    const { values, subscription } = receive(checks(definitions, { concurrency: 1 }))
    await vi.advanceTimersByTimeAsync(1500)
    subscription.unsubscribe()
    expect(values).toMatchObject([
      { type: 'check', check: 'a', lateMs: 0, durationMs: 10 },
      { type: 'check', check: 'b', lateMs: 10, durationMs: 10 },
      { type: 'check', check: 'c', lateMs: 20, durationMs: 10 },
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
    const { values, subscription } = receive(checks(definitions, { concurrency: 1 }))
    await vi.advanceTimersByTimeAsync(1000)
    subscription.unsubscribe()
    expect(values).toHaveLength(3000)
  })

  it('go on without a subscriber of batches that does not acknowledge, and count the results that it loses', async () => {
    const source = checks([{ check: ok, periodMs: 1000, phaseMs: 0 }])
    const problems = receive(source.problems)
    const { values, subscription } = receive(source.batches({ maxInFlight: 2 }))
    await vi.advanceTimersByTimeAsync(5000)
    values[0]?.ack()
    await vi.advanceTimersByTimeAsync(1000)
    subscription.unsubscribe()
    expect(values.map(({ values: [result] }) => result?.time)).toEqual([101_000, 102_000, 106_000])
    expect(source.stats).toMatchObject({ received: 6, samples: 3, dropped: 3 })
    expect(problems.values.map(({ reason }) => reason)).toEqual(['overflow', 'overflow', 'overflow'])
  })

  it('tell the ticks that passed while the process was stopped', async () => {
    const { values, subscription } = receive(
      checks([{ check: ok, periodMs: 1000, phaseMs: 0 }], { maxMissed: 2 }),
    )
    await vi.advanceTimersByTimeAsync(1000)
    vi.setSystemTime(106_400)
    await vi.advanceTimersByTimeAsync(1000)
    subscription.unsubscribe()
    expect(values.map((result) => `${line(result)} ${result.missed ?? 0}`)).toEqual([
      'ok 101000 ok 0',
      'ok 104000 skipped missed 2',
      'ok 105000 skipped missed 0',
      'ok 106000 ok 0',
      'ok 107000 ok 0',
    ])
  })

  it('abort what runs when unsubscribed from, tell nothing more and keep no timer', async () => {
    let signal: AbortSignal | undefined
    const source = checks([
      {
        check: check('long', async (context) => {
          signal = context.signal
          await sleep(400)
          return { ok: true }
        }),
        periodMs: 1000,
        phaseMs: 0,
      },
    ])
    const { values, subscription } = receive(source)
    await vi.advanceTimersByTimeAsync(1100)
    subscription.unsubscribe()
    expect(signal?.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(5000)
    expect(values).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keep one timer for the whole set', async () => {
    const definitions = Array.from({ length: 50 }, (_, at) => ({
      check: { ...ok, name: `ok${at}` },
      periodMs: 1000,
    }))
    const { values, subscription } = receive(checks(definitions))
    const timers: number[] = []
    for (let step = 0; step < 10; step += 1) {
      await vi.advanceTimersByTimeAsync(100)
      timers.push(vi.getTimerCount())
    }
    subscription.unsubscribe()
    expect([values.length, timers]).toEqual([50, timers.map(() => 1)])
  })

  it('stop in the middle when the subscriber has enough', async () => {
    const definitions = ['a', 'b', 'c'].map((name) => ({
      check: { ...ok, name },
      periodMs: 1000,
      phaseMs: 0,
    }))
    const two = firstOf(checks(definitions).pipe(take(2), toArray()))
    await vi.advanceTimersByTimeAsync(1000)
    expect(await two).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of none never emit and keep no timer', async () => {
    const { values, subscription } = receive(checks([]))
    expect(vi.getTimerCount()).toBe(0)
    subscription.unsubscribe()
    expect(values).toEqual([])
  })

  it('refuse wrong definitions at the call', () => {
    const definition = { check: ok, periodMs: 1000 }
    expect(() => checks([definition, definition])).toThrow('PROTOCOL_BAD_OPTION: two checks are named "ok"')
    expect(() => checks([{ ...definition, periodMs: 0 }])).toThrow('"periodMs" of check "ok"')
    expect(() => checks([{ ...definition, timeoutMs: 0 }])).toThrow('"timeoutMs" of check "ok"')
    expect(() => checks([{ ...definition, phaseMs: 1000 }])).toThrow('"phaseMs" of check "ok"')
    expect(() => checks([{ ...definition, check: { ...ok, name: '' } }])).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => checks([definition], { concurrency: 0 })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('give exactly one result for each tick, whatever the runs do and however late the clock is', async () => {
    const behaviour = fc.record({
      periodMs: fc.integer({ min: 20, max: 50 }),
      timeoutMs: fc.integer({ min: 1, max: 60 }),
      takesMs: fc.nat(120),
      fails: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ jumpMs: fc.oneof(fc.constant(0), fc.nat(200)), passMs: fc.nat(60) }), {
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 3 }),
        async (behaviours, steps, concurrency) => {
          vi.setSystemTime(100_000)
          const definitions = behaviours.map(({ periodMs, timeoutMs, takesMs, fails }, at) => ({
            check: check(`check${at}`, async () => {
              await sleep(takesMs)
              if (fails) throw new Error('no')
              return { ok: true }
            }),
            periodMs,
            timeoutMs,
            phaseMs: 0,
          }))
          const { values, subscription } = receive(checks(definitions, { concurrency, maxMissed: 3 }))
          for (const { jumpMs, passMs } of steps) {
            vi.setSystemTime(Date.now() + jumpMs)
            await vi.advanceTimersByTimeAsync(passMs)
          }
          // Let all that goes on end: each run is over within its time-out, and each waits for the others at most.
          const end = Date.now()
          await vi.advanceTimersByTimeAsync(300)
          subscription.unsubscribe()
          await vi.advanceTimersByTimeAsync(200)
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
