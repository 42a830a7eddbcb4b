import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import type { Batch, JournalBatch, Journal, Subscriber, WriteResult } from '../src/index.ts'
import type { Sample } from '../src/samples/index.ts'
import { ackAfter, jsonCodec, openJournal } from '../src/index.ts'
import { sampleCodec } from '../src/samples/index.ts'

declare const journal: Journal<Sample>
declare const subscriber: Subscriber<Sample>

describe('the types', () => {
  it('follow the codec, and are bytes without one', () => {
    expectTypeOf(openJournal('x')).resolves.toEqualTypeOf<Journal<Uint8Array>>()
    expectTypeOf(openJournal('x', { codec: sampleCodec() })).resolves.toEqualTypeOf<Journal<Sample>>()
    expectTypeOf(openJournal('x', { codec: jsonCodec<string>() })).resolves.toEqualTypeOf<Journal<string>>()
  })

  it('fit into pipes', () => {
    expectTypeOf(journal.write()).toEqualTypeOf<OperatorFunction<Sample, WriteResult>>()
    expectTypeOf(journal.writeBatches()).toEqualTypeOf<OperatorFunction<Batch<Sample>, WriteResult>>()
    expectTypeOf(journal.tail()).toEqualTypeOf<Observable<Sample>>()
    expectTypeOf(subscriber.batches()).toEqualTypeOf<Observable<JournalBatch<Sample>>>()
    const counts = subscriber.batches().pipe(ackAfter(async (batch) => batch.values.length))
    expectTypeOf(counts).toEqualTypeOf<Observable<number>>()
  })

  it('tell results apart', () => {
    const result = {} as WriteResult
    if (result.kind === 'dropped')
      expectTypeOf(result.reason).toEqualTypeOf<'overflow' | 'full' | 'io' | 'unencodable'>()
    else expectTypeOf(result.firstSeq).toBeNumber()
  })

  it('allow disposal', () => {
    expectTypeOf(journal).toExtend<AsyncDisposable>()
  })
})
