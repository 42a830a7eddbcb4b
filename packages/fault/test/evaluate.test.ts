import fc from 'fast-check'
import {
  concat,
  config,
  defer,
  EMPTY,
  finalize,
  map,
  NEVER,
  type Observable,
  range,
  Subject,
  take,
  VirtualTimeScheduler,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createFaultEngine } from '../src/engine/fault-engine.ts'
import { compilePlan } from '../src/engine/plan.ts'
import {
  defaultEvaluateOptions,
  evaluate,
  type EvaluateOptions,
  type FaultEvent,
  type FaultInput,
  type FaultProblem,
  ruleSet,
  series,
} from '../src/index.ts'

const load = series('load')
const high = ruleSet('load').select('__name:load').above(8, 1).above(5, 3).build()
const silent = ruleSet('seen').select('__name:load').absentFor('4ms', 2).build()
const at = (time: number, value: FaultInput['value'] = 1): FaultInput => ({
  series: load,
  time,
  value,
  kind: 'gauge',
})

/** Runs a marble test; `judge` takes the digits of a diagram as values taken at their frame. */
function marbles(
  test: (
    tools: Parameters<Parameters<TestScheduler['run']>[0]>[0] & {
      readonly judge: (source: Observable<string>, options?: EvaluateOptions) => Observable<string>
    },
  ) => void,
): void {
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected)
  })
  scheduler.run((tools) => {
    const judge = (source: Observable<string>, options: EvaluateOptions = {}): Observable<string> =>
      source.pipe(
        map((digit) => at(scheduler.now(), Number(digit))),
        evaluate([high, silent], { scheduler, ...options }),
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
          return at(Date.now(), index % 2 === 0 ? 1 : 9)
        }),
        evaluate([high]),
        take(1),
      )
      .subscribe((event) => events.push(event))
    expect([events.length, taken]).toEqual([1, 2])
  })

  it('delivers in order when an observer feeds the source from within', () => {
    const both = [high, { ...high, id: 'again' }]
    const source = new Subject<FaultInput>()
    const order: string[] = []
    source.pipe(evaluate(both)).subscribe(({ ruleSet, type }) => {
      order.push(`${type} ${ruleSet}`)
      if (order.length === 1) source.next(at(Date.now(), 1))
    })
    source.next(at(Date.now(), 9))
    expect(order).toEqual(['opened load', 'opened again', 'cleared load', 'cleared again'])
  })

  it('tells problems beside the events', () => {
    const problems: FaultProblem[] = []
    const source = new Subject<FaultInput>()
    source.pipe(evaluate([high], { problems: { next: (problem) => problems.push(problem) } })).subscribe()
    source.next(at(0, 9))
    expect(problems).toMatchObject([{ reason: 'stale', count: 1, series: load }])
    expect(problems[0]?.message).toContain('a sample of load was too old')
  })

  it('goes on when the observer of problems throws', () => {
    vi.useFakeTimers({ now: 1_000_000 })
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
    source.next(at(0, 9))
    source.next(at(Date.now(), 9))
    vi.runAllTimers()
    expect([events.length, unhandled]).toEqual([1, [new Error('no')]])
    config.onUnhandledError = null
    vi.useRealTimers()
  })

  it('pages nobody for a backlog, which without the limit it would', () => {
    const scheduler = new VirtualTimeScheduler()
    const backlog = range(0, 100).pipe(map((index) => at(index - 1_000_000, index % 10)))
    const count = (options: EvaluateOptions): number => {
      let events = 0
      backlog.pipe(evaluate([high], { scheduler, ...options })).subscribe(() => (events += 1))
      return events
    }
    expect([count({}), count({ staleAfterMs: 2_000_000 })]).toEqual([0, 29])
  })

  it('goes on with faults that were open before a restart', () => {
    const scheduler = new VirtualTimeScheduler()
    const first: FaultEvent[] = []
    const gone = ruleSet('gone').select('__name:load').above(1, 4).build()
    concat(range(9, 1).pipe(map((value) => at(0, value))), NEVER)
      .pipe(evaluate([high, gone], { scheduler }))
      .subscribe((event) => first.push(event))
    const told: string[] = []
    range(0, 2)
      .pipe(
        map((index) => at(5 + index, index === 0 ? 10 : 1)),
        evaluate([high], { scheduler, open: first }),
      )
      .subscribe(({ type, id, cause }) => told.push(`${type} ${id} ${cause.reason}`))
    expect(told).toEqual(['cleared gone|load|0|1 removed', 'cleared load|load|0|1 recovered'])
  })

  it('does not begin with the source where the observer leaves at the end of a restored fault', () => {
    const scheduler = new VirtualTimeScheduler()
    const open: FaultEvent[] = []
    range(9, 1)
      .pipe(
        map((value) => at(0, value)),
        evaluate([high], { scheduler }),
      )
      .subscribe((event) => open.push(event))
    let begun = 0
    const told: string[] = []
    defer(() => {
      begun += 1
      return NEVER
    })
      .pipe(evaluate([], { scheduler, open }), take(1))
      .subscribe(({ cause }) => told.push(cause.reason))
    expect([told, begun]).toEqual([['removed'], 0])
  })

  it('tells live what the engine tells when driven by hand', () => {
    const sets = [high, ruleSet('seen').select('__name:load').absentFor('30s', 1).absentFor('7s', 2).build()]
    const steps = fc.array(fc.tuple(fc.constantFrom(0, 1000, 6000, 7000, 20_000, 60_000), fc.nat(10)), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(steps, (given) => {
        const engine = createFaultEngine(sets.map(compilePlan), defaultEvaluateOptions)
        const scheduler = new VirtualTimeScheduler()
        const source = new Subject<FaultInput>()
        const live: FaultEvent[] = []
        const subscription = source.pipe(evaluate(sets, { scheduler })).subscribe((event) => live.push(event))
        const byHand: FaultEvent[] = []
        let now = 0
        for (const [stepMs, value] of given) {
          now += stepMs
          const sample = at(now, value)
          byHand.push(...engine.sample(sample, now).events)
          scheduler.schedule(() => source.next(sample), now)
        }
        scheduler.schedule(() => subscription.unsubscribe(), now + 50_000)
        byHand.push(...engine.advance(now + 50_000).events)
        scheduler.flush()
        expect(live).toEqual(byHand)
      }),
    )
  })
})

describe('the timer', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
  afterEach(() => vi.useRealTimers())

  const minute = ruleSet('seen').select('__name:*').absentFor('1m', 2).build()

  it('is one for all series', () => {
    const source = new Subject<FaultInput>()
    source.pipe(evaluate([minute, { ...minute, id: 'again' }])).subscribe()
    for (let index = 0; index < 100; index += 1) {
      source.next({ ...at(Date.now()), series: series(`load-${index}`) })
      vi.advanceTimersByTime(100)
    }
    expect(vi.getTimerCount()).toBe(1)
    source.complete()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[string, (source: Subject<FaultInput>, stop: () => void) => void]>([
    ['unsubscribe', (_, stop) => stop()],
    ['completion', (source) => source.complete()],
    ['an error', (source) => source.error(new Error('gone'))],
  ])('is released at %s', (_, end) => {
    const source = new Subject<FaultInput>()
    const subscription = source.pipe(evaluate([minute])).subscribe({ error: () => undefined })
    source.next(at(Date.now()))
    expect(vi.getTimerCount()).toBe(1)
    end(source, () => subscription.unsubscribe())
    expect(vi.getTimerCount()).toBe(0)
    expect(source.observed).toBe(false)
  })

  it('is not set before there is anything to wait for', () => {
    const subscription = NEVER.pipe(evaluate([minute])).subscribe()
    expect(vi.getTimerCount()).toBe(0)
    subscription.unsubscribe()
  })

  it('waits for silences longer than timers can', () => {
    const events: FaultEvent[] = []
    const source = new Subject<FaultInput>()
    const month = ruleSet('seen').select('__name:*').absentFor('60d', 2).build()
    const subscription = source.pipe(evaluate([month])).subscribe((event) => events.push(event))
    source.next(at(Date.now()))
    vi.advanceTimersByTime(60 * 86_400_000 - 1)
    expect(events).toEqual([])
    vi.advanceTimersByTime(1)
    expect(events.map(({ time }) => time)).toEqual([1_000_000 + 60 * 86_400_000])
    subscription.unsubscribe()
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
    source.next(at(Date.now(), 9))
    expect([vi.getTimerCount(), ended]).toEqual([0, 1])
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
    ['open faults that are no list', { open: {} }, 'option "open" must be an array'],
    ['half an open fault', { open: [open] }, '[0] is no event of type opened or severity'],
    [
      'a cleared fault',
      { open: [{ ...open, cause, type: 'cleared' }] },
      '[0] is no event of type opened or severity',
    ],
    ['an id that is not ours', { open: [{ ...open, cause, id: 'x' }] }, '[0] is no event'],
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
