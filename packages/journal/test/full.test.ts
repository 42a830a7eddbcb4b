import type { FileSystem } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { JournalBatch } from '../src/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'

const small = { segmentBytes: 4096, maxBytes: 12_288 } as const
const record = (index: number): string => `${index}${'x'.repeat(1500)}`

describe('a full journal', () => {
  it('refuses appends with JOURNAL_FULL, and takes them again when its subscribers have read', async () => {
    const journal = await openStrings(newFileSystem(), small)
    await journal.subscriber('reader')
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => journal.append(record(index))),
    )
    // A frame is never larger than a segment, so that what fits is taken, by whole frames.
    const failures = results.filter((result) => result.status === 'rejected')
    expect(failures.length).toBe(14)
    for (const { reason } of failures) {
      expect(reason).toMatchObject({ code: 'JOURNAL_FULL', facts: { maxBytes: 12_288 } })
    }
    expect(journal.stats.bytes).toBeLessThanOrEqual(12_288)
    await readAll(journal)
    expect((await journal.append('now')).firstSeq).toBe(7)
  })

  it('evicts the oldest segments with drop-oldest, and tells whoever had not read them, even after a restart', async () => {
    const fileSystem = newFileSystem()
    const options = { ...small, whenFull: 'drop-oldest' } as const
    const journal = await openStrings(fileSystem, options)
    await journal.subscriber('reader')
    await journal.subscriber('late')
    for (let index = 1; index <= 30; index += 1) await journal.append(record(index))
    const { firstSeq, bytes, evicted } = journal.stats
    expect(bytes).toBeLessThanOrEqual(12_288)
    expect(firstSeq).toBeGreaterThan(20)
    expect(evicted).toBe(firstSeq - 1)
    const gaps = [{ fromSeq: 1, toSeq: firstSeq - 1, reason: 'evicted' }]
    const delivered = await readAll(journal)
    expect(delivered.gaps).toEqual(gaps)
    await journal.close()
    expect((await readAll(await openStrings(fileSystem, options), 'late')).gaps).toEqual(gaps)
    expect([...delivered.values.values()]).toEqual(
      Array.from({ length: 31 - firstSeq }, (_, index) => record(firstSeq + index)),
    )
  })

  it('never takes more than maxBytes, however large a batch or a record is', async () => {
    const options = { segmentBytes: 4096, maxBytes: 8192 } as const
    const journal = await openStrings(newFileSystem(), { ...options, whenFull: 'drop-oldest' })
    journal.tail().subscribe(() => expect(journal.stats.bytes).toBeLessThanOrEqual(8192))
    await journal.appendBatch(Array.from({ length: 30 }, (_, index) => record(index)))
    for (let index = 0; index < 10; index += 1) await journal.append('x'.repeat(index * 390))
    expect(journal.stats.lastSeq).toBe(40)
    await expect(journal.append('x'.repeat(4096))).rejects.toMatchObject({ code: 'JOURNAL_RECORD_TOO_LARGE' })
  })

  it('evicts nothing in place of a segment that was read and removed meanwhile', async () => {
    const memory = newFileSystem()
    let gate = Promise.resolve()
    const fileSystem: FileSystem = {
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        if (mode !== 'create' || !path.endsWith('.segment')) return file
        return { ...file, sync: () => gate.then(() => file.sync()) }
      },
    }
    const journal = await openStrings(fileSystem, { ...small, whenFull: 'drop-oldest' })
    const reader = await journal.subscriber('reader')
    for (let index = 1; index <= 6; index += 1) await journal.append(record(index))
    const seen: JournalBatch<string>[] = []
    reader.batches({ maxRecords: 2, maxInFlight: 9 }).subscribe((batch) => seen.push(batch))
    await settle()
    let release = (): void => undefined
    gate = new Promise((resolve) => {
      release = resolve
    })
    const appended = journal.append(record(7))
    await settle()
    // The first segment was chosen to be evicted, and goes as read before the new one is durable.
    seen[0]?.ack()
    await settle()
    release()
    await appended
    expect(journal.stats).toMatchObject({ firstSeq: 3, lastSeq: 7, evicted: 0 })
    expect((await readAll(journal, 'other')).values.size).toBe(5)
  })

  it('passes a reader whose segment is evicted under it on to the next', async () => {
    const journal = await openStrings(newFileSystem(), { ...small, whenFull: 'drop-oldest' })
    const subscriber = await journal.subscriber('reader')
    const seen: string[] = []
    let release = (): void => undefined
    subscriber.batches({ maxRecords: 1, maxInFlight: 1 }).subscribe((batch) => {
      for (const gap of batch.gaps) seen.push(`gap ${gap.fromSeq}-${gap.toSeq} ${gap.reason}`)
      if (batch.values.length > 0) seen.push(`${batch.position.firstSeq}`)
      release = () => batch.ack()
    })
    for (let index = 1; index <= 12; index += 1) await journal.append(record(index))
    const { firstSeq } = journal.stats
    const covered = (): boolean => {
      release()
      return seen.at(-1) === '12'
    }
    for (let turn = 0; turn < 30 && !covered(); turn += 1)
      await new Promise((resolve) => setImmediate(resolve))
    expect(seen[0]).toBe('1')
    expect(seen.at(-1)).toBe('12')
    expect(seen).toContain(`${firstSeq}`)
    expect(seen.some((line) => line.endsWith('evicted'))).toBe(true)
  })
})
