import { describe, expect, it } from 'vitest'

import { bytesCodec, openJournal } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import type { Delivered } from './helpers/journals.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  segmentFiles,
  settle,
} from './helpers/journals.ts'
import { stride } from './helpers/stride.ts'

const records = Array.from({ length: 6 }, (_, index) => `record ${index + 1}`)

/** Three frames of two records, a cursor at 2, and one at 0 that holds everything. */
async function smallJournal(close: boolean): Promise<MemoryFileSystem> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem)
  for (let index = 0; index < 6; index += 2) await journal.appendBatch(records.slice(index, index + 2))
  await journal.subscriber('all')
  const subscriber = await journal.subscriber('old')
  const subscription = subscriber.batches({ maxRecords: 2, maxInFlight: 1 }).subscribe((batch) => {
    if (batch.position.firstSeq === 1) batch.ack()
  })
  await settle()
  subscription.unsubscribe()
  if (close) await journal.close()
  return copyOf(fileSystem)
}

/** What is delivered was appended, at its place; gives the sequence numbers that neither a value nor a gap covers. */
function uncovered({ values, gaps }: Delivered): readonly number[] {
  for (const [seq, value] of values) expect(value).toBe(records[seq - 1])
  return records
    .map((_, index) => index + 1)
    .filter((seq) => !values.has(seq) && !gaps.some((gap) => gap.fromSeq <= seq && seq <= gap.toSeq))
}

async function filesOf(fileSystem: MemoryFileSystem): Promise<readonly string[]> {
  const cursors = (await fileSystem.list(`${directory}/subscribers`)).map(
    (name) => `${directory}/subscribers/${name}`,
  )
  return [`${directory}/journal.json`, ...cursors, ...(await segmentFiles(fileSystem))]
}

describe.each([
  ['closed', true],
  ['not closed', false],
])('a journal that was %s', (_, closed) => {
  // A segment that was not closed has its full length, and opening it writes.
  const step = stride(closed ? 7 : 61)

  it('opens with a bit of any byte flipped, and delivers each record or a gap for it', async () => {
    const original = await smallJournal(closed)
    for (const path of await filesOf(original)) {
      for (let byte = 0; byte < original.contents(path).length; byte += step) {
        // Between the slots of a cursor there is nothing.
        if (path.endsWith('.cursor') && byte >= 64 && byte < 4096) continue
        const fileSystem = copyOf(original)
        fileSystem.contents(path)[byte]! ^= 1 << (byte & 7)
        const journal = await openStrings(fileSystem)
        const delivered = await readAll(journal, 'all')
        // Only in the last frame of a journal that was not closed damage cannot be told from a torn write.
        const missing = uncovered(delivered).filter((seq) => closed || seq <= 4)
        expect({ path, byte, missing }).toEqual({ path, byte, missing: [] })
        // Opening again gives the same.
        expect((await openStrings(fileSystem)).stats.lastSeq).toBe(journal.stats.lastSeq)
      }
    }
  })

  it('opens cut off at any byte of its segment, and alters nothing before the cut', async () => {
    const original = await smallJournal(closed)
    const [path] = await segmentFiles(original)
    const whole = original.contents(path!).slice()
    let most = 0
    for (let length = whole.length % step; length <= whole.length; length += step) {
      const fileSystem = copyOf(original)
      await replaceFile(fileSystem, path!, whole.subarray(0, length))
      const journal = await openStrings(fileSystem)
      const { values, gaps } = await readAll(journal, 'all')
      for (const [seq, value] of values) expect(value).toBe(records[seq - 1])
      expect(values.size).toBeGreaterThanOrEqual(most)
      most = values.size
      // The cursor at 2 proves that the first two records had been durable.
      if (values.size < 2) expect(gaps).toEqual([{ fromSeq: 1, toSeq: 2, reason: expect.any(String) }])
      // New records never take numbers that a subscriber has acknowledged.
      expect((await journal.append('new')).firstSeq).toBe(Math.max(2, values.size) + 1)
    }
    expect(most).toBe(6)
  })

  it('opens with zeros from any byte of its segment on, and alters nothing before', async () => {
    const original = await smallJournal(closed)
    const [path] = await segmentFiles(original)
    const whole = original.contents(path!).slice()
    for (let from = 0; from < whole.length; from += step) {
      const fileSystem = copyOf(original)
      fileSystem.contents(path!).fill(0, from)
      const journal = await openStrings(fileSystem)
      const delivered = await readAll(journal, 'all')
      for (const [seq, value] of delivered.values) expect(value).toBe(records[seq - 1])
      // The cursor at 2 proves that the first two records had been durable.
      expect(uncovered(delivered).filter((seq) => seq <= 2)).toEqual([])
      expect((await openStrings(fileSystem)).stats.lastSeq).toBe(journal.stats.lastSeq)
    }
  })

  it('opens with garbage or an old frame behind its end', async () => {
    const original = await smallJournal(closed)
    const [path] = await segmentFiles(original)
    const whole = original.contents(path!)
    for (const behind of [new Uint8Array(100).fill(7), new Uint8Array(4096), whole.slice(128, 300)]) {
      const fileSystem = copyOf(original)
      await replaceFile(fileSystem, path!, Buffer.concat([whole, behind]))
      const { values, gaps } = await readAll(await openStrings(fileSystem))
      expect([...values.values()]).toEqual(records)
      expect(gaps).toEqual([])
    }
  })
})

describe('damage', () => {
  it('to one frame of a closed journal costs that frame only, is reported, and leaves the file as it is', async () => {
    const fileSystem = await smallJournal(true)
    const [path] = await segmentFiles(fileSystem)
    const at = Buffer.from(fileSystem.contents(path!)).indexOf('record 3')
    fileSystem.contents(path!)[at]! ^= 1
    const before = fileSystem.contents(path!).slice()
    const journal = await openStrings(fileSystem)
    const gap = { fromSeq: 3, toSeq: 4, reason: 'corrupt' }
    expect(journal.recovery.gaps).toEqual([gap])
    expect(journal.recovery.problems).toMatchObject([{ reason: 'quarantined', fromSeq: 3, toSeq: 4 }, gap])
    const { values, gaps } = await readAll(journal)
    expect([...values.keys()]).toEqual([1, 2, 5, 6])
    expect(gaps).toEqual([gap])
    expect(fileSystem.contents(path!)).toEqual(before)
    // The copy is made once, however often the damage is seen.
    await openStrings(fileSystem)
    const copies = await fileSystem.list(`${directory}/quarantine`)
    expect(copies.length).toBe(1)
    const copy = Buffer.from(fileSystem.contents(`${directory}/quarantine/${copies[0]!}`))
    expect(copy.equals(Buffer.from(before).subarray(at - 66, at - 66 + copy.length))).toBe(true)
  })

  it.each([
    ['that the disk does not read any more', 'unreadable'],
    ['with all of its headers destroyed', 'destroyed'],
  ])('to the whole newest segment, %s, is a gap, and no number is given twice', async (_, how) => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 1; index <= 8; index += 1) await journal.append(`${index}:${'x'.repeat(1000)}`)
    const damaged = copyOf(fileSystem)
    const path = (await segmentFiles(damaged)).at(-1)!
    const bytes = damaged.contents(path)
    if (how === 'unreadable') damaged.badSectors(path, 0, bytes.length)
    else {
      for (let at = 0; at < bytes.length; at += 8) {
        // Segment header and frame headers, by their checksums.
        if (at === 0 || Buffer.from(bytes).toString('latin1', at, at + 4) === 'TJF1') bytes[at + 20]! ^= 1
      }
    }
    const reopened = await openStrings(damaged)
    const [gap] = reopened.recovery.gaps
    expect(gap).toMatchObject({ reason: 'corrupt' })
    expect(gap!.toSeq).toBeGreaterThanOrEqual(8)
    const { firstSeq } = await reopened.append('new')
    expect(firstSeq).toBe(gap!.toSeq + 1)
    const { values, gaps } = await readAll(reopened)
    expect(gaps).toEqual([gap])
    expect([...values.keys()].filter((seq) => seq < firstSeq)).toEqual(
      Array.from({ length: gap!.fromSeq - 1 }, (__, index) => index + 1),
    )
    // Opening again gives the same.
    expect((await openStrings(copyOf(damaged))).stats.lastSeq).toBe(firstSeq)
  })

  it('is not seen in a segment that a crash left while it was being begun', async () => {
    const fileSystem = await smallJournal(true)
    const [first] = await segmentFiles(fileSystem)
    const old = fileSystem.contents(first!).slice().fill(0, 0, 128)
    await replaceFile(fileSystem, `${directory}/0000000000000002.segment`, old)
    const journal = await openStrings(fileSystem)
    expect(journal.recovery).toMatchObject({ lastSeq: 6, gaps: [] })
  })

  it('that removes a segment is a gap, and the rest is delivered', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < 12; index += 1) await journal.append(`${index}:${'x'.repeat(1500)}`)
    await journal.close()
    const files = await segmentFiles(fileSystem)
    expect(files.length).toBeGreaterThan(3)
    await fileSystem.remove(files[1]!)
    const reopened = await openStrings(fileSystem)
    const gap = { fromSeq: 3, toSeq: 4, reason: 'missing-segment' }
    expect(reopened.recovery.gaps).toEqual([gap])
    const { values, gaps } = await readAll(reopened)
    expect(gaps).toEqual([gap])
    expect(values.size).toBe(10)
  })

  it('while the journal is open is a gap for whoever reads it', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('one')
    await journal.append('two')
    const [path] = await segmentFiles(fileSystem)
    fileSystem.contents(path!).fill(0, 128, 160)
    const { values, gaps } = await readAll(journal)
    expect([...values]).toEqual([[2, 'two']])
    expect(gaps).toEqual([{ fromSeq: 1, toSeq: 1, reason: 'corrupt' }])
    expect(journal.stats.problems).toBe(2)
  })

  it('never makes a frame inside a record into one of the journal', async () => {
    const other = await smallJournal(true)
    const [frames] = await segmentFiles(other)
    const bytes = other.contents(frames!)
    const fileSystem = newFileSystem()
    const codec = bytesCodec()
    const journal = await openJournal(directory, { codec, fileSystem })
    await journal.append(new Uint8Array(8))
    // Four bytes more than its length prefix: the frames inside lie where frames are looked for.
    await journal.append(Buffer.concat([new Uint8Array(4), bytes]))
    await journal.append(new Uint8Array(8))
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    // The header of the second frame.
    fileSystem.contents(path!)[128 + 64 + 16 + 20]! ^= 1
    const reopened = await openJournal(directory, { codec, fileSystem })
    expect(reopened.recovery.gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }])
    expect(reopened.recovery.lastSeq).toBe(3)
  })

  it('to a cursor holds every segment and starts the subscriber again', async () => {
    const fileSystem = await smallJournal(true)
    const name = `${Buffer.from('old').toString('hex')}.cursor`
    fileSystem.contents(`${directory}/subscribers/${name}`).fill(0)
    const journal = await openStrings(fileSystem)
    expect(journal.recovery.problems).toMatchObject([{ reason: 'cursor-unreadable', subscriber: 'old' }])
    expect((await readAll(journal, 'old')).values.size).toBe(6)
  })

  it('to a cursor makes no gap of what had been read and removed', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < 9; index += 1) await journal.append(`${index}${'x'.repeat(1500)}`)
    await readAll(journal, 'old')
    await journal.close()
    const [name] = await fileSystem.list(`${directory}/subscribers`)
    fileSystem.contents(`${directory}/subscribers/${name!}`).fill(0)
    const { values, gaps } = await readAll(await openStrings(fileSystem), 'old')
    expect([...values.keys()]).toEqual([9])
    expect(gaps).toEqual([])
  })

  it('to journal.json keeps the id that the segments bear', async () => {
    const fileSystem = await smallJournal(true)
    const { id } = await openStrings(copyOf(fileSystem))
    await replaceFile(fileSystem, `${directory}/journal.json`, new Uint8Array([1, 2, 3]))
    const journal = await openStrings(fileSystem)
    expect(journal.id).toBe(id)
    expect(journal.recovery.problems).toMatchObject([{ reason: 'identity-lost' }])
    expect(journal.subscribers()).toMatchObject([{ name: 'all' }, { name: 'old', ackedSeq: 2 }])
  })

  it('leaves alone a foreign file that ends in .new, and removes an unfinished segment', async () => {
    const fileSystem = await smallJournal(true)
    const unfinished = `${directory}/00000000000000ff.segment.new`
    for (const path of [`${directory}/notes.new`, unfinished]) {
      await replaceFile(fileSystem, path, new Uint8Array([1]))
    }
    await openStrings(fileSystem)
    const names = await fileSystem.list(directory)
    expect(names).toContain('notes.new')
    expect(names).not.toContain('00000000000000ff.segment.new')
  })

  it('leaves alone a segment of another journal', async () => {
    const fileSystem = await smallJournal(true)
    const other = await smallJournal(true)
    const [foreign] = await segmentFiles(other)
    const path = `${directory}/00000000000000ff.segment`
    await replaceFile(fileSystem, path, other.contents(foreign!))
    const journal = await openStrings(fileSystem)
    expect(journal.recovery.problems).toMatchObject([{ reason: 'foreign-file' }])
    expect((await readAll(journal)).values.size).toBe(6)
    await journal.append('more')
    expect(await segmentFiles(fileSystem)).toContain(path)
  })
})
