import fc from 'fast-check'
import type { Subscription } from 'rxjs'
import { expect, it } from 'vitest'

import type { JournalBatch, Journal, SubscriberPosition } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

interface Model {
  readonly records: string[]
  /** When each was appended. */
  readonly times: number[]
  /** Acknowledged position by subscriber. */
  readonly acked: Map<string, number>
  readonly transient: Set<string>
}

interface Reading {
  subscription: Subscription
  out: JournalBatch<string>[]
  lastSeq: number
}

class Real {
  fileSystem: MemoryFileSystem = newFileSystem()
  journal!: Journal<string>
  readonly readings = new Map<string, Reading>()
  readonly wrong: unknown[] = []
  time = 1

  async open(): Promise<void> {
    this.journal = await openStrings(this.fileSystem, { clock: { now: () => this.time } })
  }

  stop(name: string): void {
    this.readings.get(name)?.subscription.unsubscribe()
    this.readings.delete(name)
  }
}

type Command = fc.AsyncCommand<Model, Real>
const names = fc.constantFrom('a', 'b', 'c')
const maxInFlight = 2

const command = (text: string, check: (m: Model) => boolean, run: Command['run']): Command => ({
  check,
  run,
  toString: () => text,
})

const append = (lengths: readonly number[]): Command =>
  command(
    `append(${lengths.length})`,
    () => true,
    async (model, real) => {
      const values = lengths.map((length, index) => `${model.records.length + index}:${'x'.repeat(length)}`)
      const firstSeq = model.records.length + 1
      // A large batch is several frames, and the first is delivered before the last is durable.
      model.records.push(...values)
      real.time += 1
      model.times.push(...values.map(() => real.time))
      const written = await real.journal.appendBatch(values)
      expect(written).toEqual({ firstSeq, lastSeq: model.records.length })
      await settle()
    },
  )

/** A position in the middle of what there may be, as a share of it. */
type Place =
  'oldest' | 'newest' | { readonly seq: number } | { readonly time: number } | { readonly copyOf: string }

/** What to ask for and where that is; what is not kept any more is never asked for. */
function placeIn(model: Model, { journal }: Real, place: Place): [SubscriberPosition, number] | undefined {
  const { firstSeq, lastSeq } = journal.stats
  if (place === 'oldest') return [place, firstSeq - 1]
  if (place === 'newest') return [place, lastSeq]
  if ('copyOf' in place) {
    const acked = model.acked.get(place.copyOf)
    return acked === undefined ? undefined : [place, acked]
  }
  if ('seq' in place) {
    const seq = firstSeq + Math.floor((lastSeq + 1 - firstSeq) * place.seq)
    return [{ seq }, seq - 1]
  }
  const time = Math.floor((model.times.at(-1) ?? 0) * place.time) + 1
  const before = model.times.findIndex((appended) => appended >= time)
  return [{ time }, Math.max(firstSeq - 1, before < 0 ? lastSeq : before)]
}

const subscribe = (name: string, place: Place, transient: boolean): Command =>
  command(
    `subscribe(${name}, ${JSON.stringify(place)}, ${transient})`,
    () => true,
    async (model, real) => {
      const [from, position] = placeIn(model, real, place) ?? ['oldest', real.journal.stats.firstSeq - 1]
      const isNew = !model.acked.has(name)
      if (isNew && transient) model.transient.add(name)
      const subscriber = await real.journal.subscriber(name, { from, transient: model.transient.has(name) })
      if (isNew) model.acked.set(name, position)
      expect(subscriber.ackedSeq).toBe(model.acked.get(name))
      if (real.readings.has(name)) return
      const reading: Reading = { subscription: undefined!, out: [], lastSeq: subscriber.ackedSeq }
      reading.subscription = subscriber.batches({ maxRecords: 3, maxInFlight }).subscribe((batch) => {
        const {
          position: { firstSeq, lastSeq },
          values,
          gaps,
        } = batch
        const expected = model.records.slice(reading.lastSeq, reading.lastSeq + values.length)
        const right =
          gaps.length === 0 && firstSeq === reading.lastSeq + 1 && values.join() === expected.join()
        reading.lastSeq = lastSeq
        reading.out.push(batch)
        // Kept for the end: what an observer throws would not fail the run.
        if (!right || reading.out.length > maxInFlight) real.wrong.push({ name, batch, expected })
      })
      real.readings.set(name, reading)
      await settle()
    },
  )

const seek = (name: string, place: Place): Command =>
  command(
    `seek(${name}, ${JSON.stringify(place)})`,
    (model) => model.acked.has(name),
    async (model, real) => {
      const found = placeIn(model, real, place)
      if (found === undefined) return
      const [position, seq] = found
      const subscriber = await real.journal.subscriber(name, { transient: model.transient.has(name) })
      const reading = real.readings.get(name)
      const late = reading?.out.at(-1)
      if (reading !== undefined) Object.assign(reading, { out: [], lastSeq: seq })
      await subscriber.seek(position)
      // What was handed out before says nothing any more.
      late?.ack()
      model.acked.set(name, seq)
      expect(subscriber.ackedSeq).toBe(seq)
      await settle()
    },
  )

const ack = (name: string, index: number): Command =>
  command(
    `ack(${name}, ${index})`,
    () => true,
    async (model, real) => {
      const reading = real.readings.get(name)
      const batch = reading?.out[index]
      if (reading === undefined || batch === undefined) return
      reading.out.splice(0, index + 1)
      model.acked.set(name, batch.position.lastSeq)
      batch.ack()
      await settle()
    },
  )

const unsubscribe = (name: string): Command =>
  command(
    `unsubscribe(${name})`,
    () => true,
    async (_, real) => {
      real.stop(name)
    },
  )

const remove = (name: string): Command =>
  command(
    `remove(${name})`,
    () => true,
    async (model, real) => {
      await real.journal.removeSubscriber(name)
      model.acked.delete(name)
      model.transient.delete(name)
      real.readings.delete(name)
    },
  )

const reopen = (clean: boolean): Command =>
  command(
    clean ? 'close and open' : 'crash and open',
    () => true,
    async (model, real) => {
      for (const name of model.transient) model.acked.delete(name)
      model.transient.clear()
      for (const name of [...real.readings.keys()]) real.stop(name)
      if (clean) await real.journal.close()
      else real.fileSystem = real.fileSystem.powerCut((bytes) => bytes)
      await real.open()
      expect(real.journal.recovery.gaps).toEqual([])
    },
  )

const places: fc.Arbitrary<Place> = fc.oneof(
  fc.constantFrom('oldest' as const, 'newest' as const),
  fc.record({ seq: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ time: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ copyOf: names }),
)

const commands = fc.commands(
  [
    fc.array(fc.constantFrom(5, 200, 900), { minLength: 1, maxLength: 8 }).map(append),
    fc
      .tuple(names, places, fc.boolean())
      .map(([name, place, transient]) => subscribe(name, place, transient)),
    fc.tuple(names, places).map(([name, place]) => seek(name, place)),
    fc.tuple(names, fc.nat(1)).map(([name, index]) => ack(name, index)),
    names.map(unsubscribe),
    names.map(remove),
    fc.boolean().map(reopen),
  ],
  { maxCommands: 40 },
)

/** Holds after every run: numbering, positions, and nothing kept or removed wrongly. */
function checkEnd(model: Model, { journal, readings, wrong }: Real): void {
  expect(wrong).toEqual([])
  expect(journal.stats.lastSeq).toBe(model.records.length)
  const status = new Map(journal.subscribers().map(({ name, ackedSeq }) => [name, ackedSeq]))
  expect(status).toEqual(model.acked)
  // Nothing is removed that somebody has not read.
  for (const ackedSeq of model.acked.values())
    expect(journal.stats.firstSeq).toBeLessThanOrEqual(ackedSeq + 1)
  // Whoever has room has everything.
  for (const reading of readings.values()) {
    if (reading.out.length < maxInFlight) expect(reading.lastSeq).toBe(model.records.length)
  }
}

it('behaves like an array with positions under any order of append, ack, seek, subscribe, remove and reopen', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const model: Model = { records: [], times: [], acked: new Map(), transient: new Set() }
      const real = new Real()
      await real.open()
      await fc.asyncModelRun(() => ({ model, real }), list)
      await settle()
      checkEnd(model, real)
    }),
  )
})
