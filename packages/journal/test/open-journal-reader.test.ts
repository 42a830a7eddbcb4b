import { describe, expect, it } from 'vitest'

import type { JournalBatch } from '../src/index.ts'
import type { JournalReader, JournalReaderOptions } from '../src/reader/index.ts'
import { ackAfter, bytesCodec, jsonCodec } from '../src/index.ts'
import { openJournalReader } from '../src/reader/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import {
  countingFileSystem,
  directory,
  newFileSystem,
  openStrings,
  replaceFile,
  segmentFiles,
  settle,
} from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

const openReader = (
  fileSystem: JournalReaderOptions['fileSystem'],
  options: Partial<JournalReaderOptions<string>> = {},
): Promise<JournalReader<string>> =>
  openJournalReader(directory, { codec: jsonCodec<string>(), ...options, fileSystem: fileSystem! })

const valuesOf = (batches: readonly JournalBatch<string>[]): readonly string[] =>
  batches.flatMap(({ values }) => values)

const long = (index: number): string => `${index}:${'x'.repeat(200)}`

describe('openJournalReader()', () => {
  it('sees a record once a later frame certifies it, which an idle writer does after 200 ms', async () => {
    const fileSystem = newFileSystem()
    using time = virtualTime()
    await using journal = await openStrings(fileSystem)
    await using reader = await openReader(fileSystem)
    expect(reader.id).toBe(journal.id)
    for (const value of ['a', 'b', 'c']) await journal.append(value)
    expect(valuesOf(await collect(reader.readFrom('oldest')))).toEqual(['a', 'b'])
    expect(reader.lastSeq).toBe(2)
    await time.advanceBy(200)
    expect(valuesOf(await collect(reader.readFrom('oldest')))).toEqual(['a', 'b', 'c'])
  })

  it('sees nothing that is not durable, whatever the durability of the writer', async () => {
    const fileSystem = newFileSystem()
    await using journal = await openStrings(fileSystem, { durability: 'os' })
    await using reader = await openReader(fileSystem)
    for (let index = 0; index < 5; index += 1) await journal.append(long(index))
    expect(await collect(reader.readFrom('oldest'))).toEqual([])
    await journal.flush()
    await journal.append('next')
    expect(valuesOf(await collect(reader.readFrom('oldest')))).toHaveLength(5)
  })

  it('follows through new segments, and looks only while somebody reads', async () => {
    const fileSystem = newFileSystem()
    using time = virtualTime()
    const journal = await openStrings(fileSystem)
    const reader = await openReader(fileSystem)
    expect(time.scheduled).toBe(0)
    const seen: string[] = []
    const follow = reader.readFrom('oldest', { follow: true }).pipe(ackAfter((batch) => batch.values))
    let done = false
    const subscription = follow.subscribe({
      next: (value) => seen.push(value),
      complete: () => {
        done = true
      },
    })
    for (let index = 0; index < 60; index += 1) {
      await journal.append(long(index))
      if (index % 7 === 0) await time.advanceBy(100)
    }
    await journal.close()
    await time.advanceBy(100)
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => long(index)))
    expect(time.scheduled).toBe(1)
    subscription.unsubscribe()
    expect(time.scheduled).toBe(0)
    follow.subscribe({
      complete: () => {
        done = true
      },
    })
    await time.advanceBy(100)
    await reader.close()
    expect(done).toBe(true)
    expect(time.scheduled).toBe(0)
  })

  it('goes on when the writer opens the journal again, also after a crash', async () => {
    let fileSystem = newFileSystem()
    using time = virtualTime()
    const journal = await openStrings(fileSystem)
    await journal.append('a')
    await journal.append('b')
    fileSystem = fileSystem.processKill()
    await using reader = await openReader(fileSystem)
    const seen: string[] = []
    reader.readFrom('oldest', { follow: true }).subscribe((batch) => {
      seen.push(...batch.values)
      batch.ack()
    })
    await time.advanceBy(100)
    expect(seen).toEqual(['a'])
    const again = await openStrings(fileSystem)
    await again.append('c')
    await again.append('d')
    await time.advanceBy(100)
    expect(seen).toEqual(['a', 'b', 'c'])
    await again.close()
    await time.advanceBy(100)
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
  })

  it('tells of segments that are removed and written over under it as one gap', async () => {
    const fileSystem = newFileSystem()
    using time = virtualTime()
    await using journal = await openStrings(fileSystem, { whenFull: 'drop-oldest', maxBytes: 16_384 })
    await using reader = await openReader(fileSystem)
    const batches: JournalBatch<string>[] = []
    for (let index = 0; index < 20; index += 1) await journal.append(long(index))
    reader
      .readFrom('oldest', { follow: true, maxRecords: 1, maxInFlight: 1 })
      .subscribe((batch) => batches.push(batch))
    await time.advanceBy(100)
    expect(valuesOf(batches)).toEqual([long(0)])
    for (let index = 20; index < 300; index += 1) await journal.append(long(index))
    const { firstSeq } = journal.stats
    for (let turn = 0; turn < 400; turn += 1) {
      batches.at(-1)?.ack()
      await settle()
      if (turn % 10 === 0) await time.advanceBy(100)
    }
    const gaps = batches.flatMap((batch) => batch.gaps)
    expect(gaps).toMatchObject([{ toSeq: firstSeq - 1, reason: 'evicted' }])
    const next = (gaps[0]?.fromSeq ?? 0) - 1
    const left = Array.from({ length: 300 }, (_, index) => long(index))
    expect(valuesOf(batches)).toEqual([...left.slice(0, next), ...left.slice(firstSeq - 1)])
  })

  it('reads what is whole around damage, also where a header is damaged', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < 60; index += 1) await journal.append(long(index))
    await journal.close()
    const [, second, third] = await segmentFiles(fileSystem)
    for (const [path, at] of [
      [second, 20],
      [third, 300],
    ] as const) {
      const bytes = fileSystem.contents(path!).slice()
      bytes[at]! ^= 1
      await replaceFile(fileSystem, path!, bytes)
    }
    await using reader = await openReader(fileSystem)
    const batches = await collect(reader.readFrom('oldest', { maxInFlight: 100 }))
    const gaps = batches.flatMap((batch) => batch.gaps)
    expect(gaps).toMatchObject([{ reason: 'corrupt' }])
    expect(valuesOf(batches)).toHaveLength(59)
  })

  it('changes no file and leaves none open', async () => {
    const { fileSystem, open } = countingFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < 60; index += 1) await journal.append(long(index))
    await journal.close()
    const before = fileSystem.powerCut((bytes) => bytes)
    const openBefore = open()
    const reader = await openReader(fileSystem)
    expect(valuesOf(await collect(reader.readFrom({ seq: 1 }, { maxInFlight: 100 })))).toHaveLength(60)
    await reader.close()
    expect(open()).toBe(openBefore)
    const names = await fileSystem.list(directory)
    expect(names).toEqual(await before.list(directory))
    for (const name of names.filter((other) => other !== 'subscribers')) {
      expect(fileSystem.contents(`${directory}/${name}`)).toEqual(before.contents(`${directory}/${name}`))
    }
  })

  it('reports a look that fails once, and goes on when the disk is mended', async () => {
    const fileSystem = newFileSystem()
    using time = virtualTime()
    const journal = await openStrings(fileSystem)
    await using reader = await openReader(fileSystem)
    const problems: string[] = []
    reader.problems.subscribe(({ reason }) => problems.push(reason))
    const seen: string[] = []
    reader.readFrom('oldest', { follow: true }).subscribe(({ values }) => seen.push(...values))
    await time.advanceBy(100)
    const mend = fileSystem.fail('list', 'EIO')
    await journal.append('a')
    await journal.close()
    await time.advanceBy(500)
    expect([seen, problems]).toEqual([[], ['io']])
    mend()
    await time.advanceBy(100)
    expect([seen, problems]).toEqual([['a'], ['io']])
  })

  it('refuses a folder without a journal, another codec, wrong options, and work when it is closed', async () => {
    const fileSystem = newFileSystem()
    await expect(openReader(fileSystem)).rejects.toMatchObject({ code: 'JOURNAL_NOT_A_FOLDER' })
    await (await openStrings(fileSystem)).close()
    const codec = bytesCodec()
    await expect(openJournalReader(directory, { codec, fileSystem })).rejects.toMatchObject({
      code: 'JOURNAL_CODEC_MISMATCH',
    })
    await expect(openReader(fileSystem, { pollMs: 0 })).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    const reader = await openReader(fileSystem)
    expect(() => reader.readFrom({ seq: 0 })).toThrow(/JOURNAL_BAD_OPTION/)
    await expect(reader.subscriber('x', { transient: true } as never)).rejects.toMatchObject({
      code: 'JOURNAL_BAD_OPTION',
    })
    await Promise.all([reader.close(), reader.close()])
    await expect(reader.subscriber('x')).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
    await expect(collect(reader.readFrom('oldest'))).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
  })
})
