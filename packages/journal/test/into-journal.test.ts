import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Journal, JournalFrame } from '../src/index.ts'
import type { CopyResult } from '../src/link/index.ts'
import { bytesCodec, openJournal } from '../src/index.ts'
import { intoJournal, openFrame } from '../src/link/index.ts'
import { copyOf, newFileSystem, openStrings, readAll, segmentFiles, settle } from './helpers/journals.ts'
import { collect, first } from './helpers/streams.ts'

const recordsOf = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal, 'check')).values.values(),
]

/** Copies what is there. */
async function copy(
  upstream: Journal<string>,
  target: Journal<string>,
  name = 'target',
): Promise<readonly CopyResult[]> {
  const subscriber = await upstream.subscriber(name)
  const results: CopyResult[] = []
  let failure: unknown
  const subscription = subscriber
    .frames()
    .pipe(intoJournal(target))
    .subscribe({
      next: (result) => results.push(result),
      error: (error: unknown) => {
        failure = error
      },
    })
  await settle()
  await settle()
  subscription.unsubscribe()
  if (failure !== undefined) throw failure as Error
  return results
}

const frameOf = async (journal: Journal<string>, name = 'wire'): Promise<JournalFrame> =>
  first((await journal.subscriber(name)).frames())

describe('intoJournal()', () => {
  it('copies each frame with its place, and acknowledges it when it is durable', async () => {
    await using upstream = await openStrings(newFileSystem())
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem, { durability: 'os' })
    await target.append('own')
    await upstream.appendBatch(['a', 'b'])
    await upstream.append('c')
    expect(target.upstreamPosition(upstream.id).seq).toBe(0)
    expect(await copy(upstream, target)).toEqual([
      {
        type: 'copied',
        upstream: { firstSeq: 1, lastSeq: 2 },
        target: { firstSeq: 2, lastSeq: 3 },
      },
      {
        type: 'copied',
        upstream: { firstSeq: 3, lastSeq: 3 },
        target: { firstSeq: 4, lastSeq: 4 },
      },
    ])
    expect((await upstream.subscriber('target')).ackedSeq).toBe(3)
    expect(target.upstreamPosition(upstream.id).seq).toBe(3)
    await using after = await openStrings(fileSystem.powerCut(() => undefined))
    expect(await recordsOf(after)).toEqual(['own', 'a', 'b', 'c'])
    expect(after.upstreamPosition(upstream.id).seq).toBe(3)
  })

  it('skips what is there and goes on within a frame of which a crash left a part', async () => {
    await using upstream = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
    const values = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(1800))
    await upstream.appendBatch(values)
    const frame = await frameOf(upstream, 'other')
    const { target, position } = await copiedInPart(frame)
    expect(position).toEqual({
      journalId: upstream.id,
      seq: 2,
      checksum: openFrame(frame.bytes).historyAfter,
    })
    expect(await target.appendFrame(frame)).toEqual({
      skipped: 2,
      written: { firstSeq: 3, lastSeq: 4 },
      hole: undefined,
    })
    expect(await target.appendFrame(frame)).toEqual({ skipped: 4, written: undefined, hole: undefined })
    expect(await copy(upstream, target)).toEqual([{ type: 'skipped', upstream: { firstSeq: 1, lastSeq: 4 } }])
    expect(await recordsOf(target)).toEqual(values)
    await target.close()
  })

  it('copies only what the subscriber has not dealt with', async () => {
    await using upstream = await openStrings(newFileSystem())
    await using target = await openStrings(newFileSystem())
    await upstream.appendBatch(['a', 'b', 'c'])
    const subscriber = await upstream.subscriber('target')
    const batch = await first(subscriber.batches({ maxRecords: 1 }))
    batch.ack()
    expect(await copy(upstream, target)).toMatchObject([
      { type: 'copied', upstream: { firstSeq: 2, lastSeq: 3 } },
    ])
    expect(await recordsOf(target)).toEqual(['b', 'c'])
  })

  it('keeps the places through new segments, restarts and removal of the frames', async () => {
    const fileSystem = newFileSystem()
    await using one = await openStrings(newFileSystem())
    await using other = await openStrings(newFileSystem())
    let target = await openStrings(fileSystem)
    await one.append('one')
    await other.appendBatch(['x', 'y'])
    await copy(one, target)
    await copy(other, target)
    const reader = await target.subscriber('check')
    const subscription = reader.batches().subscribe((batch) => batch.ack())
    for (let index = 0; index < 60; index += 1) await target.append('x'.repeat(200))
    await settle()
    subscription.unsubscribe()
    expect(target.stats.firstSeq).toBeGreaterThan(3)
    for (let restart = 0; restart < 3; restart += 1) {
      await target.close()
      target = await openStrings(fileSystem)
      expect([target.upstreamPosition(one.id).seq, target.upstreamPosition(other.id).seq]).toEqual([1, 2])
    }
    expect(await copy(one, target)).toEqual([])
    await target.close()
  })

  it('tells of what is missing upstream, and notes its place durably', async () => {
    const fileSystem = newFileSystem()
    const before = await openStrings(fileSystem)
    for (const value of ['a', 'damaged']) await before.append(value)
    await before.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!)
    bytes[Buffer.from(bytes).indexOf('damaged')]! ^= 1
    await using upstream = await openStrings(fileSystem)
    await using target = await openStrings(newFileSystem())
    expect(await copy(upstream, target)).toMatchObject([
      { type: 'copied', upstream: { firstSeq: 1, lastSeq: 1 } },
      { type: 'gap', gap: { fromSeq: 2, toSeq: 2, reason: 'corrupt' } },
    ])
    expect(target.upstreamPosition(upstream.id).seq).toBe(2)
    await upstream.append('c')
    expect(await copy(upstream, target)).toMatchObject([{ type: 'copied', upstream: { firstSeq: 3 } }])
    expect(await recordsOf(target)).toEqual(['a', 'c'])
  })

  it('can be chained, and passes records on to the live tail', async () => {
    await using collector = await openStrings(newFileSystem())
    await using aggregator = await openStrings(newFileSystem())
    await using region = await openStrings(newFileSystem())
    const live: string[] = []
    region.tail().subscribe((value) => live.push(value))
    await collector.appendBatch(['a', 'b'])
    await copy(collector, aggregator)
    const { bytes } = await frameOf(aggregator)
    expect(openFrame(bytes).provenance).toMatchObject({ journalId: collector.id, lastSeq: 2 })
    await copy(aggregator, region)
    expect(live).toEqual(['a', 'b'])
    expect(region.upstreamPosition(aggregator.id).seq).toBe(2)
    expect(region.upstreamPosition(collector.id).seq).toBe(0)
    expect(region.stats).toMatchObject({ appended: 2, commits: 1 })
  })

  it('refuses to leave out what was acknowledged and is not there, unless told to', async () => {
    await using upstream = await openStrings(newFileSystem())
    const disk = newFileSystem()
    const target = await openStrings(disk)
    await upstream.append('a')
    await copy(upstream, target)
    const backup = copyOf(disk)
    await upstream.append('b')
    await copy(upstream, target)
    await upstream.append('c')
    await using restored = await openStrings(backup)
    await expect(copy(upstream, restored)).rejects.toMatchObject({ code: 'JOURNAL_POSITION' })
    expect(await recordsOf(restored)).toEqual(['a'])
    const link = await upstream.subscriber('target')
    const frames = link.frames().pipe(take(1))
    expect(await collect(frames.pipe(intoJournal(restored, { acceptHole: true })))).toMatchObject([
      { type: 'hole', upstream: { firstSeq: 2, lastSeq: 2 } },
      { type: 'copied', upstream: { firstSeq: 3, lastSeq: 3 } },
    ])
    await target.close()
  })

  it('says of what was gone when the subscriber was made that it never came, and is told of it from its own place', async () => {
    await using upstream = await openStrings(newFileSystem(), { maxBytes: 16_384, whenFull: 'drop-oldest' })
    await using target = await openStrings(newFileSystem())
    await upstream.append('a')
    await copy(upstream, target)
    await upstream.removeSubscriber('target')
    for (let index = 0; index < 20; index += 1) await upstream.append(`${index}`.padEnd(1500))
    const lastSeq = upstream.stats.firstSeq - 1
    await expect(copy(upstream, target)).rejects.toMatchObject({
      message: expect.stringContaining(
        `records 2 to ${lastSeq} of journal ${upstream.id} never came`,
      ) as string,
    })
    const link = await upstream.subscriber('target')
    const frames = link.frames({ after: target.upstreamPosition(upstream.id) }).pipe(take(1))
    expect(await collect(frames.pipe(intoJournal(target)))).toMatchObject([
      { type: 'gap', gap: { fromSeq: 2, toSeq: lastSeq, reason: 'evicted' } },
      { type: 'copied', upstream: { firstSeq: lastSeq + 1 } },
    ])
  })

  it('refuses an upstream that ends before what was copied of it', async () => {
    const disk = newFileSystem()
    const upstream = await openStrings(disk)
    await using target = await openStrings(newFileSystem())
    await upstream.subscriber('target')
    const backup = copyOf(disk)
    await upstream.appendBatch(['a', 'b'])
    await copy(upstream, target)
    await using restored = await openStrings(backup)
    await restored.append('other')
    await expect(copy(restored, target)).rejects.toMatchObject({
      code: 'JOURNAL_DIVERGED',
      facts: { journalId: restored.id, seq: 2, position: 2 },
    })
    await upstream.close()
  })

  it('acknowledges nothing where the target fails, and copies it later', async () => {
    await using upstream = await openStrings(newFileSystem())
    const fileSystem = newFileSystem()
    await using target = await openStrings(fileSystem)
    await upstream.append('a')
    const mend = [fileSystem.fail('write', 'EIO'), fileSystem.fail('open', 'EIO')]
    await expect(copy(upstream, target)).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    expect((await upstream.subscriber('target')).ackedSeq).toBe(0)
    for (const end of mend) end()
    await copy(upstream, target)
    expect(await recordsOf(target)).toEqual(['a'])
  })
})

describe('appendFrame()', () => {
  it('refuses another codec, damaged or mislabelled bytes, a wrong id and the journal itself', async () => {
    await using upstream = await openStrings(newFileSystem())
    await using target = await openStrings(newFileSystem())
    await using other = await openJournal('bytes', { codec: bytesCodec(), fileSystem: newFileSystem() })
    await upstream.appendBatch(['a', 'b'])
    const frame = await frameOf(upstream)
    await expect(other.appendFrame(frame)).rejects.toMatchObject({ code: 'JOURNAL_CODEC_MISMATCH' })
    const bytes = frame.bytes.slice()
    bytes[70]! ^= 1
    await expect(target.appendFrame({ ...frame, bytes })).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
    for (const wrong of [
      { firstSeq: 3 },
      { firstSeq: 0 },
      { lastSeq: 3 },
      { lastSeq: 1 },
      { firstSeq: NaN },
    ]) {
      await expect(target.appendFrame({ ...frame, ...wrong })).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
      })
    }
    await expect(target.appendFrame({ ...frame, journalId: 'x' })).rejects.toMatchObject({
      code: 'JOURNAL_BAD_OPTION',
    })
    await expect(upstream.appendFrame(frame)).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(target.stats.lastSeq).toBe(0)
    await target.close()
    await expect(target.appendFrame(frame)).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
  })

  it('refuses numbers and gaps that make no sense, which no checksum guards, and takes no position from them', async () => {
    await using upstream = await openStrings(newFileSystem())
    await using target = await openStrings(newFileSystem())
    await upstream.appendBatch(['a', 'b'])
    const frame = await frameOf(upstream)
    const bytes = new Uint8Array(0)
    const gaps = [{ fromSeq: 1, toSeq: 9, reason: 'evicted' as const }]
    const gapFrame = { ...frame, bytes, firstSeq: 1, lastSeq: 9, headSeq: 9, gaps }
    const wrong: readonly object[] = [
      { ...gapFrame, lastSeq: NaN },
      { ...gapFrame, lastSeq: '9' },
      { ...gapFrame, firstSeq: -5 },
      { ...gapFrame, lastSeq: 2 ** 52, headSeq: 9 },
      { ...gapFrame, lastSeq: 5 },
      { ...gapFrame, gaps: [] },
      { ...gapFrame, gaps: [null] },
      { ...gapFrame, gaps: [...gaps, ...gaps] },
      { ...gapFrame, gaps: [{ fromSeq: 1, toSeq: NaN, reason: 'evicted' }] },
      { ...frame, headSeq: undefined },
      { ...frame, gaps: undefined },
      { ...frame, gaps },
      { ...frame, bytes: { 0: 1 } },
    ]
    for (const each of wrong) {
      await expect(target.appendFrame(each as JournalFrame)).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
      })
    }
    await expect(target.appendFrame(undefined as never)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
    expect(target.upstreamPosition(upstream.id).seq).toBe(0)
    await target.appendFrame(frame)
    expect(await recordsOf(target)).toEqual(['a', 'b'])
  })

  it('throws wrong options at the call', () => {
    expect(() => intoJournal({} as Journal<never>, { acceptHole: 'yes' } as never)).toThrow(
      'JOURNAL_BAD_OPTION',
    )
  })

  it('takes each record once where the same frames come twice at once', async () => {
    await using upstream = await openStrings(newFileSystem())
    await using target = await openStrings(newFileSystem())
    await upstream.appendBatch(['a', 'b'])
    const frame = await frameOf(upstream)
    const appended = await Promise.all([
      target.appendFrame(frame),
      target.append('own'),
      target.appendFrame(frame),
    ])
    expect(appended[2]).toMatchObject({ skipped: 2, written: undefined })
    expect(await recordsOf(target)).toEqual(['a', 'b', 'own'])
  })

  it('splits a frame that is larger than the target takes, and refuses such a record', async () => {
    await using upstream = await openStrings(newFileSystem(), { segmentBytes: 1 << 20 })
    await using target = await openStrings(newFileSystem(), { maxBytes: 8192 })
    const values = Array.from({ length: 60 }, (_, index) => `${index}${'x'.repeat(100)}`)
    await upstream.appendBatch(values)
    expect(await copy(upstream, target)).toMatchObject([
      { type: 'copied', upstream: { firstSeq: 1, lastSeq: 60 }, target: { firstSeq: 1, lastSeq: 60 } },
    ])
    expect(target.stats.commits).toBe(2)
    expect(await recordsOf(target)).toEqual(values)
    await upstream.append('y'.repeat(5000))
    await expect(copy(upstream, target)).rejects.toMatchObject({ code: 'JOURNAL_RECORD_TOO_LARGE' })
    expect(target.upstreamPosition(upstream.id).seq).toBe(60)
  })
})

/** A target that needs two frames for this one, and lost power behind the first. */
async function copiedInPart(
  frame: JournalFrame,
): Promise<{ target: Journal<string>; position: ReturnType<Journal<string>['upstreamPosition']> }> {
  for (let operations = 1; operations < 50; operations += 1) {
    const disk = newFileSystem()
    const before = await openStrings(disk, { maxBytes: 8192 })
    disk.stopAt(disk.operations + operations)
    void before.appendFrame(frame).catch(() => undefined)
    await settle()
    const target = await openStrings(disk.powerCut(() => undefined))
    const position = target.upstreamPosition(frame.journalId)
    if (position.seq > 0) return { target, position }
    await target.close()
  }
  throw new Error('no part was ever written')
}
