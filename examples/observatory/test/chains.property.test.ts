import { ackAfter, bounded, openJournal, values } from '@tocsin/journal'
import type { Batch } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryFileSystem } from '@tocsin/journal/testing'
import { series, source } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import { inEventTime, rollup, rollupSamples } from '@tocsin/rollup'
import fc from 'fast-check'
import { concatMap, filter, from, lastValueFrom, map, tap } from 'rxjs'
import type { Observable } from 'rxjs'
import { expect, it } from 'vitest'

/** Each sample stands for as many of the first ones as its value says. */
const load = series('load')
const samplesOf = (count: number): readonly Sample[] =>
  Array.from({ length: count }, (_, index) => ({ series: load, time: index * 7000, value: 1, kind: 'gauge' }))

type Flow =
  | { readonly brings: 'samples'; readonly stream: Observable<Sample> }
  | { readonly brings: 'batches'; readonly stream: Observable<Batch<Sample>> }

/** What became of the values on their way, besides those that arrived. */
interface Account {
  /** Values that were dropped and counted. */
  dropped: number
  /** Values that were told of as problems. */
  told: number
}

const samples = (stream: Observable<Sample>): Flow => ({ brings: 'samples', stream })
const batches = (stream: Observable<Batch<Sample>>): Flow => ({ brings: 'batches', stream })

async function openFilled(given: readonly Sample[]) {
  const journal = await openJournal('journal', { codec: sampleCodec(), fileSystem: memoryFileSystem() })
  for (let at = 0; at < given.length; at += 5) await journal.appendBatch(given.slice(at, at + 5))
  return journal
}

const ownSource = (given: readonly Sample[]) =>
  source<Sample>((run) => {
    let at = 0
    const pull = (): void => {
      if (at >= given.length) run.complete()
      else if (run.emit(given.slice(at, (at += 3)))) run.whenRoom(pull)
    }
    run.whenRoom(pull)
  })

const sources: Readonly<Record<string, (given: readonly Sample[]) => Promise<Flow>>> = {
  'an array': async (given) => samples(from(given)),
  'values of a source': async (given) => samples(ownSource(given)),
  'batches of a source': async (given) => batches(ownSource(given).batches({ maxInFlight: 2 })),
  'a journal that is read again': async (given) =>
    batches((await openFilled(given)).readFrom('oldest', { maxRecords: 4 })),
  'a subscriber': async (given) => {
    const journal = await openFilled(given)
    const reader = await journal.subscriber('reader')
    // It ends with its journal.
    const end = () => setImmediate(() => void journal.close())
    if (given.length === 0) end()
    return batches(
      reader.batches({ maxRecords: 4, maxInFlight: 2 }).pipe(
        tap(({ position }) => {
          if (position.lastSeq === given.length) end()
        }),
      ),
    )
  },
}

const both = (flow: Flow): Observable<Sample | Batch<Sample>> => flow.stream

const operators: Readonly<Record<string, (flow: Flow, account: Account) => Flow | undefined>> = {
  values: (flow) => (flow.brings === 'batches' ? samples(flow.stream.pipe(values())) : undefined),
  bounded: (flow, account) =>
    flow.brings === 'samples'
      ? batches(
          flow.stream.pipe(
            bounded({ max: 4 }),
            tap(({ dropped }) => (account.dropped += dropped)),
          ),
        )
      : undefined,
  windows: (flow, account) =>
    samples(
      both(flow).pipe(
        inEventTime((values) =>
          values.pipe(
            rollup({ windows: ['1m'], problems: { next: ({ count }) => (account.told += count) } }),
            rollupSamples('sum'),
          ),
        ),
        filter((sample) => sample.kind === 'gauge'),
        map((sample) => ({ ...sample, series: load })),
      ),
    ),
  'a journal on the way': (flow) =>
    flow.brings === 'batches'
      ? batches(
          from(openJournal('copy', { codec: sampleCodec(), fileSystem: memoryFileSystem() })).pipe(
            concatMap(async (journal) => {
              await lastValueFrom(flow.stream.pipe(journal.writeBatches()), { defaultValue: undefined })
              return journal.readFrom('oldest', { maxRecords: 3 })
            }),
            concatMap((stream) => stream),
          ),
        )
      : undefined,
}

/** Runs a chain; gives what all samples that arrived stand for. */
async function arrived(flow: Flow): Promise<number> {
  let sum = 0
  const add = (sample: Sample): void => void (sum += sample.kind === 'gauge' ? sample.value : NaN)
  if (flow.brings === 'samples') await lastValueFrom(flow.stream.pipe(tap(add)), { defaultValue: undefined })
  else {
    const stored = ackAfter(async (batch: Batch<Sample>) => batch.values.forEach(add))
    await lastValueFrom(flow.stream.pipe(stored), { defaultValue: undefined })
  }
  return sum
}

const chains = fc.record({
  count: fc.integer({ min: 0, max: 40 }),
  source: fc.constantFrom(...Object.keys(sources)),
  names: fc.array(fc.constantFrom(...Object.keys(operators)), { maxLength: 5 }),
})
type Chain = typeof chains extends fc.Arbitrary<infer Value> ? Value : never

/** How many of the first values are nowhere; negative where some are there twice. */
async function missing(
  { count, source, names }: Chain,
  last: (flow: Flow) => Flow = (flow) => flow,
): Promise<number> {
  const account: Account = { dropped: 0, told: 0 }
  let flow = await sources[source]!(samplesOf(count))
  // What does not fit by type is left out. A drop is counted in values, so windows come after it and not before.
  for (const name of names) {
    const fits = name !== 'bounded' || !names.includes('windows')
    if (fits) flow = operators[name]!(flow, account) ?? flow
  }
  return count - (await arrived(last(flow))) - account.dropped - account.told
}

it('every value that goes into a chain of parts arrives, is told of, or is dropped with a count', async () => {
  await fc.assert(
    fc.asyncProperty(chains, async (chain) => {
      expect(await missing(chain)).toBe(0)
    }),
  )
})

it('a part that loses one value is caught', async () => {
  const leak = (flow: Flow): Flow =>
    flow.brings === 'samples' ? samples(flow.stream.pipe(filter((_, index) => index !== 0))) : flow
  expect(await missing({ count: 20, source: 'an array', names: [] }, leak)).toBe(1)
  expect(await missing({ count: 20, source: 'a subscriber', names: ['values'] }, leak)).toBe(1)
})
