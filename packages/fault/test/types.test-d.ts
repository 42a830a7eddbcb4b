import { map, of } from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import { createFaultEngine } from '../src/engine.ts'
import {
  type Batch,
  evaluate,
  type EvaluateOptions,
  type FaultChange,
  type FaultEvent,
  type FaultInput,
  metric,
  type OpenFault,
  parseRuleSets,
  ruleSet,
  type RuleSet,
  type RuleSetInput,
  type Sample,
  type Series,
} from '../src/index.ts'

describe('the types', () => {
  it('take samples, and any type with the same fields', () => {
    expectTypeOf<Sample>().toExtend<FaultInput>()
    expectTypeOf(evaluate<Sample>([])).toEqualTypeOf<
      OperatorFunction<Sample | Batch<Sample>, FaultEvent<Sample>>
    >()
    expectTypeOf(of({} as Batch<Sample>).pipe(evaluate([]))).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    expectTypeOf(of({} as Sample | Batch<Sample>).pipe(evaluate([]))).toEqualTypeOf<
      Observable<FaultEvent<Sample>>
    >()
    type Own = FaultInput & { readonly room: string }
    const own = of({} as Own)
    expectTypeOf(own.pipe(evaluate([]))).toEqualTypeOf<Observable<FaultEvent<Own>>>()
    // @ts-expect-error a series is needed
    void of({ time: 0, value: 1, kind: 'gauge' as const }).pipe(evaluate([]))
  })

  it('take an event back as an open fault, or a store that has them', () => {
    expectTypeOf<FaultChange>().toExtend<OpenFault>()
    expectTypeOf<readonly FaultChange[]>().toExtend<EvaluateOptions['open']>()
    expectTypeOf<{ openAlerts(): { signal: FaultChange; id: string }[] }>().toExtend<
      EvaluateOptions['open']
    >()
  })

  it('know changes only, where open is given', () => {
    const samples = of({} as Sample)
    expectTypeOf(samples.pipe(evaluate([], { open: [] }))).toEqualTypeOf<Observable<FaultChange<Sample>>>()
    expectTypeOf(samples.pipe(evaluate([], { open: undefined }))).toEqualTypeOf<
      Observable<FaultEvent<Sample>>
    >()
    expectTypeOf<Exclude<FaultEvent, { type: 'normal' }>>().toEqualTypeOf<FaultChange>()
  })

  it('hand an own event and the tags of its series through', () => {
    interface Request {
      readonly route: string
      readonly at: number
      readonly ms: number
      readonly traceId: string
    }
    const latency = metric('http.latency', ['route'])
    const events = of({} as Request).pipe(
      map((request) => ({ series: latency(request), time: request.at, value: request.ms, request })),
      evaluate([]),
    )
    events.subscribe((event) => {
      expectTypeOf(event.sample?.request.traceId).toEqualTypeOf<string | undefined>()
      expectTypeOf(event.series.tags.route).toEqualTypeOf<string>()
      // @ts-expect-error no such tag
      expectTypeOf(event.series.tags.ruote)
      expectTypeOf(event).toExtend<FaultEvent>()
    })
    expectTypeOf<FaultEvent['series']>().toEqualTypeOf<Series>()
    expectTypeOf<FaultEvent<Sample>>().toExtend<FaultEvent>()
    expectTypeOf<'sample' extends keyof OpenFault ? true : false>().toEqualTypeOf<false>()
  })

  it('take rule sets that were written down without their types', () => {
    const written = [
      {
        id: 'cpu',
        select: '__name:cpu',
        window: { function: 'average', duration: '5m' },
        rules: [
          { when: { above: 95 }, severity: 1 },
          { when: { absentFor: '2m' }, severity: 2 },
          { when: { changed: true }, severity: 3 },
        ],
      },
    ]
    expectTypeOf(written).not.toExtend<RuleSet[]>()
    expectTypeOf<RuleSet>().toExtend<RuleSetInput>()
    expectTypeOf(of({} as Sample).pipe(evaluate(written))).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    createFaultEngine(written)
    // @ts-expect-error a rule says when
    evaluate([{ id: 'a', select: '*', rules: [{ severity: 1 }] }])
    // @ts-expect-error nothing is called over
    evaluate([{ id: 'a', select: '*', rules: [{ when: { over: 95 }, severity: 1 }] }])
    const misspelt = [{ id: 'a', select: '*', rules: [{ when: { abov: 95 }, severity: 1 }] }]
    // @ts-expect-error nor abov, also where the rules were written down before
    evaluate(misspelt)
    // @ts-expect-error a severity is a number
    evaluate([{ id: 'a', select: '*', rules: [{ when: { above: 95 }, severity: '1' }] }])
    const mild = { when: { above: 95 }, severity: 6 } as const
    // @ts-expect-error there is no severity 6
    const worst = [{ id: 'a', select: '*', rules: [mild] }] satisfies RuleSet[]
    expectTypeOf(worst).toBeArray()
  })

  it('take undefined for every option', () => {
    expectTypeOf<{ [Name in keyof EvaluateOptions]-?: undefined }>().toExtend<EvaluateOptions>()
  })

  it('let a builder build only with a select and a rule', () => {
    expectTypeOf(parseRuleSets).returns.toEqualTypeOf<RuleSet[]>()
    expectTypeOf(ruleSet('a').select('*').above(1, 1).build()).toEqualTypeOf<RuleSet>()
    // @ts-expect-error no rule yet
    expectTypeOf(ruleSet('a').select('*').build).toBeNever()
    // @ts-expect-error no select yet
    expectTypeOf(ruleSet('a').above).toBeNever()
    // @ts-expect-error severities are 1 to 5
    expectTypeOf(ruleSet('a').select('*').above(1, 6)).toBeNever()
    // @ts-expect-error a duration has a unit
    expectTypeOf(ruleSet('a').select('*').absentFor('90', 1)).toBeNever()
  })
})
