import type { Sample } from '@tocsin/core'
import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import {
  rollup,
  rollupValue,
  type FetchedSeries,
  type Rollup,
  type RollupBatch,
  type RollupInput,
  type RollupProblem,
  type RollupStore,
  type RollupUpdate,
} from '../src/index.ts'

describe('the types', () => {
  it('take a sample of any package, and a user type that has the same fields', () => {
    expectTypeOf<Sample>().toExtend<RollupInput>()
    expectTypeOf(rollup<Sample>()).toEqualTypeOf<OperatorFunction<Sample, RollupUpdate>>()
    expectTypeOf(rollup<RollupInput & { readonly mine: boolean }>).toBeCallableWith({ maxLateMs: 0 })
  })

  it('take a batch of a journal', () => {
    interface JournalBatch {
      readonly journalId: string
      readonly firstSeq: number
      readonly lastSeq: number
      readonly values: readonly Sample[]
      ack(): void
    }
    expectTypeOf<JournalBatch>().toExtend<RollupBatch>()
  })

  it('tell rollups apart by their kind', () => {
    expectTypeOf<Rollup['kind']>().toEqualTypeOf<'numeric' | 'counter' | 'text'>()
    expectTypeOf<Extract<Rollup, { kind: 'text' }>['first']['value']>().toEqualTypeOf<string>()
    expectTypeOf(rollupValue).returns.toEqualTypeOf<number | string | null>()
  })

  it('give a store that is disposed by await using', () => {
    expectTypeOf<RollupStore>().toExtend<AsyncDisposable>()
    expectTypeOf<RollupStore['problems']>().toEqualTypeOf<Observable<RollupProblem>>()
    expectTypeOf<RollupStore['fetch']>().returns.toEqualTypeOf<Promise<readonly FetchedSeries[]>>()
  })
})
