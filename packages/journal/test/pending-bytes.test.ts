import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Codec, WriteResult } from '../src/index.ts'
import { jsonCodec, openJournal } from '../src/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'

const mebibyte = 1024 * 1024

describe('what waits for the disk', () => {
  it('is bounded in bytes: more rejects with JOURNAL_BUSY until something is written', async () => {
    const journal = await openJournal('bytes', { fileSystem: newFileSystem(), maxPendingBytes: 8 * mebibyte })
    const record = new Uint8Array(2 * mebibyte)
    const appends = Array.from({ length: 400 }, () => journal.append(record, { durability: 'os' }))
    expect(journal.stats.pending).toBe(4)
    const results = await Promise.allSettled(appends)
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(4)
    expect(results[4]).toMatchObject({ reason: { code: 'JOURNAL_BUSY', retryable: true } })
    expect(journal.stats).toMatchObject({ appended: 4, dropped: 396, pending: 0 })
    expect(await journal.append(record)).toEqual({ firstSeq: 5, lastSeq: 5 })
  })

  it.each([
    ['with an encoder', undefined],
    ['without one', true],
  ])('is encoded at most twice by a codec %s, however much comes in one turn', async (_, plain) => {
    let encoded = 0
    const json = jsonCodec<string>()
    const codec: Codec<string> = {
      name: 'json',
      decode: (bytes) => json.decode(bytes),
      encode: (values) => {
        const bytes = json.encode(values)
        encoded += bytes.length
        return bytes
      },
      ...(plain === undefined && {
        encoder: () => {
          const inner = json.encoder!()
          const add = (values: readonly string[], most: number): number => {
            for (const value of values) encoded += value.length
            return inner.add(values, most)
          }
          return { add, body: () => inner.body(), reset: () => inner.reset() }
        },
      }),
    }
    const journal = await openStrings(newFileSystem(), { codec, segmentBytes: 16 * mebibyte })
    const values = Array.from({ length: 400 }, (_value, index) => `${index}${'x'.repeat(20_000)}`)
    await Promise.all(values.map((value) => journal.append(value)))
    await journal.appendBatch(values)
    expect(encoded).toBeLessThan(2 * 2.1 * 8 * mebibyte)
    expect([...(await readAll(journal)).values.values()]).toEqual([...values, ...values])
  })

  it('may be changed by the caller as soon as it is appended', async () => {
    const journal = await openJournal('bytes', { fileSystem: newFileSystem() })
    const record = Uint8Array.of(1)
    const tailed: number[] = []
    journal.tail().subscribe(([byte = 0]) => tailed.push(byte))
    const appended = journal.append(record)
    record[0] = 9
    await appended
    expect(tailed).toEqual([1])
  })

  it('in write() is dropped above as many bytes, and told', async () => {
    const journal = await openStrings(newFileSystem(), { maxPendingBytes: 5000 })
    const source = new Subject<string>()
    const results: WriteResult[] = []
    source.pipe(journal.write()).subscribe((result) => results.push(result))
    for (let index = 0; index < 10; index += 1) source.next('x'.repeat(1000))
    await settle()
    source.next('y')
    await settle()
    expect(results).toEqual([
      { type: 'dropped', reason: 'overflow', count: 5 },
      { type: 'written', firstSeq: 1, lastSeq: 5, count: 5 },
      { type: 'written', firstSeq: 6, lastSeq: 6, count: 1 },
    ])
  })

  it('in writeBatches() is written piece by piece, and no batch is acknowledged before its last piece', async () => {
    const journal = await openStrings(newFileSystem(), { maxPendingBytes: 5000 })
    const source = new Subject<{ values: readonly string[]; ack: () => void }>()
    const most: number[] = []
    let acked = 0
    source.pipe(journal.writeBatches()).subscribe()
    const values = Array.from({ length: 40 }, () => 'x'.repeat(1000))
    source.next({ values, ack: () => (acked = journal.stats.lastSeq) })
    for (let turn = 0; turn < 400; turn += 1) {
      most.push(journal.stats.pending)
      await Promise.resolve()
    }
    await settle()
    expect(Math.max(...most)).toBeLessThanOrEqual(5)
    expect(acked).toBe(40)
  })
})

describe('appendShared()', () => {
  it('gives all records of a frame one promise, with the numbers of all of them', async () => {
    const journal = await openStrings(newFileSystem())
    const promises = [journal.appendShared('a'), journal.appendShared('b')]
    expect(promises[0]).toBe(promises[1])
    const own = journal.append('c')
    expect(await promises[0]).toEqual({ firstSeq: 1, lastSeq: 3 })
    expect(await own).toEqual({ firstSeq: 3, lastSeq: 3 })
  })

  it('rejects alone what the codec refuses, and together what the disk does not take', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const good = journal.appendShared('a')
    await expect(journal.appendShared(undefined as never)).rejects.toMatchObject({
      code: 'JOURNAL_UNENCODABLE',
    })
    expect(await good).toEqual({ firstSeq: 1, lastSeq: 1 })
    const mend = [fileSystem.fail('write', 'EIO'), fileSystem.fail('open', 'EIO')]
    const failing = [journal.appendShared('b'), journal.append('c')]
    for (const failed of failing) await expect(failed).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    for (const end of mend) end()
    expect(await journal.appendShared('d')).toEqual({ firstSeq: 2, lastSeq: 2 })
    await journal.close()
    await expect(journal.appendShared('e')).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
  })
})
