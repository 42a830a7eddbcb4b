import fc from 'fast-check'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { frameBytes, writeFrame } from '../src/format/frame.ts'
import type { JournalFrame } from '../src/index.ts'
import { JournalError, jsonCodec } from '../src/index.ts'
import { openFrame, openFrames } from '../src/link/index.ts'
import { newFileSystem, openStrings, readAll, replaceFile, segmentFiles, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

const decoded = (frame: JournalFrame): readonly string[] =>
  jsonCodec<string>().decode(openFrame(frame.bytes).records).slice(frame.skip)

async function firstFrames(
  count: number,
  appends: readonly (readonly string[])[],
): Promise<readonly JournalFrame[]> {
  await using journal = await openStrings(newFileSystem())
  for (const values of appends) await journal.appendBatch(values)
  const wire = await journal.subscriber('wire')
  return await collect(wire.frames({ maxInFlight: 100 }).pipe(take(count)))
}

describe('frames()', () => {
  it('hands out whole frames as they stand on disk', async () => {
    const fileSystem = newFileSystem()
    await using journal = await openStrings(fileSystem)
    await journal.appendBatch(['a', 'b'])
    await journal.append('c')
    const wire = await journal.subscriber('wire')
    const [first, second] = await collect(wire.frames().pipe(take(2)))
    expect(first).toMatchObject({
      ...{ journalId: journal.id, codec: 'json', firstSeq: 1, lastSeq: 2, count: 2 },
      ...{ skip: 0, gaps: [], headSeq: 3 },
    })
    expect(second).toMatchObject({ firstSeq: 3, lastSeq: 3, count: 1 })
    expect(decoded(first!)).toEqual(['a', 'b'])
    const [path] = await segmentFiles(fileSystem)
    expect(Buffer.from(fileSystem.contents(path!)).includes(Buffer.from(first!.bytes))).toBe(true)
  })

  it('waits for acks, resumes behind them, and never spans a frame twice', async () => {
    await using journal = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c']) await journal.append(value)
    const wire = await journal.subscriber('wire')
    const seen: JournalFrame[] = []
    const subscription = wire.frames({ maxInFlight: 1 }).subscribe((frame) => seen.push(frame))
    await settle()
    expect(seen.map(decoded)).toEqual([['a']])
    seen[0]?.ack()
    await settle()
    expect(seen.map(decoded)).toEqual([['a'], ['b']])
    subscription.unsubscribe()
    const rest = await collect(wire.frames().pipe(take(2)))
    expect(rest.map(decoded)).toEqual([['b'], ['c']])
  })

  it('hands out consecutive frames as one up to so many bytes, and a larger one by itself', async () => {
    await using journal = await openStrings(newFileSystem())
    const values = ['a', 'b', 'c', 'd'.repeat(500), 'e', 'f']
    for (const value of values) await journal.append(value)
    const wire = await journal.subscriber('wire')
    // Two of 72 bytes.
    const frames = await collect(wire.frames({ runBytes: 150, maxInFlight: 10 }).pipe(take(4)))
    // The first is waited for: the window has to be read.
    expect(frames.map(({ firstSeq, lastSeq, count }) => [firstSeq, lastSeq, count])).toEqual([
      [1, 1, 1],
      [2, 3, 2],
      [4, 4, 1],
      [5, 6, 2],
    ])
    const records = frames.flatMap(({ bytes }) => openFrames(bytes).map((frame) => frame.records))
    expect(records.flatMap((one) => jsonCodec<string>().decode(one))).toEqual(values)
    expect(() => openFrame(frames[1]!.bytes)).toThrow(/JOURNAL_CORRUPT/)
    frames[1]?.ack()
    expect(wire.ackedSeq).toBe(3)
  })

  it('ends what it hands out as one before damage, of which the next frame tells', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (const value of ['a', 'b', 'c', 'd', 'e', 'f']) await journal.append(value)
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!).slice()
    bytes[Buffer.from(bytes).indexOf('["d"]') + 2]! ^= 1
    await replaceFile(fileSystem, path!, bytes)
    await using again = await openStrings(fileSystem)
    const wire = await again.subscriber('wire')
    const frames = await collect(wire.frames({ runBytes: 10_000 }).pipe(take(3)))
    expect(frames.map(({ firstSeq, lastSeq, gaps }) => [firstSeq, lastSeq, gaps.length])).toEqual([
      [1, 1, 0],
      [2, 3, 0],
      [5, 5, 1],
    ])
    expect(frames[2]?.gaps).toEqual([{ fromSeq: 4, toSeq: 4, reason: 'corrupt' }])
  })

  it('says how much of a frame was dealt with already', async () => {
    await using journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c'])
    const wire = await journal.subscriber('wire')
    const [batch] = await collect(wire.batches({ maxRecords: 1 }).pipe(take(1)))
    batch?.ack()
    const [frame] = await collect(wire.frames().pipe(take(1)))
    expect(frame).toMatchObject({ firstSeq: 2, lastSeq: 3, count: 3, skip: 1 })
    expect(decoded(frame!)).toEqual(['b', 'c'])
  })

  it('shares the one active subscription with batches()', async () => {
    await using journal = await openStrings(newFileSystem())
    const wire = await journal.subscriber('wire')
    const subscription = wire.frames().subscribe()
    await expect(collect(wire.batches())).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
    await expect(collect(wire.frames())).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
    subscription.unsubscribe()
    expect(() => wire.frames({ maxInFlight: 0 })).toThrow(/JOURNAL_BAD_OPTION/)
  })

  it('tells of damage with the frame behind it, or without one at the end', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (const value of ['a', 'damaged', 'c', 'damaged']) await journal.append(value)
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!).slice()
    for (let at = 0; (at = Buffer.from(bytes).indexOf('damaged', at)) >= 0; at += 1) bytes[at]! ^= 1
    await replaceFile(fileSystem, path!, bytes)
    await using again = await openStrings(fileSystem)
    await again.append('e')
    const wire = await again.subscriber('wire')
    const frames = await collect(wire.frames({ maxInFlight: 9 }).pipe(take(3)))
    expect(frames.map(({ firstSeq, gaps }) => ({ firstSeq, gaps }))).toEqual([
      { firstSeq: 1, gaps: [] },
      { firstSeq: 3, gaps: [{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }] },
      { firstSeq: 5, gaps: [{ fromSeq: 4, toSeq: 4, reason: 'corrupt' }] },
    ])
  })

  it('tells of a gap at the end in a frame without records', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (const value of ['a', 'damaged']) await journal.append(value)
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!).slice()
    bytes[Buffer.from(bytes).indexOf('damaged')]! ^= 1
    await replaceFile(fileSystem, path!, bytes)
    await using again = await openStrings(fileSystem)
    const wire = await again.subscriber('wire')
    const [, last] = await collect(wire.frames().pipe(take(2)))
    expect(last).toMatchObject({
      firstSeq: 2,
      lastSeq: 2,
      count: 0,
      skip: 0,
      gaps: [{ fromSeq: 2, toSeq: 2 }],
    })
    expect(last?.bytes).toHaveLength(0)
    last?.ack()
    expect((await readAll(again, 'wire')).gaps).toEqual([])
  })
})

describe('openFrame()', () => {
  it('opens what frames() gave', async () => {
    const [, frame] = await firstFrames(2, [['a'], ['b', 'c']])
    const opened = openFrame(frame!.bytes)
    expect(opened).toMatchObject({ firstSeq: 2, lastSeq: 3, count: 2, time: frame!.time })
    expect(opened).not.toHaveProperty('provenance')
    expect(Buffer.from(opened.records).toString()).toBe('["b","c"]')
    // Nothing around the view is looked at.
    const wide = new Uint8Array(frame!.bytes.length + 20).fill(0xff)
    wide.set(frame!.bytes, 10)
    expect(openFrame(wide.subarray(10, 10 + frame!.bytes.length)).count).toBe(2)
  })

  it('refuses any flipped bit, any other length, and any bytes at all', async () => {
    const [frame] = await firstFrames(1, [['a', 'bc']])
    const { bytes } = frame!
    const bodyEnd = 64 + '["a","bc"]'.length
    for (let bit = 0; bit < bodyEnd * 8; bit += 1) {
      const copy = bytes.slice()
      copy[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openFrame(copy)).toThrow(JournalError)
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => openFrame(bytes.slice(0, length))).toThrow(/JOURNAL_CORRUPT/)
    }
    expect(() => openFrame(new Uint8Array([...bytes, 0]))).toThrow(/JOURNAL_CORRUPT/)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        expect(() => openFrame(garbage)).toThrow(/JOURNAL_CORRUPT/)
      }),
    )
  })

  it('opens several that are consecutive, and refuses them in another order, with one missing or cut', async () => {
    const [one, two, three] = (await firstFrames(3, [['a'], ['b', 'c'], ['d']])).map(({ bytes }) => bytes)
    const open = (...parts: (Uint8Array | undefined)[]): readonly number[] =>
      openFrames(Buffer.concat(parts.map((part) => part!))).map(({ firstSeq }) => firstSeq)
    expect(open(one, two, three)).toEqual([1, 2, 4])
    expect(openFrames(one!)).toEqual([openFrame(one!)])
    for (const parts of [
      [two, one],
      [one, three],
      [one, one],
      [one, two?.slice(0, -8)],
      [one, one?.slice(0, 5)],
    ])
      expect(() => open(...parts)).toThrow(/JOURNAL_CORRUPT/)
    const damaged = two!.map((byte, at) => (at === 66 ? byte ^ 1 : byte))
    expect(() => open(one, damaged, three)).toThrow(/JOURNAL_CORRUPT/)
  })

  it('refuses more records than there are bytes, which would use up the numbers of whoever takes them', () => {
    const body = Buffer.from('["a"]')
    const header = { salt: 1, baseSeq: 1, certSeq: 0, time: 1, flags: 0, chain: 0, history: 0, lost: 0 }
    const bytes = new Uint8Array(frameBytes(body.length))
    writeFrame(bytes, 0, { ...header, count: 4_294_967_295 }, body)
    expect(() => openFrame(bytes)).toThrow('it says 4294967295 records, and has 5 bytes of them')
  })

  it('gives sound values or refuses, whatever a hostile header with a right checksum says', () => {
    const numbers = fc.constantFrom(0, 1, 2, 24, 4_294_967_295, 2 ** 40, 2 ** 53 - 1)
    const header = fc.record({
      salt: fc.nat(),
      baseSeq: numbers,
      certSeq: numbers,
      time: fc.double(),
      count: fc.constantFrom(0, 1, 2, 4_294_967_295),
      flags: fc.integer({ min: 0, max: 5 }),
      chain: fc.nat(),
      history: fc.nat(),
    })
    // Otherwise most headers would be refused for their numbers alone.
    const likely = header.map((content) => ({ ...content, baseSeq: 24, certSeq: 2, time: 1, count: 2 }))
    let sound = 0
    fc.assert(
      fc.property(fc.oneof(header, likely), fc.uint8Array({ maxLength: 60 }), (content, body) => {
        const bytes = new Uint8Array(frameBytes(body.length))
        writeFrame(bytes, 0, content, body)
        try {
          const opened = openFrame(bytes)
          sound += 1
          expect(opened.count).toBeGreaterThan(0)
          expect(opened.lastSeq).toBe(opened.firstSeq + opened.count - 1)
          expect(Number.isSafeInteger(opened.lastSeq)).toBe(true)
          expect(Number.isFinite(opened.time)).toBe(true)
          expect(opened.records.length).toBeLessThanOrEqual(body.length)
          const { provenance } = opened
          if (provenance !== undefined) expect(Number.isSafeInteger(provenance.lastSeq)).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT' })
        }
      }),
    )
    expect(sound).toBeGreaterThan(0)
  })
})
