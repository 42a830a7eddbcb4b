import { of, Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Batch, Journal, JournalError, JournalProblem, WriteResult } from '../src/index.ts'
import type { MemoryFileSystem, VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** A source of batches by hand, and everything that became of them. */
interface Fed {
  readonly source: Subject<Batch<string>>
  readonly results: WriteResult[]
  /** First value of each batch that was acknowledged. */
  readonly acked: string[]
  readonly ends: string[]
  readonly send: (...values: string[]) => void
  readonly unsubscribe: () => void
}

function feed(journal: Journal<string>): Fed {
  const source = new Subject<Batch<string>>()
  const results: WriteResult[] = []
  const acked: string[] = []
  const ends: string[] = []
  const subscription = source.pipe(journal.writeBatches()).subscribe({
    next: (result) => results.push(result),
    error: (error: unknown) => ends.push((error as JournalError).code),
    complete: () => ends.push('complete'),
  })
  return {
    ...{ source, results, acked, ends },
    send: (...values) => source.next({ values, ack: () => acked.push(values[0] ?? 'empty') }),
    unsubscribe: () => subscription.unsubscribe(),
  }
}

async function onFailingDisk(): Promise<{
  readonly fileSystem: MemoryFileSystem
  readonly journal: Journal<string>
  readonly problems: JournalProblem[]
  readonly mend: () => void
}> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem)
  const problems: JournalProblem[] = []
  journal.problems.subscribe((problem) => problems.push(problem))
  return { fileSystem, journal, problems, mend: fileSystem.fail('write', 'EIO') }
}

describe('writeBatches()', () => {
  it.each(['commit', 'os'] as const)(
    'acknowledges a batch when its records would survive a power cut, with durability %s',
    async (durability) => {
      const fileSystem = newFileSystem()
      const journal = await openStrings(fileSystem, { durability })
      let onDisk: MemoryFileSystem | undefined
      const batch = { values: ['1', '2'], ack: () => (onDisk ??= fileSystem.powerCut(() => undefined)) }
      expect(await collect(of(batch).pipe(journal.writeBatches()))).toEqual([
        { type: 'written', firstSeq: 1, lastSeq: 2, count: 2 },
      ])
      const after = await openStrings(onDisk ?? newFileSystem())
      expect([...(await readAll(after)).values.values()]).toEqual(['1', '2'])
    },
  )

  it('acknowledges before it emits, in order, and what comes during a commit goes into the next', async () => {
    const journal = await openStrings(newFileSystem())
    const { send, results, acked, source, ends } = feed(journal)
    send('a', 'b')
    send('c')
    await Promise.resolve()
    await Promise.resolve()
    send('d')
    send()
    source.complete()
    await settle()
    expect(results).toEqual([
      { type: 'written', firstSeq: 1, lastSeq: 3, count: 3 },
      { type: 'written', firstSeq: 4, lastSeq: 4, count: 1 },
    ])
    expect(acked).toEqual(['a', 'c', 'd', 'empty'])
    expect(ends).toEqual(['complete'])
  })

  it('takes more than maxPending and drops nothing of it', async () => {
    const journal = await openStrings(newFileSystem(), { maxPending: 2 })
    const { send, acked } = feed(journal)
    for (let index = 0; index < 100; index += 1) send(`${index}`, 'x', 'y')
    await settle()
    expect(acked.length).toBe(100)
    expect(journal.stats).toMatchObject({ appended: 300, dropped: 0 })
  })

  it('holds what a failing disk does not take, tells each failure, and writes it in order when the disk is mended', async () => {
    const { journal, problems, mend } = await onFailingDisk()
    const { send, results, acked } = feed(journal)
    send('a', 'b')
    await time.advanceBy(50)
    send('c')
    await time.advanceBy(600)
    const held = problems.filter(({ reason }) => reason === 'attempt-failed')
    expect(held.map(({ message }) => message.replace(/:.*;/, ':'))).toEqual([
      '2 records in batches are not written and held: tried again in 100 ms',
      '2 records in batches are not written and held: tried again in 200 ms',
      '2 records in batches are not written and held: tried again in 400 ms',
    ])
    expect([results, acked]).toEqual([[], []])
    mend()
    await time.advanceBy(400)
    expect(acked).toEqual(['a', 'c'])
    expect([...(await readAll(journal)).values.values()]).toEqual(['a', 'b', 'c'])
    expect(journal.stats).toMatchObject({ appended: 3, dropped: 0 })
  })

  it('waits at most 30 s between attempts, without end', async () => {
    const { journal, mend } = await onFailingDisk()
    const { send, acked } = feed(journal)
    send('a')
    await time.advanceBy(3_600_000)
    expect(acked).toEqual([])
    mend()
    await time.advanceBy(30_000)
    expect(acked).toEqual(['a'])
  })

  it('holds what a full journal has no room for until something is read', async () => {
    const journal = await openStrings(newFileSystem(), { maxBytes: 8192 })
    const subscriber = await journal.subscriber('reader')
    const { send, acked } = feed(journal)
    for (let index = 0; index < 8; index += 1) {
      send(`${index}`, 'x'.repeat(1800))
      await time.advanceBy(1)
    }
    const before = acked.length
    expect(before).toBeLessThan(8)
    expect(journal.health.state).toBe('full')
    const read: string[] = []
    subscriber.batches({ maxRecords: 1 }).subscribe((batch) => {
      read.push(...batch.values)
      batch.ack()
    })
    await time.advanceBy(120_000)
    expect(acked).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    expect(read.filter((value) => value.length === 1)).toEqual(acked)
    expect(journal.stats.dropped).toBe(0)
  })

  it('drops only what the codec refuses, and acknowledges its batch', async () => {
    const journal = await openStrings(newFileSystem())
    const { send, results, acked } = feed(journal)
    send('1', undefined as unknown as string, '2')
    await settle()
    expect(results).toEqual([
      { type: 'written', firstSeq: 1, lastSeq: 1, count: 1 },
      { type: 'dropped', reason: 'unencodable', count: 1 },
      { type: 'written', firstSeq: 2, lastSeq: 2, count: 1 },
    ])
    expect(acked).toEqual(['1'])
    expect(journal.stats).toMatchObject({ appended: 2, dropped: 1, pending: 0 })
  })

  it('does not keep close() waiting while it holds, and acknowledges nothing then', async () => {
    const { journal } = await onFailingDisk()
    const { send, acked, ends } = feed(journal)
    send('a')
    await time.advanceBy(10)
    await journal.close()
    expect(ends).toEqual(['JOURNAL_CLOSED'])
    expect(acked).toEqual([])
    expect(journal.stats.dropped).toBe(0)
  })

  it('gives up what it holds when it is unsubscribed', async () => {
    const { journal, mend } = await onFailingDisk()
    const { send, acked, unsubscribe } = feed(journal)
    send('a')
    await time.advanceBy(10)
    unsubscribe()
    mend()
    await time.advanceBy(60_000)
    expect([acked, journal.stats.lastSeq]).toEqual([[], 0])
    await journal.close()
  })

  it('errors for what is no batch, when what came before is durable', async () => {
    const journal = await openStrings(newFileSystem())
    const { send, source, acked, ends } = feed(journal)
    send('a')
    source.next(['b'] as unknown as Batch<string>)
    await settle()
    expect([acked, ends]).toEqual([['a'], ['JOURNAL_BAD_OPTION']])
  })

  it('passes the error of its source on when what came before is durable', async () => {
    const journal = await openStrings(newFileSystem())
    const { send, source, acked, ends } = feed(journal)
    send('a')
    source.error(Object.assign(new Error('source'), { code: 'source' }))
    expect(ends).toEqual([])
    await settle()
    expect([acked, ends]).toEqual([['a'], ['source']])
  })

  it('takes the batches of a subscriber of another journal, which goes on as they become durable', async () => {
    const from = await openStrings(newFileSystem())
    const into = await openStrings(newFileSystem())
    for (let index = 0; index < 10; index += 1) await from.append(`${index}`)
    const subscriber = await from.subscriber('copy')
    subscriber.batches({ maxRecords: 1, maxInFlight: 2 }).pipe(into.writeBatches()).subscribe()
    for (let turn = 0; turn < 10; turn += 1) await settle()
    expect([subscriber.ackedSeq, into.stats.lastSeq]).toEqual([10, 10])
  })
})
