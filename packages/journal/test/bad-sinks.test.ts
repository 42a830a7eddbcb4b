import { NEVER, Subject, firstValueFrom, from, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Batch } from '@tocsin/core'

import type { FailedAttempt } from '../src/index.ts'
import { ackAfter, JournalError } from '../src/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const batch = (acked: number[] = []): Batch<number> => ({ values: [1], ack: () => void acked.push(1) })

// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what others write
const rejected = (reason: unknown): Promise<never> => Promise.reject(reason)

/** Tries until the third attempt, and tells what was heard. */
async function tryThrice(fail: () => unknown): Promise<{
  readonly result: number
  readonly heard: readonly FailedAttempt[]
  readonly acked: readonly number[]
}> {
  const heard: FailedAttempt[] = []
  const acked: number[] = []
  const problems = new Subject<FailedAttempt>()
  problems.subscribe((problem) => heard.push(problem))
  const sink = (_: Batch<number>, attempt: number): Promise<number> =>
    attempt === 3 ? Promise.resolve(attempt) : (fail() as Promise<number>)
  const [result = 0] = await collect(from([batch(acked)]).pipe(ackAfter(sink, { random: () => 0, problems })))
  return { result, heard, acked }
}

describe('a sink that fails', () => {
  it.each<[string, () => unknown, string]>([
    [
      'throws at once',
      () => {
        throw new Error('no disk')
      },
      'attempt 2 at a batch failed: no disk; it is tried again in 0 ms',
    ],
    [
      'rejects with no error',
      () => rejected(undefined),
      'attempt 2 at a batch failed without an error; it is tried again in 0 ms',
    ],
    [
      'rejects with a string',
      () => rejected('no'),
      'attempt 2 at a batch failed: no; it is tried again in 0 ms',
    ],
    [
      'cannot reach its server by fetch',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'attempt 2 at a batch failed: fetch failed; it is tried again in 0 ms',
    ],
  ])(
    'and %s is given its batch again, told of, and acknowledged when it is done',
    async (_, fail, message) => {
      const { result, heard, acked } = await tryThrice(fail)
      expect(result).toBe(3)
      expect(heard.map(({ reason, attempt }) => [reason, attempt])).toEqual([
        ['attempt-failed', 1],
        ['attempt-failed', 2],
      ])
      expect(heard[1]?.message).toBe(message)
      expect(acked).toEqual([1])
    },
  )

  it.each<[string, unknown]>([
    ['says that it is not retryable', Object.assign(new Error('refused'), { retryable: false })],
    ['says so without being an Error', { retryable: false }],
    ['is a TypeError', new TypeError('x is not a function')],
    ['is a ReferenceError', new ReferenceError('x is not defined')],
    ['is of fetch with a wrong address', new TypeError('fetch', { cause: new TypeError('Invalid URL') })],
    ['is a wrong batch for a journal', new JournalError('JOURNAL_UNENCODABLE', 'no')],
  ])('ends at once where its error %s', async (_, error) => {
    const acked: number[] = []
    const attempts: number[] = []
    const sink = (_: unknown, attempt: number): Promise<never> => {
      attempts.push(attempt)
      return rejected(error)
    }
    await expect(collect(from([batch(acked)]).pipe(ackAfter(sink)))).rejects.toBe(error)
    expect(attempts).toEqual([1])
    expect(acked).toEqual([])
  })

  it('ends at once where it gives back nothing that can be waited for', async () => {
    const sink = (): Promise<never> => undefined as unknown as Promise<never>
    await expect(collect(from([batch()]).pipe(ackAfter(sink)))).rejects.toThrow(TypeError)
  })

  it('is repeated where its TypeError says that it is retryable', async () => {
    const { result } = await tryThrice(() =>
      Promise.reject(Object.assign(new TypeError('later'), { retryable: true })),
    )
    expect(result).toBe(3)
  })

  it('is a warning of the process, once, where nobody listens', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const sink = (_: unknown, attempt: number): Promise<number> =>
      attempt > 4 ? Promise.resolve(attempt) : Promise.reject(new Error('down'))
    expect(await collect(from([batch(), batch()]).pipe(ackAfter(sink, { random: () => 0 })))).toEqual([5, 5])
    expect(warning.mock.calls).toEqual([
      [
        'attempt 1 at a batch failed: down; it is tried again in 0 ms (told once; listen to "problems" to hear of all)',
        { type: 'TocsinWarning', code: 'ackAfter/attempt-failed' },
      ],
    ])
  })

  it('tells at most ten failures a second, and how many it did not tell', () => {
    const heard: FailedAttempt[] = []
    new TestScheduler(() => undefined).run(({ cold }) => {
      const problems = { next: (problem: FailedAttempt) => heard.push(problem) }
      const sink = (_: unknown, attempt: number) =>
        attempt > 30 ? [attempt] : throwError(() => new Error('down'))
      cold('a', { a: batch() })
        .pipe(ackAfter(sink, { problems, random: () => 1, retry: { minDelayMs: 50, maxDelayMs: 50 } }))
        .subscribe()
    })
    expect(heard.map(({ time }) => time)).toEqual([
      ...[0, 50, 100, 150, 200, 250, 300, 350, 400, 450],
      ...[1000, 1050, 1100, 1150, 1200, 1250, 1300, 1350, 1400, 1450],
    ])
    expect(heard.reduce((sum, { count }) => sum + count, 0)).toBe(30)
  })
})

describe('a sink that never settles', () => {
  it('holds its batch and the source, and lets all go when it is unsubscribed', async () => {
    const journal = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c', 'd']) await journal.append(value)
    const subscriber = await journal.subscriber('reader')
    let handed = 0
    const sink = (): typeof NEVER => {
      handed += 1
      return NEVER
    }
    const options = { maxRecords: 1, maxInFlight: 2 }
    const hanging = subscriber
      .batches(options)
      .pipe(ackAfter(sink, { concurrency: 9 }))
      .subscribe()
    await settle()
    expect([handed, subscriber.ackedSeq]).toEqual([2, 0])
    hanging.unsubscribe()
    const { values } = await firstValueFrom(subscriber.batches(options))
    expect(values).toEqual(['a'])
    await journal.close()
  })
})

describe('ack()', () => {
  it('moves a subscriber forward once, whether it is called twice, late, after its subscription or after the journal', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c'])
    const subscriber = await journal.subscriber('reader')
    const seen: Batch<string>[] = []
    const read = subscriber.batches({ maxRecords: 1 }).subscribe((next) => seen.push(next))
    await settle()
    seen[1]?.ack()
    seen[1]?.ack()
    seen[0]?.ack()
    expect(subscriber.ackedSeq).toBe(2)
    read.unsubscribe()
    seen[2]?.ack()
    expect(subscriber.ackedSeq).toBe(3)
    await journal.close()
    for (const each of seen) each.ack()
    expect(subscriber.ackedSeq).toBe(3)
  })

  it('that never comes holds what is behind it, and costs nothing when the journal is closed', async () => {
    const journal = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c']) await journal.append(value)
    const subscriber = await journal.subscriber('reader')
    const seen: string[] = []
    let completed = false
    subscriber.batches({ maxRecords: 1, maxInFlight: 2 }).subscribe({
      next: ({ values }) => seen.push(...values),
      complete: () => (completed = true),
    })
    await settle()
    expect(seen).toEqual(['a', 'b'])
    await journal.close()
    expect([completed, subscriber.ackedSeq]).toEqual([true, 0])
  })
})

describe('the errors of a journal', () => {
  it('say whether repeating may mend them', () => {
    const of = (code: ConstructorParameters<typeof JournalError>[0]) => new JournalError(code, '').retryable
    expect((['JOURNAL_IO', 'JOURNAL_FULL', 'JOURNAL_BUSY', 'JOURNAL_LOCKED'] as const).map(of)).toEqual(
      Array(4).fill(true),
    )
    expect(
      (['JOURNAL_BAD_OPTION', 'JOURNAL_CLOSED', 'JOURNAL_POSITION', 'JOURNAL_FENCED'] as const).map(of),
    ).toEqual(Array(4).fill(false))
  })
})
