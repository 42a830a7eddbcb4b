import { of, type Observable, type OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import {
  metric,
  rollup,
  rollupSamples,
  rollupValue,
  type Batch,
  type Rollup,
  type RollupInput,
  type RollupOptions,
  type RollupSample,
  type RollupSamplesOptions,
  type RollupUpdate,
  type Sample,
  type Series,
} from '../src/index.ts'
import type {
  BatchPosition,
  FetchedSeries,
  RollupBatch,
  RollupStore,
  RollupStoreOptions,
} from '../src/store.ts'

describe('the types', () => {
  it('take a sample of any package, a user type that has the same fields, and batches of them', () => {
    expectTypeOf<Sample>().toExtend<RollupInput>()
    expectTypeOf(rollup<Sample>()).toEqualTypeOf<OperatorFunction<Sample | Batch<Sample>, RollupUpdate>>()
    expectTypeOf(rollup<RollupInput & { readonly mine: boolean }>).toBeCallableWith({ maxLateMs: 0 })
    expectTypeOf(of({} as Sample).pipe(rollup())).toEqualTypeOf<Observable<RollupUpdate>>()
    expectTypeOf(of({} as Batch<Sample>).pipe(rollup())).toEqualTypeOf<Observable<RollupUpdate>>()
    expectTypeOf(of({} as Sample | Batch<Sample>).pipe(rollup())).toEqualTypeOf<Observable<RollupUpdate>>()
  })

  it('give samples of windows, which are samples', () => {
    expectTypeOf(rollupSamples('average')).toEqualTypeOf<OperatorFunction<RollupUpdate, RollupSample>>()
    expectTypeOf<RollupSample>().toExtend<Sample>()
    expectTypeOf<RollupSample['kind']>().toEqualTypeOf<'gauge' | 'text'>()
    const sample = {} as RollupSample
    if (sample.kind === 'gauge') expectTypeOf(sample.value).toEqualTypeOf<number>()
    // @ts-expect-error no such value
    rollupSamples('mean')
  })

  it('hand the tags of a series through windows into samples', () => {
    const latency = metric('http.latency', ['route'])
    const requests = of({
      series: latency({ route: '/' }),
      time: 0,
      value: 1,
      kind: 'gauge' as const,
      mine: 1,
    })
    const windows = requests.pipe(rollup())
    expectTypeOf(windows).toEqualTypeOf<Observable<RollupUpdate<Series<{ readonly route: string }>>>>()
    windows.pipe(rollupSamples('average'), rollup()).subscribe(({ series: { tags } }) => {
      expectTypeOf(tags.route).toEqualTypeOf<string>()
      expectTypeOf(tags.stat).toEqualTypeOf<string>()
      // @ts-expect-error no such tag
      expectTypeOf(tags.ruote)
    })
    expectTypeOf<RollupUpdate['series']>().toEqualTypeOf<Series>()
    expectTypeOf<RollupUpdate<Series<{ readonly route: string }>>>().toExtend<RollupUpdate>()
  })

  it('take a batch of a journal into the store', () => {
    interface JournalBatch extends Batch<Sample> {
      readonly position: BatchPosition
      readonly gaps: readonly {
        readonly fromSeq: number
        readonly toSeq: number
        readonly reason: 'damaged'
      }[]
    }
    expectTypeOf<JournalBatch>().toExtend<RollupBatch>()
    expectTypeOf<Batch<Sample>>().not.toExtend<RollupBatch>()
  })

  it('take undefined for every option', () => {
    expectTypeOf<{ [Name in keyof RollupOptions]-?: undefined }>().toExtend<RollupOptions>()
    expectTypeOf<{ [Name in keyof RollupSamplesOptions]-?: undefined }>().toExtend<RollupSamplesOptions>()
    expectTypeOf<{ [Name in keyof RollupStoreOptions]-?: undefined }>().toExtend<RollupStoreOptions>()
  })

  it('tell rollups apart by their kind', () => {
    expectTypeOf<Rollup['kind']>().toEqualTypeOf<'numeric' | 'counter' | 'text'>()
    expectTypeOf<Extract<Rollup, { kind: 'text' }>['first']['value']>().toEqualTypeOf<string>()
    expectTypeOf(rollupValue).returns.toEqualTypeOf<number | string | null>()
  })

  it('give a store that is disposed by await using', () => {
    expectTypeOf<RollupStore>().toExtend<AsyncDisposable>()
    expectTypeOf<RollupStore['fetch']>().returns.toEqualTypeOf<Promise<readonly FetchedSeries[]>>()
  })
})
