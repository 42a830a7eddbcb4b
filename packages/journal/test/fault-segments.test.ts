import { describe, expect, it } from 'vitest'

import { frameBytes, readFrameHeader, startsLikeFrame } from '../src/format/frame.ts'
import { segmentHeaderBytes } from '../src/format/segment-header.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  segmentFiles,
} from './helpers/journals.ts'

const record = (seq: number): string => `${seq}:${'x'.repeat(600)}`

/** Six records of one frame each in one segment, not closed, with a later one that vouches for all but the last. */
async function oneSegment(closed: boolean): Promise<{ fileSystem: MemoryFileSystem; path: string }> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem, { segmentBytes: 8192 })
  for (let seq = 1; seq <= 6; seq += 1) await journal.append(record(seq))
  if (closed) await journal.close()
  const [path = ''] = await segmentFiles(fileSystem)
  return { fileSystem: copyOf(fileSystem), path }
}

/** Where the frames of a segment with records stand. */
function framesIn(bytes: Uint8Array): readonly { readonly start: number; readonly end: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames = []
  let start = segmentHeaderBytes
  while (start + 64 <= bytes.length && startsLikeFrame(view, start)) {
    const header = readFrameHeader(bytes.subarray(start), view.getUint32(start + 12, true))
    if (header === undefined) break
    const end = start + frameBytes(header.bodyBytes)
    if (header.count > 0) frames.push({ start, end })
    start = end
  }
  return frames
}

/** What a reader gets, as one line: numbers, and gaps with their reason. */
async function delivered(fileSystem: MemoryFileSystem): Promise<string> {
  const journal = await openStrings(fileSystem, { segmentBytes: 8192 })
  const { values, gaps } = await readAll(journal, 'reader')
  for (const [seq, value] of values) expect(value).toBe(record(seq))
  return [
    [...values.keys()].join(' '),
    ...gaps.map((gap) => `${gap.fromSeq}-${gap.toSeq} ${gap.reason}`),
  ].join(', ')
}

describe('a disk that puts blocks in the wrong place', () => {
  it('has a frame twice: the copy is not a second record, and what it overwrote is a gap', async () => {
    const { fileSystem, path } = await oneSegment(true)
    const bytes = fileSystem.contents(path)
    const frames = framesIn(bytes)
    bytes.copyWithin(frames[3]!.start, frames[1]!.start, frames[1]!.end)
    expect(await delivered(fileSystem)).toBe('1 2 3 5 6, 4-4 corrupt')
  })

  it('has two frames swapped: neither is delivered out of order', async () => {
    const { fileSystem, path } = await oneSegment(true)
    const bytes = fileSystem.contents(path)
    const [, , third, fourth] = framesIn(bytes)
    const kept = bytes.slice(third!.start, third!.end)
    bytes.copyWithin(third!.start, fourth!.start, fourth!.end)
    bytes.set(kept, fourth!.start)
    expect(await delivered(fileSystem)).toBe('1 2 3 6, 4-5 corrupt')
  })

  it('has a block of another segment: it bears another salt and is a gap', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 4096 })
    for (let seq = 1; seq <= 10; seq += 1) await journal.append(record(seq))
    await journal.close()
    const [first = '', second = ''] = await segmentFiles(fileSystem)
    const other = fileSystem.contents(second)
    const frames = framesIn(fileSystem.contents(first))
    fileSystem.contents(first).set(other.subarray(frames[1]!.start, frames[1]!.end), frames[1]!.start)
    expect(await delivered(fileSystem)).toBe('1 3 4 5 6 7 8 9 10, 2-2 corrupt')
  })
})

describe('damage that goes on in the next segment', () => {
  it('is one gap', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 4096 })
    for (let seq = 1; seq <= 12; seq += 1) await journal.append(record(seq))
    await journal.close()
    const [first = '', second = ''] = await segmentFiles(fileSystem)
    const last = framesIn(fileSystem.contents(first)).at(-1)
    const [next] = framesIn(fileSystem.contents(second))
    fileSystem.contents(first).fill(0, last!.start + 100, last!.end)
    fileSystem.contents(second).fill(0, next!.start + 100, next!.end)
    expect(await delivered(fileSystem)).toBe('1 2 3 4 7 8 9 10 11 12, 5-6 corrupt')
  })
})

describe('a segment that is used again', () => {
  it('never delivers frames of its earlier use, whatever a crash leaves behind its end', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 8192 })
    await readAll(journal)
    for (let seq = 1; seq <= 40; seq += 1) {
      await journal.append(record(seq))
      await readAll(journal)
      const survived = await openStrings(fileSystem.processKill(), { segmentBytes: 8192 })
      expect(survived.recovery.lastSeq).toBe(seq)
      expect(survived.recovery.tornBytes).toBe(0)
      expect(survived.recovery.gaps).toEqual([])
      const { values, gaps } = await readAll(survived, 'other')
      expect(gaps).toEqual([])
      for (const [at, value] of values) expect(value).toBe(record(at))
    }
  })
})

describe('damage in the newest segment of a journal that was not closed', () => {
  it('is damage, with a copy and a gap, where a later frame says that the record had been durable', async () => {
    const { fileSystem, path } = await oneSegment(false)
    const bytes = fileSystem.contents(path)
    const frames = framesIn(bytes)
    bytes[frames[4]!.start + 100]! ^= 4
    const journal = await openStrings(fileSystem, { segmentBytes: 8192 })
    const gap = { fromSeq: 5, toSeq: 5, reason: 'corrupt' }
    expect(journal.recovery).toMatchObject({ lastSeq: 6, tornBytes: 0, gaps: [gap] })
    expect((await readAll(journal)).gaps).toEqual([gap])
    expect((await fileSystem.list(`${directory}/quarantine`)).length).toBe(1)
  })

  it('is damage too where the frame that says so is damaged in its own body', async () => {
    const { fileSystem, path } = await oneSegment(false)
    const bytes = fileSystem.contents(path)
    const frames = framesIn(bytes)
    for (const at of [4, 5]) bytes[frames[at]!.start + 100]! ^= 4
    const journal = await openStrings(fileSystem, { segmentBytes: 8192 })
    // Nothing vouches for the last one: that is a write that was cut off.
    expect(journal.recovery.gaps).toEqual([{ fromSeq: 5, toSeq: 5, reason: 'corrupt' }])
    expect((await journal.append('next')).firstSeq).toBe(6)
  })
})

describe('a folder that somebody has worked in', () => {
  /** Five segments of two records. */
  const fiveSegments = async (): Promise<{ fileSystem: MemoryFileSystem; files: readonly string[] }> => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 4096 })
    // Holds all of them.
    await journal.subscriber('keeper')
    for (let seq = 1; seq <= 10; seq += 1) await journal.append(`${seq}:${'x'.repeat(1500)}`)
    await journal.close()
    return { fileSystem, files: await segmentFiles(fileSystem) }
  }
  const read = async (fileSystem: MemoryFileSystem): Promise<string> => {
    const { values, gaps } = await readAll(await openStrings(fileSystem, { segmentBytes: 4096 }), 'reader')
    for (const [seq, value] of values) expect(value.startsWith(`${seq}:`)).toBe(true)
    const missing = gaps.map(({ fromSeq, toSeq, reason }) => `${fromSeq}-${toSeq} ${reason}`)
    return [[...values.keys()].join(' '), ...missing].join(', ')
  }
  const spare = (number: number): string => `${directory}/${number.toString(16).padStart(16, '0')}.segment`

  it('and renamed a middle segment gets a gap for it, and its file is left alone', async () => {
    const { fileSystem, files } = await fiveSegments()
    const bytes = fileSystem.contents(files[2]!).slice()
    await fileSystem.rename(files[2]!, `${directory}/old.segment`)
    expect(await read(fileSystem)).toBe('1 2 3 4 7 8 9 10, 5-6 missing-segment')
    expect(fileSystem.contents(`${directory}/old.segment`)).toEqual(bytes)
  })

  it('and gave a middle segment the number of a later one gets no record twice', async () => {
    const { fileSystem, files } = await fiveSegments()
    await fileSystem.rename(files[2]!, spare(99))
    expect(await read(fileSystem)).toBe('1 2 3 4 7 8 9 10, 5-6 missing-segment')
    expect(await fileSystem.list(directory)).toContain(spare(99).slice(directory.length + 1))
  })

  it('and copied a middle segment gets no record twice', async () => {
    const { fileSystem, files } = await fiveSegments()
    await replaceFile(fileSystem, spare(99), fileSystem.contents(files[2]!))
    await replaceFile(fileSystem, `${files[2]!}.copy`, fileSystem.contents(files[2]!))
    expect(await read(fileSystem)).toBe('1 2 3 4 5 6 7 8 9 10')
  })

  it('and put files, folders and odd names there finds them unchanged', async () => {
    const { fileSystem, files } = await fiveSegments()
    const odd = ['notes.txt', '0.segment', 'zzzzzzzzzzzzzzzz.segment', '.hidden', 'core', 'x.segment.new']
    for (const name of odd) await replaceFile(fileSystem, `${directory}/${name}`, new Uint8Array([1, 2, 3]))
    await fileSystem.makeDirectory(`${directory}/${'0'.repeat(15)}9.segment`)
    await fileSystem.makeDirectory(`${directory}/backup`)
    expect(await read(fileSystem)).toBe('1 2 3 4 5 6 7 8 9 10')
    for (const name of odd)
      expect(fileSystem.contents(`${directory}/${name}`)).toEqual(new Uint8Array([1, 2, 3]))
    expect(await segmentFiles(fileSystem)).toEqual(expect.arrayContaining([...files]))
  })
})
