import { describe, expect, it } from 'vitest'

import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'

const small = { segmentBytes: 4096, maxBytes: 12_288 } as const
const record = (index: number): string => `${index}${'x'.repeat(1500)}`

describe('a full journal', () => {
  it('refuses appends with JOURNAL_FULL, and takes them again when its subscribers have read', async () => {
    const journal = await openStrings(newFileSystem(), small)
    await journal.subscriber('reader')
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => journal.append(record(index))),
    )
    // They share a frame that does not fit.
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    let accepted = 0
    for (; accepted < 20; accepted += 1) {
      const failure = await journal.append(record(accepted)).catch((error: unknown) => error)
      if (failure instanceof Error) {
        expect(failure).toMatchObject({ code: 'JOURNAL_FULL', facts: { maxBytes: 12_288 } })
        break
      }
    }
    expect(accepted).toBe(7)
    expect(journal.stats.bytes).toBeLessThanOrEqual(12_288)
    await readAll(journal)
    expect((await journal.append('now')).firstSeq).toBe(8)
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

  it('passes a reader whose segment is evicted under it on to the next', async () => {
    const journal = await openStrings(newFileSystem(), { ...small, whenFull: 'drop-oldest' })
    const subscriber = await journal.subscriber('reader')
    const seen: string[] = []
    let release = (): void => undefined
    subscriber.batches({ maxRecords: 1, maxInFlight: 1 }).subscribe((batch) => {
      for (const gap of batch.gaps) seen.push(`gap ${gap.fromSeq}-${gap.toSeq} ${gap.reason}`)
      if (batch.values.length > 0) seen.push(`${batch.firstSeq}`)
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
