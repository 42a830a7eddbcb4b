import fc from 'fast-check'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Gap, Journal, JournalSubscriber } from '../src/index.ts'
import type { Position, PositionStore } from '../src/link/index.ts'
import { withPosition } from '../src/link/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { copyOf, newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

interface Rows {
  readonly values: readonly string[]
  readonly gaps: readonly Gap[]
  readonly position: Position | undefined
}

const nothing: Rows = { values: [], gaps: [], position: undefined }

/** A sink whose transactions replace everything at once. */
class Database implements PositionStore<string> {
  rows: Rows
  /** What happens right before and right behind a transaction. */
  before: () => Promise<void> = async () => undefined
  after: () => Promise<void> = async () => undefined

  constructor(rows: Rows = nothing) {
    this.rows = rows
  }

  load = async (): Promise<Position | undefined> => this.rows.position

  save: PositionStore<string>['save'] = async ({ values, gaps }, position) => {
    await this.before()
    this.rows = { values: [...this.rows.values, ...values], gaps: [...this.rows.gaps, ...gaps], position }
    await this.after()
  }
}

/** Feeds what is there; an error that ends it. */
async function feed(subscriber: JournalSubscriber<string>, sink: PositionStore<string>): Promise<unknown> {
  let failure: unknown
  const subscription = withPosition(subscriber, sink, { maxRecords: 2 }).subscribe({
    error: (error: unknown) => {
      failure = error
    },
  })
  for (let turn = 0; turn < 3; turn += 1) await settle()
  subscription.unsubscribe()
  return failure
}

const letters = ['a', 'b', 'c', 'd', 'e']

async function fiveRecords(): Promise<{ journal: Journal<string>; subscriber: JournalSubscriber<string> }> {
  const journal = await openStrings(newFileSystem())
  await journal.appendBatch(letters)
  // Holds everything.
  await journal.subscriber('audit')
  return { journal, subscriber: await journal.subscriber('sink') }
}

describe('withPosition()', () => {
  it('saves batch by batch with the position, then acknowledges', async () => {
    const { journal, subscriber } = await fiveRecords()
    const sink = new Database()
    const acked: number[] = []
    sink.after = async () => void acked.push(subscriber.ackedSeq)
    const positions = await collect(withPosition(subscriber, sink, { maxRecords: 2 }).pipe(take(3)))
    expect(positions).toMatchObject([2, 4, 5].map((seq) => ({ type: 'saved', journalId: journal.id, seq })))
    expect(sink.rows).toMatchObject({
      values: letters,
      gaps: [],
      position: { journalId: journal.id, seq: 5 },
    })
    expect(acked).toEqual([0, 2, 4])
    expect(subscriber.ackedSeq).toBe(5)
    await journal.close()
  })

  it('takes the word of the sink, not of the cursor, and trims a batch that the sink has in part', async () => {
    const { journal, subscriber } = await fiveRecords()
    for (const seq of [0, 1, 3, 5]) {
      const sink = new Database({
        values: letters.slice(0, seq),
        gaps: [],
        position: { journalId: journal.id, seq },
      })
      expect(await feed(subscriber, sink)).toBeUndefined()
      expect(sink.rows.values).toEqual(letters)
      expect(subscriber.ackedSeq).toBe(5)
    }
    await journal.close()
  })

  it('begins an empty sink at the first record, or at the cursor where it is told to', async () => {
    const { journal } = await fiveRecords()
    const newest = await journal.subscriber('newest', { from: 'newest' })
    const all = new Database()
    await feed(newest, all)
    expect(all.rows.values).toEqual(letters)
    const later = await journal.subscriber('later', { from: 'newest' })
    const few = new Database()
    const feeding = withPosition(later, few, { whenEmpty: 'cursor' }).subscribe()
    await journal.append('f')
    await settle()
    feeding.unsubscribe()
    expect(few.rows.values).toEqual(['f'])
    await journal.close()
  })

  it('tells a sink that was restored too old of what is not kept any more', async () => {
    const journal = await openStrings(newFileSystem())
    const subscriber = await journal.subscriber('sink')
    const sink = new Database()
    for (let index = 0; index < 60; index += 1) {
      await journal.append(`${index}:${'x'.repeat(200)}`)
      if (index === 5) await feed(subscriber, sink)
    }
    const backup = sink.rows
    await feed(subscriber, sink)
    await settle()
    const { firstSeq } = journal.stats
    expect(firstSeq).toBeGreaterThan(20)
    const restored = new Database(backup)
    expect(await feed(subscriber, restored)).toBeUndefined()
    expect(restored.rows.gaps).toEqual([{ fromSeq: 7, toSeq: firstSeq - 1, reason: 'evicted' }])
    expect(restored.rows.values).toHaveLength(6 + 60 - firstSeq + 1)
    await journal.close()
  })

  it('refuses a position of another journal, above the head, or that is none', async () => {
    const { journal, subscriber } = await fiveRecords()
    const { id: journalId } = journal
    for (const position of [
      { journalId: '00000000-0000-0000-0000-000000000000', seq: 1 },
      { journalId, seq: -1 },
      { journalId, seq: 1.5 },
      { journalId, seq: '3' as unknown as number },
    ]) {
      const sink = new Database({ ...nothing, position })
      expect(await feed(subscriber, sink)).toMatchObject({ code: 'JOURNAL_POSITION' })
      expect(sink.rows.values).toEqual([])
    }
    const ahead = new Database({ ...nothing, position: { journalId, seq: 6 } })
    expect(await feed(subscriber, ahead)).toMatchObject({ code: 'JOURNAL_DIVERGED', facts: { seq: 6 } })
    expect(subscriber.ackedSeq).toBe(0)
    await journal.close()
  })

  it('takes null for no position, as databases say it', async () => {
    const { journal, subscriber } = await fiveRecords()
    const sink = new Database({ ...nothing, position: null as unknown as undefined })
    expect(await feed(subscriber, sink)).toBeUndefined()
    expect(sink.rows.values).toHaveLength(5)
    await journal.close()
  })

  it('refuses to pass over what somebody else acknowledged', async () => {
    const { journal, subscriber } = await fiveRecords()
    const sink = new Database()
    let failure: unknown
    sink.after = async () => subscriber.seek({ seq: 5 })
    withPosition(subscriber, sink, { maxRecords: 2, maxInFlight: 1 }).subscribe({
      error: (error: unknown) => {
        failure = error
      },
    })
    for (let turn = 0; turn < 3; turn += 1) await settle()
    expect(failure).toMatchObject({ code: 'JOURNAL_POSITION' })
    expect(sink.rows.values).toEqual(['a', 'b'])
    await journal.close()
  })

  it('passes errors of the sink on and acknowledges nothing', async () => {
    const { journal, subscriber } = await fiveRecords()
    const sink = new Database()
    const wrong = new Error('no disk')
    sink.before = async () => Promise.reject(wrong)
    expect(await feed(subscriber, sink)).toBe(wrong)
    expect(await feed(subscriber, { load: () => Promise.reject(wrong), save: sink.save })).toBe(wrong)
    expect(subscriber.ackedSeq).toBe(0)
    await journal.close()
  })

  it('waits for a save that was left before it asks for the position again', async () => {
    const { journal, subscriber } = await fiveRecords()
    const sink = new Database()
    let release = (): void => undefined
    sink.before = () =>
      new Promise((resolve) => {
        release = resolve
      })
    const left = withPosition(subscriber, sink, { maxRecords: 2 }).subscribe()
    await settle()
    left.unsubscribe()
    const again = withPosition(subscriber, sink).subscribe()
    await settle()
    sink.before = async () => undefined
    release()
    for (let turn = 0; turn < 3; turn += 1) await settle()
    again.unsubscribe()
    expect(sink.rows.values).toEqual(letters)
    await journal.close()
  })

  it('refuses wrong options at the call', async () => {
    const { journal, subscriber } = await fiveRecords()
    const wrap = withPosition as (...words: readonly unknown[]) => unknown
    const sink = new Database()
    expect(() => wrap(subscriber, sink, { whenEmpty: 'newest' })).toThrow(/JOURNAL_BAD_OPTION/)
    expect(() => wrap(subscriber, sink, { maxInFlight: 0 })).toThrow(/JOURNAL_BAD_OPTION/)
    expect(() => wrap(subscriber, { load: sink.load })).toThrow(
      /JOURNAL_BAD_OPTION: the sink must be an object with load, save/,
    )
    await journal.close()
  })
})

type Step =
  | { readonly kind: 'append'; readonly records: number }
  | { readonly kind: 'wait'; readonly ticks: number }
  /** The process ends: the journal is opened from what the cut leaves; a transaction under way is done or not. */
  | { readonly kind: 'crash'; readonly kept: boolean; readonly power: boolean }
  | { readonly kind: 'backup' }
  | { readonly kind: 'restore' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), records: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks: fc.integer({ min: 0, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), kept: fc.boolean(), power: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'backup' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'restore' }) },
)
const steps = fc.array(step, { maxLength: 40 })

type Feed = (subscriber: JournalSubscriber<string>, sink: PositionStore<string>) => () => void

/** Lives through the steps; gives what the journal and the sink hold at the end. */
async function live(
  todo: readonly Step[],
  start: Feed,
): Promise<{ readonly journal: readonly string[]; readonly sink: readonly string[] }> {
  let disk: MemoryFileSystem = newFileSystem()
  let journal = await openStrings(disk)
  await journal.subscriber('audit')
  let sink = new Database()
  let backup = nothing
  let serial = 0
  const link = async (): Promise<() => void> => start(await journal.subscriber('sink'), sink)
  /** Nothing that the old process has begun counts any more. */
  const end = (): void => {
    stop()
    disk.stopAt(disk.operations + 1)
    sink.before = () => new Promise(() => undefined)
    sink = new Database(sink.rows)
    // Transactions take a while, before and behind the point that counts.
    sink.before = sink.after = async () => {
      for (let tick = 0; tick < 3; tick += 1) await Promise.resolve()
    }
  }
  let stop = await link()
  for (const step of todo) {
    if (step.kind === 'append') {
      void journal.appendBatch(Array.from({ length: step.records }, () => `${serial++}`))
    } else if (step.kind === 'wait') for (let tick = 0; tick < step.ticks; tick += 1) await Promise.resolve()
    else if (step.kind === 'backup') backup = sink.rows
    else {
      end()
      if (step.kind === 'restore') sink.rows = backup
      else disk = step.power ? disk.powerCut((bytes) => (step.kept ? bytes : undefined)) : disk.processKill()
      if (step.kind === 'restore') disk = disk.processKill()
      journal = await openStrings(disk)
      stop = await link()
    }
  }
  for (let turn = 0; turn < 5; turn += 1) await settle()
  stop()
  expect(sink.rows.gaps).toEqual([])
  const { values } = await readAll(journal, 'audit')
  return { journal: [...values.values()], sink: sink.rows.values }
}

describe('a sink with its own position', () => {
  it('holds each record exactly once, whatever crashes and whatever is restored', async () => {
    const start: Feed = (subscriber, sink) => {
      const subscription = withPosition(subscriber, sink, { maxRecords: 3 }).subscribe()
      return () => subscription.unsubscribe()
    }
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        const { journal, sink } = await live(todo, start)
        expect(sink).toEqual(journal)
      }),
    )
  })

  it('does not without it, so the harness can see both losses and repetitions', async () => {
    const start: Feed = (subscriber, sink) => {
      const subscription = subscriber.batches({ maxRecords: 3, maxInFlight: 1 }).subscribe((batch) => {
        const position = { journalId: batch.position.journalId, seq: batch.position.lastSeq }
        void sink.save(batch, position).then(() => batch.ack())
      })
      return () => subscription.unsubscribe()
    }
    let lost = 0
    let twice = 0
    for (const todo of fc.sample(steps, { numRuns: 150, seed: 5 })) {
      const { journal, sink } = await live(todo, start)
      if (new Set(sink).size < journal.length) lost += 1
      if (new Set(sink).size < sink.length) twice += 1
    }
    expect(lost).toBeGreaterThan(0)
    expect(twice).toBeGreaterThan(0)
  })
})

it('keeps its promise on a copy of the journal too, as long as that is not older than the sink', async () => {
  const disk = newFileSystem()
  const journal = await openStrings(disk)
  await journal.appendBatch(letters)
  const sink = new Database()
  await feed(await journal.subscriber('sink'), sink)
  const copy = await openStrings(copyOf(disk))
  await copy.append('f')
  expect(await feed(await copy.subscriber('sink'), sink)).toBeUndefined()
  expect(sink.rows.values).toEqual([...letters, 'f'])
  await copy.close()
  await journal.close()
})
