import type { Batch } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { EMPTY, from, NEVER, of, Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Codec, JournalError, WriteResult } from '../src/index.ts'
import { ackAfter, bounded, jsonCodec } from '../src/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

describe('write()', () => {
  it('groups what arrives while a commit is under way, and completes when the last record is durable', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const source = new Subject<string>()
    const results: WriteResult[] = []
    let completed = false
    source.pipe(journal.write()).subscribe({
      next: (result) => results.push(result),
      complete: () => {
        completed = true
      },
    })
    source.next('1')
    source.next('2')
    await Promise.resolve()
    await Promise.resolve()
    for (const value of ['3', '4', '5']) source.next(value)
    source.complete()
    expect(completed).toBe(false)
    await settle()
    expect(results).toEqual([
      { type: 'written', firstSeq: 1, lastSeq: 2, count: 2 },
      { type: 'written', firstSeq: 3, lastSeq: 5, count: 3 },
    ])
    expect(completed).toBe(true)
    const after = await openStrings(fileSystem.powerCut(() => undefined))
    expect([...(await readAll(after)).values.values()]).toEqual(['1', '2', '3', '4', '5'])
  })

  it('drops beyond maxPending, in band, counted and told as a problem, and loses nothing else', async () => {
    const journal = await openStrings(newFileSystem())
    const values = Array.from({ length: 100 }, (_, index) => `${index}`)
    const problems: unknown[] = []
    journal.problems.subscribe((problem) => problems.push(problem))
    const results = await collect(of(...values).pipe(journal.write({ maxPending: 30 })))
    expect(results).toEqual([
      { type: 'dropped', reason: 'overflow', count: 70 },
      { type: 'written', firstSeq: 1, lastSeq: 30, count: 30 },
    ])
    expect(problems).toMatchObject([
      { reason: 'dropped', message: expect.stringMatching(/^70 records were dropped: too many waited/) },
    ])
    expect(journal.stats).toMatchObject({ dropped: 70, appended: 30 })
  })

  it('loses only the records that the codec refuses', async () => {
    const json = jsonCodec<string>()
    const codec: Codec<string> = {
      ...json,
      encode: (values) => {
        if (values.includes('bad')) throw new Error('bad')
        return json.encode(values)
      },
    }
    const journal = await openStrings(newFileSystem(), { codec })
    const results = await collect(of('1', 'bad', '2', 'bad', '3').pipe(journal.write()))
    expect(results.filter(({ type }) => type === 'dropped')).toEqual([
      { type: 'dropped', reason: 'unencodable', count: 1 },
      { type: 'dropped', reason: 'unencodable', count: 1 },
    ])
    expect([...(await readAll(journal)).values.values()]).toEqual(['1', '2', '3'])
    expect(journal.stats).toMatchObject({ dropped: 2, appended: 3 })
  })

  it('drops while the disk fails and goes on when it is mended', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const source = new Subject<string>()
    const results: WriteResult[] = []
    source.pipe(journal.write()).subscribe((result) => results.push(result))
    const mend = fileSystem.fail('write', 'EIO')
    source.next('lost')
    await settle()
    mend()
    source.next('kept')
    await settle()
    expect(results).toEqual([
      { type: 'dropped', reason: 'io', count: 1 },
      { type: 'written', firstSeq: 1, lastSeq: 1, count: 1 },
    ])
  })

  it('passes the error of the source on after what came before it is durable', async () => {
    const journal = await openStrings(newFileSystem())
    const source = new Subject<string>()
    const seen: string[] = []
    source.pipe(journal.write()).subscribe({
      next: ({ type }) => seen.push(type),
      error: (error: unknown) => seen.push(String(error)),
    })
    source.next('1')
    source.error(new Error('source'))
    await settle()
    expect(seen).toEqual(['written', 'Error: source'])
  })

  it('completes with an empty source, passes an early error on, and stays silent with one that never emits', async () => {
    const journal = await openStrings(newFileSystem())
    expect(await collect(EMPTY.pipe(journal.write()))).toEqual([])
    await expect(collect(throwError(() => new Error('early')).pipe(journal.write()))).rejects.toThrow('early')
    NEVER.pipe(journal.write()).subscribe().unsubscribe()
    expect(journal.stats.commits).toBe(0)
  })

  it('hands over what waits when it is unsubscribed, and leaves the source', async () => {
    const journal = await openStrings(newFileSystem())
    const source = new Subject<string>()
    const subscription = source.pipe(journal.write()).subscribe()
    source.next('1')
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
    await settle()
    expect(journal.stats.lastSeq).toBe(1)
  })

  it('keeps two subscriptions apart', async () => {
    const journal = await openStrings(newFileSystem())
    const counts = await Promise.all(
      [3, 5].map(async (count) => {
        const results = await collect(of(...Array.from({ length: count }, () => 'x')).pipe(journal.write()))
        return results.reduce((sum, result) => sum + result.count, 0)
      }),
    )
    expect(counts).toEqual([3, 5])
    expect(journal.stats.lastSeq).toBe(8)
  })

  it('is written before close() is over, and refuses what comes after it was called', async () => {
    const journal = await openStrings(newFileSystem())
    const source = new Subject<string>()
    const seen: unknown[] = []
    source.pipe(journal.write()).subscribe({
      next: (result) => seen.push(result),
      error: (error: unknown) => seen.push((error as JournalError).code),
    })
    source.next('1')
    source.next('2')
    const closed = journal.close()
    source.next('late')
    source.complete()
    await closed
    expect(seen).toEqual([{ type: 'written', firstSeq: 1, lastSeq: 2, count: 2 }, 'JOURNAL_CLOSED'])
    expect(journal.stats.lastSeq).toBe(2)
  })

  it('loses only the culprit although its bound is larger than that of the journal', async () => {
    const journal = await openStrings(newFileSystem(), { maxPending: 4 })
    const source = of('1', '2', '3', undefined as unknown as string, '5', '6', '7')
    expect(await collect(source.pipe(journal.write({ maxPending: 100 })))).toEqual([
      { type: 'written', firstSeq: 1, lastSeq: 3, count: 3 },
      { type: 'dropped', reason: 'unencodable', count: 1 },
      { type: 'written', firstSeq: 4, lastSeq: 6, count: 3 },
    ])
    expect(journal.stats).toMatchObject({ appended: 6, dropped: 1, pending: 0 })
  })

  it('errors with JOURNAL_CLOSED once the journal is closed', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.close()
    await expect(collect(of('1').pipe(journal.write()))).rejects.toMatchObject({
      code: 'JOURNAL_CLOSED',
    })
    expect(() => journal.write({ maxPending: 0 })).toThrow('JOURNAL_BAD_OPTION')
  })
})

describe('tail()', () => {
  it('emits each durable record from now on, without replay, to each observer', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('before')
    const seen: string[] = []
    let syncs = 0
    const subscription = journal.tail().subscribe((value) => {
      seen.push(value)
      syncs = fileSystem.syncs
    })
    const before = fileSystem.syncs
    await Promise.all(['1', '2', '3'].map((value) => journal.append(value)))
    expect(seen).toEqual(['1', '2', '3'])
    expect(syncs).toBe(before + 1)
    subscription.unsubscribe()
    await journal.append('4')
    expect(seen.length).toBe(3)
  })

  it.each<[string, number, (batch: Batch<string>) => Observable<string>]>([
    ['works asynchronously', 2, ({ values }) => from(Promise.resolve(values.join(' ')))],
    ['acknowledges within the call', 4, ({ values }) => of(values.join(' '))],
  ])(
    'cut by bounded() into batches, brings a commit of four to a consumer that %s in %d',
    async (_, count, work) => {
      const journal = await openStrings(newFileSystem())
      const seen: string[] = []
      journal
        .tail()
        .pipe(bounded({ max: 9 }), ackAfter(work))
        .subscribe((text) => seen.push(text))
      await journal.appendBatch(['1', '2', '3', '4'])
      await settle()
      expect(seen.join(' ')).toBe('1 2 3 4')
      expect(seen.length).toBe(count)
    },
  )

  it('emits nothing that failed, and completes when the journal is closed', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const seen: string[] = []
    journal.tail().subscribe({ next: (value) => seen.push(value), complete: () => seen.push('end') })
    const mend = fileSystem.fail('sync', 'EIO')
    await expect(journal.append('lost')).rejects.toThrow('JOURNAL_IO')
    mend()
    await journal.close()
    expect(seen).toEqual(['end'])
    journal.tail().subscribe({ complete: () => seen.push('late') })
    expect(seen).toEqual(['end', 'late'])
  })
})
