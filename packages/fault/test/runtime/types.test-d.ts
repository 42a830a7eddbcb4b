import { map, of } from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import {
  type Batch,
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  type FaultChange,
  type FaultEvent,
  type FaultInput,
  type FaultMuted,
  metric,
  type OpenFault,
  replay,
  type RuleSetInput,
  type Sample,
  type Series,
} from '../../src/index.ts'

describe('the types', () => {
  it('take samples, and any type with the same fields', () => {
    expectTypeOf<Sample>().toExtend<FaultInput>()
    expectTypeOf(evaluate<Sample>([])).toEqualTypeOf<Evaluation<Sample, FaultEvent<Sample>>>()
    expectTypeOf(evaluate<Sample>([], { open: [] })).toEqualTypeOf<
      Evaluation<Sample, FaultChange<Sample> | FaultMuted<Sample>>
    >()
    expectTypeOf<Evaluation<Sample, FaultEvent>>().toExtend<
      OperatorFunction<Sample | Batch<Sample>, FaultEvent>
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
    type Change = FaultChange<Sample> | FaultMuted<Sample>
    expectTypeOf(samples.pipe(evaluate([], { open: [] }))).toEqualTypeOf<Observable<Change>>()
    const state = { load: () => undefined, save: () => undefined }
    expectTypeOf(samples.pipe(evaluate([], { state }))).toEqualTypeOf<Observable<Change>>()
    expectTypeOf(replay(samples, [], { open: [] })).toEqualTypeOf<Observable<Change>>()
    expectTypeOf(replay(samples, [])).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    expectTypeOf(samples.pipe(evaluate([], { open: undefined }))).toEqualTypeOf<
      Observable<FaultEvent<Sample>>
    >()
    expectTypeOf<Exclude<FaultEvent, { type: 'normal' }>>().toEqualTypeOf<FaultChange | FaultMuted>()
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

  it('take a stream of rule sets, and samples of any origin for a replay', () => {
    const ruleSets = of([] as readonly RuleSetInput[])
    expectTypeOf(of({} as Sample).pipe(evaluate(ruleSets))).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    const batches = {} as AsyncIterable<Batch<Sample>>
    expectTypeOf(replay(batches, [])).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    expectTypeOf(replay([{} as Sample], [])).toEqualTypeOf<Observable<FaultEvent<Sample>>>()
    // @ts-expect-error a replay has no scheduler
    void replay([{} as Sample], [], { scheduler: undefined })
  })

  it('take undefined for every option', () => {
    expectTypeOf<{ [Name in keyof EvaluateOptions]-?: undefined }>().toExtend<EvaluateOptions>()
  })
})
