import { describe, expect, it } from 'vitest'
import type { Subscription } from 'rxjs'
import { concatMap, firstValueFrom, last, NEVER, of, retry, Subject, take, tap, throwError } from 'rxjs'

import type { JournalBatch } from '../src/index.ts'
import { ackAfter, jsonCodec, openJournal } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  segmentFiles,
  settle,
} from './helpers/journals.ts'
import { collect, first } from './helpers/streams.ts'

const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${index + 1}`)

describe('batches()', () => {
  it('hands out at most maxInFlight batches and resumes on each ack', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(numbers(100))
    const subscriber = await journal.subscriber('slow')
    const held: JournalBatch<string>[] = []
    subscriber.batches({ maxRecords: 5, maxInFlight: 3 }).subscribe((batch) => held.push(batch))
    await settle()
    expect(held.map(({ position: { firstSeq, lastSeq } }) => [firstSeq, lastSeq])).toEqual([
      [1, 5],
      [6, 10],
      [11, 15],
    ])
    held[0]!.ack()
    await settle()
    expect(held.length).toBe(4)
    // Cumulative: the batches before it are dealt with as well.
    held[3]!.ack()
    await settle()
    expect(held.length).toBe(7)
    expect(subscriber.ackedSeq).toBe(20)
  })

  it('reads no further than what it hands out', async () => {
    const fileSystem = newFileSystem()
    let readBytes = 0
    const counting = {
      ...fileSystem,
      open: async (path: string, mode: 'read' | 'update' | 'create') => {
        const file = await fileSystem.open(path, mode)
        return {
          ...file,
          read: async (into: Uint8Array, position: number) => {
            const read = await file.read(into, position)
            readBytes += read
            return read
          },
        }
      },
    }
    const journal = await openStrings(counting)
    for (let index = 0; index < 40; index += 1) await journal.append('x'.repeat(2000))
    const subscriber = await journal.subscriber('slow')
    readBytes = 0
    subscriber.batches({ maxRecords: 1, maxInFlight: 2 }).subscribe()
    await settle()
    expect(readBytes).toBeLessThan(10_000)
  })

  it('passes over what an ack to an earlier subscription covers, and makes no gap of it', async () => {
    const journal = await openStrings(newFileSystem())
    for (const value of numbers(12)) await journal.append(value + 'x'.repeat(1500))
    const subscriber = await journal.subscriber('s')
    const early: JournalBatch<string>[] = []
    const subscription = subscriber.batches({ maxRecords: 3 }).subscribe((batch) => early.push(batch))
    await settle()
    subscription.unsubscribe()
    const late: JournalBatch<string>[] = []
    subscriber.batches({ maxRecords: 1, maxInFlight: 1 }).subscribe((batch) => late.push(batch))
    await settle()
    early.at(-1)?.ack()
    await settle()
    expect(journal.stats.firstSeq).toBeGreaterThan(2)
    late[0]?.ack()
    await journal.append('13')
    await settle()
    expect(late.map(({ position: { firstSeq }, gaps }) => ({ firstSeq, gaps }))).toEqual([
      { firstSeq: 1, gaps: [] },
      { firstSeq: 13, gaps: [] },
    ])
  })

  it('hands out a large frame in small batches without copying the rest each time', async () => {
    const journal = await openJournal(directory, {
      codec: jsonCodec<number>(),
      fileSystem: newFileSystem(),
    })
    const count = 200_000
    await journal.appendBatch(Array.from({ length: count }, () => 1))
    const subscriber = await journal.subscriber('s')
    let received = 0
    // Copying would take minutes, more than a test may last.
    await collect(
      subscriber.batches({ maxRecords: 1 }).pipe(
        take(count),
        tap((batch) => {
          received += batch.values.length
          batch.ack()
        }),
        last(),
      ),
    )
    expect(received).toBe(count)
  })

  it('waits for commits and delivers each record once, in order', async () => {
    const journal = await openStrings(newFileSystem())
    const subscriber = await journal.subscriber('live')
    const seen: string[] = []
    subscriber.batches().subscribe((batch) => {
      seen.push(...batch.values)
      batch.ack()
    })
    for (const value of numbers(20)) await journal.append(value)
    await settle()
    expect(seen).toEqual(numbers(20))
  })

  it('never delivers what is not durable yet', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const subscriber = await journal.subscriber('live')
    const seen: string[] = []
    subscriber.batches().subscribe((batch) => {
      const durable = copyOf(fileSystem)
      seen.push(...batch.values)
      checks.push(
        openStrings(durable).then((after) =>
          expect(after.stats.lastSeq).toBeGreaterThanOrEqual(batch.position.lastSeq),
        ),
      )
    })
    const checks: Promise<void>[] = []
    await Promise.all(numbers(10).map((value) => journal.append(value)))
    await settle()
    await Promise.all(checks)
    expect(seen.length).toBe(10)
  })

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'misses neither an ack nor a commit that comes %i microtasks later',
    async (ticks) => {
      const journal = await openStrings(newFileSystem())
      const subscriber = await journal.subscriber('prompt')
      const seen: string[] = []
      const wait = async (): Promise<void> => {
        for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      }
      subscriber.batches({ maxRecords: 1, maxInFlight: 1 }).subscribe((batch) => {
        seen.push(...batch.values)
        void wait().then(() => batch.ack())
      })
      for (const value of numbers(10)) {
        await journal.append(value)
        await wait()
      }
      await settle()
      expect(seen).toEqual(numbers(10))
    },
  )

  it('starts again at the acknowledged position when subscribed again, in this life and the next', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.appendBatch(numbers(10))
    const subscriber = await journal.subscriber('s')
    const initial = await first(subscriber.batches({ maxRecords: 4 }))
    expect(initial.values).toEqual(['1', '2', '3', '4'])
    const again = await first(subscriber.batches({ maxRecords: 4 }))
    expect(again.values).toEqual(initial.values)
    again.ack()
    await journal.close()
    const reopened = await openStrings(fileSystem)
    const resumed = await reopened.subscriber('s', { from: 'newest' })
    expect((await first(resumed.batches())).position.firstSeq).toBe(5)
  })

  it('refuses a second subscription while one is active, and lets retry() in', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.append('1')
    const subscriber = await journal.subscriber('s')
    const active = subscriber.batches().subscribe()
    await expect(first(subscriber.batches())).rejects.toMatchObject({
      code: 'JOURNAL_SUBSCRIBER_BUSY',
    })
    active.unsubscribe()
    let failures = 2
    const value = await first(
      subscriber.batches().pipe(
        concatMap((batch) => (failures-- > 0 ? throwError(() => new Error('sink')) : of(batch.values[0]))),
        retry(3),
      ),
    )
    expect(value).toBe('1')
  })

  it('completes when the journal is closed, when the subscriber is removed, and at once after that', async () => {
    const journal = await openStrings(newFileSystem())
    const ends: string[] = []
    const watch = async (name: string): Promise<Subscription> =>
      (await journal.subscriber(name)).batches().subscribe({ complete: () => ends.push(name) })
    await watch('removed')
    await watch('closed')
    const late = await journal.subscriber('late')
    await journal.removeSubscriber('removed')
    expect(ends).toEqual(['removed'])
    await journal.close()
    expect(ends).toEqual(['removed', 'closed'])
    late.batches().subscribe({ complete: () => ends.push('late') })
    expect(ends).toEqual(['removed', 'closed', 'late'])
  })

  it('takes an ack after close, after removal and from an earlier life without harm', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.appendBatch(numbers(4))
    const batch = await first((await journal.subscriber('s')).batches({ maxRecords: 2 }))
    await journal.removeSubscriber('s')
    batch.ack()
    const other = await first((await journal.subscriber('s')).batches({ maxRecords: 2 }))
    batch.ack()
    expect(journal.subscribers()).toMatchObject([{ name: 's', ackedSeq: 0 }])
    await journal.close()
    other.ack()
    const reopened = await openStrings(fileSystem)
    other.ack()
    expect(reopened.subscribers()).toMatchObject([{ name: 's', ackedSeq: 0, lagRecords: 4 }])
  })

  it('checks its options at the call', async () => {
    const journal = await openStrings(newFileSystem())
    const subscriber = await journal.subscriber('s')
    expect(() => subscriber.batches({ maxInFlight: 0 })).toThrow('JOURNAL_BAD_OPTION')
    await expect(journal.subscriber('')).rejects.toThrow('JOURNAL_BAD_OPTION')
    await expect(journal.subscriber('x'.repeat(121))).rejects.toThrow('JOURNAL_BAD_OPTION')
    await expect(journal.subscriber('s', { maxLag: 5 } as never)).rejects.toThrow(
      'unknown option "maxLag"; known are from, transient, maxLagRecords',
    )
  })
})

describe('subscriber()', () => {
  it('begins at the oldest or behind the newest record, and is the same object for the same name', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(numbers(3))
    const [oldest, same] = await Promise.all([
      journal.subscriber('a'),
      journal.subscriber('a', { from: 'newest' }),
    ])
    expect(same).toBe(oldest)
    expect(oldest.ackedSeq).toBe(0)
    expect((await journal.subscriber('b', { from: 'newest' })).ackedSeq).toBe(3)
    expect(journal.subscribers()).toMatchObject([
      { name: 'a', lagRecords: 3 },
      { name: 'b', lagRecords: 0, lagBytes: 0 },
    ])
  })

  it('takes any name, and keeps it over a restart', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const names = ['../../etc', '__proto__', 'grüße', 'a b/c']
    for (const name of names) await journal.subscriber(name)
    await journal.close()
    const reopened = await openStrings(fileSystem)
    expect(
      reopened
        .subscribers()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort())
  })

  it('acknowledged beyond the end of the journal gets no new record under an old number', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.appendBatch(numbers(5))
    await journal.subscriber('behind')
    await readAll(journal, 's')
    await journal.close()
    for (const path of await segmentFiles(fileSystem)) await fileSystem.remove(path)
    const reopened = await openStrings(fileSystem)
    expect(reopened.recovery.problems).toMatchObject([{ reason: 'cursor-ahead', toSeq: 5 }])
    expect(await reopened.append('six')).toEqual({ firstSeq: 6, lastSeq: 6 })
    expect([...(await readAll(reopened, 's')).values]).toEqual([[6, 'six']])
    expect((await readAll(reopened, 'behind')).gaps).toEqual([
      { fromSeq: 1, toSeq: 5, reason: 'missing-segment' },
    ])
  })
})

describe('ackAfter()', () => {
  it('acknowledges a batch when its inner stream completes, one after the other', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(numbers(4))
    const subscriber = await journal.subscriber('s')
    const gates: Subject<string>[] = []
    const seen: string[] = []
    subscriber
      .batches({ maxRecords: 2 })
      .pipe(
        ackAfter(() => {
          const gate = new Subject<string>()
          gates.push(gate)
          return gate
        }),
      )
      .subscribe((value) => seen.push(value))
    await settle()
    expect(gates.length).toBe(1)
    gates[0]!.next('working')
    expect(subscriber.ackedSeq).toBe(0)
    gates[0]!.complete()
    expect(subscriber.ackedSeq).toBe(2)
    expect(gates.length).toBe(2)
    expect(seen).toEqual(['working'])
  })

  it('acknowledges a promise before its value is handed on, so that firstValueFrom leaves nothing behind', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.append('1')
    const subscriber = await journal.subscriber('s')
    const stored = subscriber.batches().pipe(ackAfter(async (batch) => batch.position.lastSeq))
    expect(await firstValueFrom(stored)).toBe(1)
    expect(subscriber.ackedSeq).toBe(1)
  })

  it('passes an error on and acknowledges nothing, thrown or emitted', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.append('1')
    const subscriber = await journal.subscriber('s')
    const failing = [
      () => throwError(() => new Error('sink')),
      () => {
        throw new Error('sink')
      },
    ]
    for (const project of failing) {
      await expect(collect(subscriber.batches().pipe(ackAfter(project, { retry: false })))).rejects.toThrow(
        'sink',
      )
      expect(subscriber.ackedSeq).toBe(0)
    }
  })

  it('acknowledges nothing when unsubscribed in the middle', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.append('1')
    const subscriber = await journal.subscriber('s')
    const subscription = subscriber
      .batches()
      .pipe(ackAfter(() => NEVER))
      .subscribe()
    await settle()
    subscription.unsubscribe()
    expect(subscriber.ackedSeq).toBe(0)
    expect(
      await collect(
        subscriber.batches().pipe(
          ackAfter(() => of('ok')),
          take(1),
        ),
      ),
    ).toEqual(['ok'])
  })
})

describe('retention', () => {
  const fill = async (count: number): ReturnType<typeof openStrings> => {
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < count; index += 1) await journal.append(`${index}${'x'.repeat(1500)}`)
    return journal
  }
  let fileSystem = newFileSystem()

  it('removes a segment when every subscriber has read it, and keeps the newest', async () => {
    fileSystem = newFileSystem()
    const journal = await fill(9)
    await journal.subscriber('slow')
    const before = await segmentFiles(fileSystem)
    await readAll(journal, 'fast')
    expect(await segmentFiles(fileSystem)).toEqual(before)
    await readAll(journal, 'slow')
    expect(await segmentFiles(fileSystem)).toEqual(before.slice(-1))
    expect(journal.stats).toMatchObject({ segments: 1, firstSeq: 9, lastSeq: 9 })
  })

  it('reclaims at once what only a removed laggard needed', async () => {
    fileSystem = newFileSystem()
    const journal = await fill(9)
    await journal.subscriber('laggard')
    await readAll(journal, 'fast')
    await journal.removeSubscriber('laggard')
    expect((await segmentFiles(fileSystem)).length).toBe(1)
    expect((await fileSystem.list(`${directory}/subscribers`)).length).toBe(1)
  })

  it('removes nothing while there is no subscriber', async () => {
    fileSystem = newFileSystem()
    const journal = await fill(9)
    expect(journal.stats.firstSeq).toBe(1)
  })

  it('never removes a segment before the cursor behind it is durable', async () => {
    fileSystem = newFileSystem()
    const cuts: MemoryFileSystem[] = []
    const journal = await openStrings({
      ...fileSystem,
      remove: async (path) => {
        if (path.endsWith('.segment')) cuts.push(fileSystem.powerCut(() => undefined))
        await fileSystem.remove(path)
      },
      // The first becomes the spare.
      rename: async (from, to) => {
        if (from.endsWith('.segment')) cuts.push(fileSystem.powerCut(() => undefined))
        await fileSystem.rename(from, to)
      },
    })
    for (let index = 0; index < 9; index += 1) await journal.append(`${index}${'x'.repeat(1500)}`)
    await readAll(journal, 'reader')
    expect(cuts.length).toBe(4)
    for (const [index, cut] of cuts.entries()) {
      const [status] = (await openStrings(cut)).subscribers()
      // Two records a segment.
      expect(status?.ackedSeq).toBeGreaterThanOrEqual((index + 1) * 2)
    }
  })
})
