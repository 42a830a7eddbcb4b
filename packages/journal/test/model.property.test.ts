import type { MemoryFileSystem } from '@tocsin/core/testing'
import fc from 'fast-check'
import type { Subscription } from 'rxjs'
import { expect, it } from 'vitest'

import type { Batch, Journal } from '../src/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

interface Model {
  readonly records: string[]
  /** Acknowledged position by subscriber. */
  readonly acked: Map<string, number>
}

interface Reading {
  subscription: Subscription
  out: Batch<string>[]
  lastSeq: number
}

class Real {
  fileSystem: MemoryFileSystem = newFileSystem()
  journal!: Journal<string>
  readonly readings = new Map<string, Reading>()
  readonly wrong: unknown[] = []

  async open(): Promise<void> {
    this.journal = await openStrings(this.fileSystem)
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
      const written = await real.journal.appendBatch(values)
      expect(written).toEqual({ firstSeq, lastSeq: model.records.length })
      await settle()
    },
  )

const subscribe = (name: string, from: 'oldest' | 'newest'): Command =>
  command(
    `subscribe(${name})`,
    () => true,
    async (model, real) => {
      const subscriber = await real.journal.subscriber(name, { from })
      if (!model.acked.has(name)) {
        model.acked.set(name, from === 'newest' ? model.records.length : real.journal.stats.firstSeq - 1)
      }
      expect(subscriber.ackedSeq).toBe(model.acked.get(name))
      if (real.readings.has(name)) return
      const reading: Reading = { subscription: undefined!, out: [], lastSeq: subscriber.ackedSeq }
      reading.subscription = subscriber.batches({ maxRecords: 3, maxInFlight }).subscribe((batch) => {
        const { firstSeq, lastSeq, values, gaps } = batch
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

const ack = (name: string, index: number): Command =>
  command(
    `ack(${name}, ${index})`,
    () => true,
    async (model, real) => {
      const reading = real.readings.get(name)
      const batch = reading?.out[index]
      if (reading === undefined || batch === undefined) return
      reading.out.splice(0, index + 1)
      model.acked.set(name, batch.lastSeq)
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
      real.readings.delete(name)
    },
  )

const reopen = (clean: boolean): Command =>
  command(
    clean ? 'close and open' : 'crash and open',
    () => true,
    async (_, real) => {
      for (const name of [...real.readings.keys()]) real.stop(name)
      if (clean) await real.journal.close()
      else real.fileSystem = real.fileSystem.powerCut((bytes) => bytes)
      await real.open()
      expect(real.journal.recovery.gaps).toEqual([])
    },
  )

const commands = fc.commands(
  [
    fc.array(fc.constantFrom(5, 200, 900), { minLength: 1, maxLength: 8 }).map(append),
    fc
      .tuple(names, fc.constantFrom('oldest' as const, 'newest' as const))
      .map(([name, from]) => subscribe(name, from)),
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

it('behaves like an array with positions under any order of append, ack, subscribe, remove and reopen', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const model: Model = { records: [], acked: new Map() }
      const real = new Real()
      await real.open()
      await fc.asyncModelRun(() => ({ model, real }), list)
      await settle()
      checkEnd(model, real)
    }),
  )
})
