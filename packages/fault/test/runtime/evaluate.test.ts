import fc from 'fast-check'
import {
  concat,
  config,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  map,
  NEVER,
  type Observable,
  of,
  range,
  type SchedulerLike,
  Subject,
  take,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createFaultEngine } from '../../src/engine.ts'
import {
  type Batch,
  evaluate,
  type EvaluateOptions,
  type FaultChange,
  type FaultEvent,
  type FaultInput,
  type FaultMuted,
  type FaultProblem,
  metric,
  type OpenFault,
  ruleSet,
  series,
} from '../../src/index.ts'
import { samples, virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'

const load = series('load')
const high = ruleSet('load').select('__name:load').above(8, 1).above(5, 3).build()
const silent = ruleSet('seen').select('__name:load').absentFor('4ms', 2).build()
const at = (time: number, value: FaultInput['value'] = 1): FaultInput => ({
  series: load,
  time,
  value,
  kind: 'gauge',
})

type Change = FaultChange | FaultMuted

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** Runs a marble test; `judge` takes the digits of a diagram as values taken at their frame. */
function marbles(
  test: (
    tools: Parameters<Parameters<TestScheduler['run']>[0]>[0] & {
      readonly judge: (source: Observable<string>) => Observable<string>
    },
  ) => void,
): void {
  // That has a time of its own.
  time.end()
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected)
  })
  scheduler.run((tools) => {
    const judge = (source: Observable<string>): Observable<string> =>
      source.pipe(
        map((digit) => at(scheduler.now(), Number(digit))),
        evaluate([high, silent], { open: [], staleAfterMs: 0 }),
        map(({ type, severity }) => `${type.charAt(0)}${severity}`),
      )
    test({ ...tools, judge })
  })
}

const letters = { a: 'o2', b: 'c2', o: 'o1', c: 'c1', m: 'o3', d: 'c3', s: 's1', t: 's3' }

describe('evaluate', () => {
  it('emits each change at once', () => {
    marbles(({ cold, expectObservable, judge }) => {
      const source = cold('          1-6-9--6-5-|')
      expectObservable(judge(source)).toBe('--m-s--t-d-|', letters)
    })
  })

  it('tells a silence when it is due, and what comes after as ever', () => {
    marbles(({ cold, expectObservable, judge }) => {
      const source = cold('                                     1-------1--9-----1---')
      expectObservable(judge(source), '                    --------------------!').toBe(
        '                                                  ----a---b--o---a-(cb)',
        letters,
      )
    })
  })

  it.each([
    ['completes with an empty source', '|', '|'],
    ['says nothing of a source that never speaks', '-', '-'],
    ['fails with the source', '1-#', '--#'],
    ['completes at once, and drops the silence that is under way', '1-|', '--|'],
  ])('%s', (_, given, expected) => {
    marbles(({ cold, expectObservable, judge }) => {
      expectObservable(judge(cold(given))).toBe(expected, letters)
    })
  })

  it('stops at unsubscribe, the source as well', () => {
    marbles(({ cold, expectObservable, expectSubscriptions, judge }) => {
      const source = cold('1-----9-----')
      expectObservable(judge(source), '---!').toBe('----')
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })

  it('keeps two subscribers apart', () => {
    marbles(({ cold, expectObservable, judge }) => {
      const judged = judge(cold('9-1'))
      expectObservable(judged, '^--!').toBe('o-c', letters)
      expectObservable(judged, '-^-!').toBe('-o', letters)
    })
  })

  it('takes no more from a source that runs at once than was asked for', () => {
    let taken = 0
    const events: FaultEvent[] = []
    range(0, 1000)
      .pipe(
        map((index) => {
          taken += 1
          return at(index, index % 2 === 0 ? 1 : 9)
        }),
        evaluate([high], { open: [] }),
        take(1),
      )
      .subscribe((event) => events.push(event))
    expect([events.length, taken]).toEqual([1, 2])
  })

  it('delivers in order when an observer feeds the source from within', () => {
    const both = [high, { ...high, id: 'again' }]
    const source = new Subject<FaultInput>()
    const order: string[] = []
    source.pipe(evaluate(both, { open: [] })).subscribe(({ ruleSet, type }) => {
      order.push(`${type} ${ruleSet}`)
      if (order.length === 1) source.next(at(1, 1))
    })
    source.next(at(0, 9))
    expect(order).toEqual(['opened load', 'opened again', 'cleared load', 'cleared again'])
  })

  it('hands an own event through, by one map', () => {
    interface Request {
      readonly route: string
      readonly at: number
      readonly ms: number
      readonly traceId: bigint
    }
    const latency = metric('http.latency', ['route'])
    const slow = ruleSet('slow').select('__name:http.latency').above(100, 2).build()
    const requests = [50, 200, 60].map((ms, at): Request => ({ route: '/a', at, ms, traceId: BigInt(ms) }))
    const told: unknown[] = []
    from(requests)
      .pipe(
        map((request) => ({ series: latency(request), time: request.at, value: request.ms, request })),
        evaluate([slow]),
      )
      .subscribe(({ type, sample, series: { tags } }) =>
        told.push([type, tags.route, sample?.request.traceId, sample?.request === requests[told.length]]),
      )
    expect(told).toEqual([
      ['normal', '/a', 50n, true],
      ['opened', '/a', 200n, true],
      ['cleared', '/a', 60n, true],
    ])
  })

  it('takes an event with its sample back as an open fault, whatever the sample is', () => {
    const first: Change[] = []
    of({ ...at(0, 9), exact: 2n ** 60n })
      .pipe(evaluate([high], { open: [] }))
      .subscribe((event) => first.push(event))
    expect(first[0]?.sample).toMatchObject({ exact: 2n ** 60n })
    const told: string[] = []
    of(at(1, 1))
      .pipe(evaluate([high], { open: first }))
      .subscribe(({ type, id }) => told.push(`${type} ${id}`))
    expect(told).toEqual(['cleared load|load|0|1'])
  })

  it('tells problems beside the events', () => {
    const problems: FaultProblem[] = []
    const source = new Subject<FaultInput>()
    source.pipe(evaluate([high], { problems: { next: (problem) => problems.push(problem) } })).subscribe()
    source.next(at(-70_000, 9))
    expect(problems).toMatchObject([{ from: 'fault', reason: 'stale', count: 1, series: 'load' }])
    expect(problems[0]?.message).toContain('a sample of load was 1m 10s old')
  })

  it('goes on when the observer of problems throws', () => {
    vi.useFakeTimers()
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    const events: FaultEvent[] = []
    const source = new Subject<FaultInput>()
    const problems = {
      next: () => {
        throw new Error('no')
      },
    }
    source.pipe(evaluate([high], { problems })).subscribe((event) => events.push(event))
    source.next(at(-70_000, 9))
    source.next(at(0, 9))
    vi.runAllTimers()
    expect([events.length, unhandled]).toEqual([1, [new Error('no')]])
    config.onUnhandledError = null
    vi.useRealTimers()
  })

  it('pages nobody for a backlog, which without the limit it would', () => {
    time = virtualTime({ start: 1_000_000 })
    const backlog = samples(`load ${'0+1*10 '.repeat(10)}@1ms`)
    const count = (options: EvaluateOptions): number => {
      let events = 0
      from(backlog.list)
        .pipe(evaluate([high], { open: [], ...options }))
        .subscribe(() => (events += 1))
      return events
    }
    expect([count({}), count({ staleAfterMs: 2_000_000 })]).toEqual([0, 29])
  })

  it('goes on with faults that were open before a restart', () => {
    const first: Change[] = []
    const gone = ruleSet('gone').select('__name:load').above(1, 4).build()
    concat(of(at(0, 9)), NEVER)
      .pipe(evaluate([high, gone], { open: [] }))
      .subscribe((event) => first.push(event))
    const told: string[] = []
    of(at(5, 10), at(6, 1))
      .pipe(evaluate([high], { open: first }))
      .subscribe(({ type, id, cause }) => told.push(`${type} ${id} ${cause.reason}`))
    expect(told).toEqual(['cleared gone|load|0|1 removed', 'cleared load|load|0|1 recovered'])
  })

  it('reads a store of alerts when it is subscribed to, and leaves alone what is no fault of its own', () => {
    const opened: Change[] = []
    of(at(0, 9))
      .pipe(evaluate([high], { open: [] }))
      .subscribe((event) => opened.push(event))
    const alerts: { readonly signal: OpenFault }[] = []
    const problems: FaultProblem[] = []
    const told: string[] = []
    const options = {
      open: { openAlerts: () => alerts },
      problems: { next: (problem: FaultProblem) => problems.push(problem) },
    }
    const judged = of(at(5, 1)).pipe(evaluate([high], options))
    for (const signal of opened) {
      const stranger = { ...signal, ruleSet: 'another detector', cause: { reason: 'down' } }
      // Alerts about alerting itself are nobody's fault, and nothing to tell.
      const own = { ...stranger, ruleSet: 'tocsin.notify' }
      alerts.push({ signal }, { signal: stranger }, { signal: own })
    }
    judged.subscribe(({ id, text }) => told.push(`${id} ${text}`))
    expect(told).toEqual(['load|load|0|1 load: cleared after 5ms, 1 is not above 8'])
    expect(problems).toMatchObject([{ from: 'fault', reason: 'bad-open', count: 1 }])
  })

  it('fails where the store of alerts does', () => {
    const open = {
      openAlerts: () => {
        throw new Error('not loaded')
      },
    }
    const error = vi.fn()
    NEVER.pipe(evaluate([high], { open })).subscribe({ error })
    expect(error).toHaveBeenCalledWith(expect.objectContaining({ message: 'not loaded' }))
  })

  it('tells the end of a fault of an earlier life to whoever gave no open, through any operator', () => {
    /** As an alert store does: an alert per rule set and series, ended by the first word that nothing is wrong. */
    const alerts = new Map<string, string>()
    const ended: string[] = []
    const live = (...values: number[]): void => {
      from(values)
        .pipe(
          map((value, index) => at(index, value)),
          evaluate([high, silent]),
          map((event) => ({ ...event, seen: true })),
          filter(({ seen }) => seen),
        )
        .subscribe(({ type, ruleSet, series: { key }, time, text }) => {
          const place = `${ruleSet}|${key}`
          if (type === 'opened') alerts.set(place, text)
          else if ((type === 'cleared' || type === 'normal') && alerts.delete(place))
            ended.push(`${place} at ${time}: ${text}`)
        })
    }
    live(1, 9)
    expect([...alerts.keys(), ...ended]).toEqual(['load|load'])
    live(3, 4)
    expect([...alerts.keys(), ...ended]).toEqual(['load|load at 0: load: normal at 3'])
  })

  it('says normal once for each rule set, series and subscription, and never of what was violated first', () => {
    const told: string[] = []
    const { list } = samples(`
      load             NaN 9 1 @1ms
      load|ST[host:b]    _ 2   @1ms`)
    const judged = from(list).pipe(evaluate([high, silent]))
    judged.subscribe((event) => told.push(event.type === 'normal' ? event.id : `${event.type} ${event.id}`))
    expect(told).toEqual([
      'seen|load|0|normal',
      'opened load|load|1|0',
      'load|load|ST[host:b]|1|normal',
      'seen|load|ST[host:b]|1|normal',
      'cleared load|load|1|1',
    ])
    judged.pipe(take(1)).subscribe(({ id }) => told.push(`again ${id}`))
    expect(told.at(-1)).toBe('again seen|load|0|normal')
  })

  it('warns of samples that are all stale where nobody listens: what, by how much, and what to do', () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    time = virtualTime({ start: 1_000_000 })
    const problems = new Subject<FaultProblem>()
    for (const options of [{}, { problems }]) {
      warning.mockClear()
      range(0, 1000)
        .pipe(
          map((index) => at(1_000_000 - 70_000 + index, 9)),
          evaluate([high], options),
        )
        .subscribe()
      expect(warning.mock.calls).toEqual([
        [
          'a sample of load was 1m 10s old, more than staleAfterMs, 10s, and judged nothing; unless this is a backlog, keep ' +
            'clocks in step, stamp windows at their end as rollupSamples() does, or raise staleAfterMs ' +
            '(told once; listen to "problems" to hear of all)',
          { type: 'TocsinWarning', code: 'fault/stale' },
        ],
      ])
    }
    warning.mockRestore()
  })

  it('does not begin with the source where the observer leaves at the end of a restored fault', () => {
    const open: Change[] = []
    of(at(0, 9))
      .pipe(evaluate([high], { open: [] }))
      .subscribe((event) => open.push(event))
    let begun = 0
    const told: string[] = []
    defer(() => {
      begun += 1
      return NEVER
    })
      .pipe(evaluate([], { open }), take(1))
      .subscribe(({ cause }) => told.push(cause.reason))
    expect([told, begun]).toEqual([['removed'], 0])
  })

  it('tells live what the engine tells when driven by hand', async () => {
    const sets = [high, ruleSet('seen').select('__name:load').absentFor('30s', 1).absentFor('7s', 2).build()]
    const steps = fc.array(fc.tuple(fc.constantFrom(0, 1000, 6000, 7000, 20_000, 60_000), fc.nat(10)), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const engine = createFaultEngine(sets)
        time = virtualTime()
        const source = new Subject<FaultInput>()
        const live: FaultEvent[] = []
        const subscription = source.pipe(evaluate(sets, { open: [] })).subscribe((event) => live.push(event))
        const byHand: FaultEvent[] = []
        let now = 0
        for (const [stepMs, value] of given) {
          now += stepMs
          const sample = at(now, value)
          byHand.push(...engine.sample(sample, now).events)
          time.schedule(() => source.next(sample), now)
        }
        time.schedule(() => subscription.unsubscribe(), now + 50_000)
        byHand.push(...engine.advance(now + 50_000).events)
        await time.run()
        expect(live).toEqual(byHand)
      }),
    )
  })
})

describe('batches', () => {
  const batchOf = (values: readonly FaultInput[], log: string[]): Batch<FaultInput> => ({
    values,
    ack: () => log.push('ack'),
  })

  it('are judged as their samples would be, and acknowledged when all were', () => {
    const log: string[] = []
    const source = of<(FaultInput | Batch<FaultInput>)[]>(
      batchOf([at(0, 9), at(1, 1)], log),
      batchOf([], log),
      at(2, 9),
      batchOf([at(3, 6)], log),
    )
    source.pipe(evaluate([high], { open: [] })).subscribe(({ type, time }) => log.push(`${type} ${time}`))
    expect(log).toEqual(['opened 0', 'cleared 1', 'ack', 'ack', 'opened 2', 'severity 3', 'ack'])
  })

  it('lose no good sample to a bad one, nor to a listener that throws', () => {
    vi.useFakeTimers()
    config.onUnhandledError = () => undefined
    const log: string[] = []
    const bad = [null, { series: null }, at(NaN, 1)] as FaultInput[]
    const problems = {
      next: ({ reason }: FaultProblem) => {
        log.push(reason)
        throw new Error('no')
      },
    }
    of(batchOf([...bad, at(0, 9)], log))
      .pipe(evaluate([high], { problems, open: [] }))
      .subscribe(({ type }) => log.push(type))
    expect(log).toEqual(['opened', 'bad-series', 'bad-time', 'ack'])
    vi.runAllTimers()
    config.onUnhandledError = null
    vi.useRealTimers()
  })

  it('whose ack throws are judged, and end the stream with that error', () => {
    const log: string[] = []
    const ack = (): void => {
      throw new Error('no such batch')
    }
    const source = new Subject<Batch<FaultInput>>()
    source.pipe(evaluate([high], { open: [] })).subscribe({
      next: ({ type }) => log.push(type),
      error: (error: unknown) => log.push(String(error)),
    })
    source.next({ values: [at(0, 9)], ack })
    expect([log, source.observed]).toEqual([['opened', 'Error: no such batch'], false])
  })
})

describe('a scheduler of its own', () => {
  it('says how old samples are, and wakes for silences', async () => {
    const delays: (number | undefined)[] = []
    const scheduler: SchedulerLike = {
      now: () => time.now() + 1_000_000,
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay?: number) => {
        delays.push(delay)
        return time.schedule(work, delay)
      },
    }
    const told: string[] = []
    concat(of(at(0, 9), at(1_000_000, 9)), NEVER)
      .pipe(evaluate([high, silent], { scheduler, open: [], staleAfterMs: 0 }))
      .subscribe((event) => told.push(`${event.type} ${event.time}`))
    await time.advanceBy(4)
    expect(told).toEqual(['opened 1000000', 'opened 1000004'])
    expect(delays).toContain(4)
  })
})

describe('asked whether faults are open', () => {
  const ask = (ruleSet: string, ...keys: string[]) =>
    keys.map((series) => ({ id: `${ruleSet} ${series}`, ruleSet, series }))

  it('says what its subscriptions know, and unknown of all else', async () => {
    const judge = evaluate([high], { open: [] })
    const questions = [...ask('load', 'load', 'other', 'text'), ...ask('unheard of', 'load')]
    const answers = (): readonly string[] => judge.stillOpen(questions).map(({ is }) => is)
    expect(answers()).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
    const input = new Subject<FaultInput>()
    const running = input.pipe(judge).subscribe()
    input.next(at(0, 9))
    input.next({ ...at(0, 1), series: series('other') })
    input.next({ ...at(0, NaN), series: series('text') })
    expect(answers()).toEqual(['open', 'unknown', 'unknown', 'unknown'])
    expect(judge.stillOpen(ask('load', 'load'))).toEqual([{ alert: 'load load', is: 'open' }])
    input.next(at(1, 1))
    expect(answers()).toEqual(['over', 'unknown', 'unknown', 'unknown'])
    running.unsubscribe()
    expect(answers()).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
  })

  it('does not take for over what was never judged since a restart', () => {
    const judge = evaluate([silent, high], { open: [] })
    const input = new Subject<FaultInput>()
    input.pipe(judge).subscribe()
    input.next(at(0, NaN))
    expect(judge.stillOpen(ask('load', 'load'))).toEqual([{ alert: 'load load', is: 'unknown' }])
  })
})

describe('the timer', () => {
  const minute = ruleSet('seen').select('__name:*').absentFor('1m', 2).build()

  it('is one for all series', async () => {
    const source = new Subject<FaultInput>()
    source.pipe(evaluate([minute, { ...minute, id: 'again' }])).subscribe()
    for (let index = 0; index < 100; index += 1) {
      source.next({ ...at(time.now()), series: series(`load-${index}`) })
      await time.advanceBy(100)
    }
    expect(time.scheduled).toBe(1)
    source.complete()
    expect(time.scheduled).toBe(0)
  })

  it.each<[string, (source: Subject<FaultInput>, stop: () => void) => void]>([
    ['unsubscribe', (_, stop) => stop()],
    ['completion', (source) => source.complete()],
    ['an error', (source) => source.error(new Error('gone'))],
  ])('is released at %s', (_, end) => {
    const source = new Subject<FaultInput>()
    const subscription = source.pipe(evaluate([minute])).subscribe({ error: () => undefined })
    source.next(at(time.now()))
    expect(time.scheduled).toBe(1)
    end(source, () => subscription.unsubscribe())
    expect(time.scheduled).toBe(0)
    expect(source.observed).toBe(false)
  })

  it('is not set before there is anything to wait for', () => {
    const subscription = NEVER.pipe(evaluate([minute])).subscribe()
    expect(time.scheduled).toBe(0)
    subscription.unsubscribe()
  })

  it('waits for silences longer than timers of the machine can', () => {
    time.end()
    vi.useFakeTimers({ now: 0 })
    const events: FaultEvent[] = []
    const source = new Subject<FaultInput>()
    const month = ruleSet('seen').select('__name:*').absentFor('60d', 2).build()
    const subscription = source.pipe(evaluate([month], { open: [] })).subscribe((event) => events.push(event))
    source.next(at(time.now()))
    // Until then a sample from before could still come.
    vi.advanceTimersByTime(60 * 86_400_000 + 9999)
    expect(events).toEqual([])
    vi.advanceTimersByTime(1)
    expect(events.map(({ time }) => time)).toEqual([60 * 86_400_000])
    subscription.unsubscribe()
    vi.useRealTimers()
  })

  it('tells a mass of silences in steps, between which others have their turn', async () => {
    const source = new Subject<FaultInput>()
    const told: string[] = []
    source.pipe(evaluate([minute], { open: [], sources: false })).subscribe(({ type }) => told.push(type))
    for (let index = 0; index < 12_000; index += 1) source.next({ ...at(0), series: series(`load-${index}`) })
    const seen: number[] = []
    await time.advanceTo(69_999)
    const look = (): void => {
      seen.push(told.length)
      if (told.length < 12_000) time.schedule(look, 0)
    }
    time.schedule(look, 1)
    await time.advanceTo(70_000)
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.at(-1)).toBe(12_000)
    expect(time.scheduled).toBe(1)
  })

  it('finds that nobody watched for an hour, which raises no storm, and neither hides what stays silent', async () => {
    let sleptMs = 0
    const scheduler: SchedulerLike = {
      now: () => time.now() + sleptMs,
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay?: number) =>
        time.schedule(work, delay),
    }
    const source = new Subject<FaultInput>()
    const told: string[] = []
    const reasons: string[] = []
    source
      .pipe(
        evaluate([minute], { scheduler, open: [], problems: { next: ({ reason }) => reasons.push(reason) } }),
      )
      .subscribe(({ type }) => told.push(type))
    source.next(at(scheduler.now()))
    await time.advanceBy('30s')
    sleptMs = 3_600_000
    await time.advanceBy('30s')
    expect([told, reasons]).toEqual([[], ['clock']])
    await time.advanceBy('80s')
    expect(told).toEqual(['opened'])
  })

  it('is free again when the observer leaves within an event', () => {
    const source = new Subject<FaultInput>()
    let ended = 0
    source
      .pipe(
        finalize(() => (ended += 1)),
        evaluate([high, minute]),
        take(1),
      )
      .subscribe()
    source.next(at(time.now(), 9))
    expect([time.scheduled, ended]).toEqual([0, 1])
  })
})

describe('wrong options', () => {
  const open = {
    ruleSet: 'load',
    fault: 'load|load|0',
    id: 'load|load|0|0',
    series: load,
    severity: 1,
    openedAt: 0,
    time: 0,
  }
  const cause = { reason: 'above', rule: 0, criterion: { above: 1 }, sampleTime: 0 }

  it.each<[string, object, string]>([
    ['a name that is not known', { stale: 1 }, 'unknown option "stale"'],
    ['a negative age', { staleAfterMs: -1 }, 'option "staleAfterMs" must be a whole number'],
    ['no room', { maxInstances: 0 }, 'option "maxInstances" must be'],
    ['a scheduler without schedule', { scheduler: { now: () => 0 } }, 'option "scheduler" must be'],
    ['problems that take none', { problems: {} }, 'option "problems" must be an object with next'],
    ['state that is not saved', { state: { load: () => undefined } }, 'an object with load, save'],
    [
      'state that is saved all the time',
      { state: { load: () => undefined, save: () => undefined, everyMs: 0 } },
      'as everyMs a whole number from 1',
    ],
    ['open faults that are no list', { open: {} }, 'option "open" must be an array'],
    ['a store without alerts', { open: { openAlerts: 1 } }, 'or a store with openAlerts'],
    ['half an open fault', { open: [open] }, '[0] is none: [0].cause is missing'],
    [
      'a cleared fault',
      { open: [{ ...open, cause, type: 'cleared' }] },
      '[0] is none: [0].type must be one of',
    ],
    ['an id that is not ours', { open: [{ ...open, cause, id: 'x' }] }, '[0] is none: [0].id must end'],
    [
      'a fault twice',
      {
        open: [
          { ...open, cause },
          { ...open, cause },
        ],
      },
      '[1] is the second for load|load',
    ],
  ])('throw at the call: %s', (_, options, sentence) => {
    expect(() => evaluate([high], options)).toThrow(expect.objectContaining({ code: 'FAULT_BAD_OPTION' }))
    expect(() => evaluate([high], options)).toThrow(sentence)
  })

  it('throw at the call: a bad rule set', () => {
    expect(() => evaluate([{ ...high, select: '(' }])).toThrow(
      expect.objectContaining({ code: 'FAULT_BAD_RULESET' }),
    )
  })

  it('do nothing to the source', () => {
    const source = vi.fn(() => EMPTY)
    expect(() => defer(source).pipe(evaluate([high], { maxFutureMs: 0.5 }))).toThrow('maxFutureMs')
    expect(source).not.toHaveBeenCalled()
  })
})
