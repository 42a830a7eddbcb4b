import { of, type Observable, type OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import type {
  AckAfterOptions,
  Batch,
  BoundedOptions,
  Journal,
  JournalBatch,
  JournalOptions,
  ReadFromOptions,
  RetryOptions,
  JournalSubscriber,
  SubscriberOptions,
  WriteResult,
} from '../src/index.ts'
import type { Sample, Series } from '../src/samples.ts'
import { ackAfter, bounded, jsonCodec, openJournal, values } from '../src/index.ts'
import { journalSamples, sampleCodec } from '../src/samples.ts'

declare const journal: Journal<Sample>
declare const subscriber: JournalSubscriber<Sample>

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
    if (result.type === 'dropped')
      expectTypeOf(result.reason).toEqualTypeOf<'overflow' | 'full' | 'io' | 'unencodable'>()
    else expectTypeOf(result.firstSeq).toBeNumber()
  })

  it('take undefined for an option that is not given', () => {
    type OptionsOf<F extends (...args: never[]) => unknown> = Parameters<F>[number]
    const none = { concurrency: undefined, retry: undefined, problems: undefined, scheduler: undefined }
    expectTypeOf({ ...none, random: undefined }).toExtend<AckAfterOptions>()
    expectTypeOf({
      retries: undefined,
      minDelayMs: undefined,
      maxDelayMs: undefined,
    }).toExtend<RetryOptions>()
    expectTypeOf({ codec: undefined, clock: undefined, logger: undefined, maxBytes: undefined }).toExtend<
      JournalOptions<string>
    >()
    expectTypeOf({
      maxRecords: undefined,
      maxInFlight: undefined,
      until: undefined,
    }).toExtend<ReadFromOptions>()
    expectTypeOf({ from: undefined, transient: undefined, maxLagMs: undefined }).toExtend<SubscriberOptions>()
    expectTypeOf({ max: 1, policy: undefined }).toExtend<BoundedOptions>()
    expectTypeOf({ onGap: undefined }).toExtend<OptionsOf<typeof values>>()
    expectTypeOf({ maxPending: undefined }).toExtend<OptionsOf<typeof journal.write>>()
    expectTypeOf({ prefix: undefined, tags: undefined }).toExtend<OptionsOf<typeof journalSamples>>()
  })

  it('give the values of batches', () => {
    expectTypeOf(subscriber.batches().pipe(values())).toEqualTypeOf<Observable<Sample>>()
    expectTypeOf(journal.stats$().pipe(journalSamples())).toEqualTypeOf<Observable<Sample>>()
    expectTypeOf<JournalBatch<Sample>>().toExtend<Batch<Sample>>()
  })

  it('hand an own type on as it came', () => {
    type Own = Sample<Series<{ readonly route: string }>> & { readonly mine: boolean }
    const own = of({} as Own)
    expectTypeOf(own.pipe(bounded({ max: 1 }), values())).toEqualTypeOf<Observable<Own>>()
    own.pipe(bounded({ max: 1 })).subscribe(({ values: [first] }) => {
      expectTypeOf(first).toEqualTypeOf<Own | undefined>()
      expectTypeOf(first?.series.tags.route).toEqualTypeOf<string | undefined>()
    })
    expectTypeOf(own.pipe(journal.write())).toEqualTypeOf<Observable<WriteResult>>()
    own
      .pipe(
        bounded({ max: 1 }),
        ackAfter(async (batch) => batch.values),
      )
      .subscribe((taken) => {
        expectTypeOf(taken).toEqualTypeOf<readonly Own[]>()
      })
  })

  it('allow disposal', () => {
    expectTypeOf(journal).toExtend<AsyncDisposable>()
  })
})
