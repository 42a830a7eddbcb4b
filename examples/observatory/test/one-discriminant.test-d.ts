import * as fault from '@tocsin/fault'
import type { FaultProblem } from '@tocsin/fault'
import * as journals from '@tocsin/journal'
import type { FailedAttempt, Journal, JournalFrame, JournalSubscriber } from '@tocsin/journal'
import * as link from '@tocsin/journal/link'
import type { PositionStore } from '@tocsin/journal/link'
import type * as readers from '@tocsin/journal/reader'
import type { JournalReader } from '@tocsin/journal/reader'
import type * as journalSamples from '@tocsin/journal/samples'
import * as notifying from '@tocsin/notify'
import type { NotifyEvent, NotifyProblem, Policy } from '@tocsin/notify'
import type * as protocols from '@tocsin/protocols'
import type { Batch, BoundAddress, Sample, Source } from '@tocsin/protocols'
import { checks, type CheckResult } from '@tocsin/protocols/checks'
import type { HttpSource } from '@tocsin/protocols/http'
import { statsd } from '@tocsin/protocols/statsd'
import * as rollups from '@tocsin/rollup'
import type { RollupProblem, RollupUpdate } from '@tocsin/rollup'
import type { RollupStore, StoredBatch } from '@tocsin/rollup/store'
import { filter, merge } from 'rxjs'
import type * as rxjs from 'rxjs'
import type { Observable, ObservedValueOf, Subject } from 'rxjs'
import { expectTypeOf, it } from 'vitest'

declare const journal: Journal<Sample>
declare const storage: JournalSubscriber<Sample>
declare const store: RollupStore
declare const sink: PositionStore<Sample>
declare const policy: Policy
declare const problems: Subject<FailedAttempt | FaultProblem | NotifyProblem | RollupProblem>

const faults = journal.tail().pipe(fault.evaluate([]))
const everything = merge(
  problems,
  statsd().problems,
  checks([]),
  statsd().pipe(journal.write()),
  statsd().batches().pipe(journal.writeBatches()),
  journal.problems,
  journal.health$,
  journal.stats$(),
  storage.frames().pipe(link.intoJournal(journal)),
  link.withPosition(storage, sink),
  storage.batches().pipe(journals.ackAfter((batch) => store.write(batch))),
  journal.tail().pipe(rollups.rollup()),
  faults,
  faults.pipe(notifying.notify(policy, { notifiers: {} })),
)

it('lets whatever five packages emit flow together, and be told apart by its type', () => {
  const windows = everything.pipe(filter((event) => event.type === 'window'))
  expectTypeOf(windows).toEqualTypeOf<Observable<RollupUpdate>>()
  const stored = everything.pipe(filter((event) => event.type === 'stored'))
  expectTypeOf(stored).toEqualTypeOf<Observable<StoredBatch>>()
  const delivered = everything.pipe(filter((event) => event.type === 'delivered'))
  expectTypeOf(delivered).toEqualTypeOf<Observable<Extract<NotifyEvent, { type: 'delivered' }>>>()
  const results = everything.pipe(filter((event) => event.type === 'check'))
  expectTypeOf(results).toEqualTypeOf<Observable<CheckResult>>()
})

it('is a closed union of types', () => {
  type Written = 'written' | 'dropped' | 'copied' | 'skipped' | 'gap' | 'hole' | 'saved' | 'stats' | 'health'
  type Other = 'problem' | 'check' | 'window' | 'stored' | fault.FaultEvent['type'] | NotifyEvent['type']
  expectTypeOf<ObservedValueOf<typeof everything>['type']>().toEqualTypeOf<Written | Other>()
})

/** Values that were measured or read, and what holds them: they say what is, and nothing has happened. */
type Data = Sample | Batch<unknown> | JournalFrame | BoundAddress

/** What a member emits: a stream, a function that gives one, or a function that gives an operator. */
type Emitted<Member> =
  Member extends Observable<infer Value>
    ? Value
    : Member extends (...args: never[]) => Observable<infer Value>
      ? Value
      : Member extends (...args: never[]) => (source: never) => Observable<infer Value>
        ? Value
        : never

type IsEvent<Value> = Value extends { readonly type: infer Type extends string }
  ? string extends Type
    ? false
    : true
  : false

/** Members that emit what is neither data nor an event with a type of its own. */
type Untyped<Face> = {
  [Name in keyof Face]-?: false extends IsEvent<Exclude<Emitted<Face[Name]>, Data>> ? Name : never
}[keyof Face]

it('is on whatever a function or a member of the five packages emits', () => {
  // What these hand on is of whoever uses them.
  expectTypeOf<Untyped<typeof journals>>().toEqualTypeOf<'ackAfter' | 'values'>()
  expectTypeOf<Untyped<typeof link>>().toBeNever()
  expectTypeOf<Untyped<typeof readers>>().toBeNever()
  expectTypeOf<Untyped<typeof journalSamples>>().toBeNever()
  expectTypeOf<Untyped<typeof rollups>>().toEqualTypeOf<'inEventTime'>()
  expectTypeOf<Untyped<typeof fault>>().toEqualTypeOf<'inEventTime'>()
  expectTypeOf<Untyped<typeof notifying>>().toBeNever()
  expectTypeOf<Untyped<typeof protocols>>().toEqualTypeOf<'source'>()
  expectTypeOf<Untyped<Journal<Sample>>>().toBeNever()
  expectTypeOf<Untyped<JournalSubscriber<Sample>>>().toBeNever()
  expectTypeOf<Untyped<JournalReader<Sample>>>().toBeNever()
  expectTypeOf<Untyped<Omit<Source<Sample>, keyof Observable<unknown>>>>().toBeNever()
  expectTypeOf<Untyped<Omit<HttpSource<Sample>, keyof Observable<unknown>>>>().toBeNever()
})

it('would be missed where it is not, or is any text', () => {
  interface Face {
    readonly untyped$: Observable<{ readonly kind: 'gone' }>
    readonly open$: Observable<{ readonly type: string }>
    readonly partly: () => (source: Observable<Sample>) => Observable<Sample | { readonly at: number }>
    readonly typed: () => Observable<{ readonly type: 'gone' }>
  }
  expectTypeOf<Untyped<Face>>().toEqualTypeOf<'untyped$' | 'open$' | 'partly'>()
})

it('leaves the names of rxjs to rxjs', () => {
  type Packages = typeof protocols & typeof journals & typeof rollups & typeof fault & typeof notifying
  expectTypeOf<keyof Packages & keyof typeof rxjs>().toBeNever()
  expectTypeOf<'merge' & keyof typeof rxjs>().toEqualTypeOf<'merge'>()
})
