import { concatMap, from } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Journal, JournalFrame } from '../src/index.ts'
import { jsonCodec } from '../src/index.ts'
import type { CopyResult } from '../src/link/index.ts'
import { intoJournal, openFrame } from '../src/link/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'

/** A journal with one frame for each value, and these frames. */
async function collector(...values: readonly string[]): Promise<readonly [Journal<string>, JournalFrame[]]> {
  const journal = await openStrings(newFileSystem())
  for (const value of values) await journal.append(value)
  const frames: JournalFrame[] = []
  const subscriber = await journal.subscriber('wire')
  const subscription = subscriber.frames({ maxInFlight: 100 }).subscribe((frame) => frames.push(frame))
  await settle()
  subscription.unsubscribe()
  return [journal, frames]
}

const held = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal, 'check')).values.values(),
]

describe('frames of several journals at once', () => {
  it('share a write with each other and with appends, one frame for each journal', async () => {
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem)
    await target.append('first')
    const collectors = await Promise.all(['a', 'b', 'c'].map((name) => collector(`${name}1`, `${name}2`)))
    const { syncs } = fileSystem
    const calls = [0, 1].flatMap((index) =>
      collectors.map(([, frames]) => target.appendFrame(frames[index]!)),
    )
    const own = target.append('own')
    const results = await Promise.all(calls)
    expect(results.map(({ written }) => written?.firstSeq)).toEqual([2, 4, 6, 3, 5, 7])
    expect(await own).toEqual({ firstSeq: 8, lastSeq: 8 })
    expect(fileSystem.syncs).toBe(syncs + 1)
    expect(target.stats.commits).toBe(5)
    const after = await openStrings(fileSystem.powerCut(() => undefined))
    expect(await held(after)).toEqual(['first', 'a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'own'])
    for (const [{ id }] of collectors) expect(after.upstreamPosition(id).seq).toBe(2)
  })

  it('are refused of one journal more than a segment can list beside records, and those that are known go on', async () => {
    const options = { segmentBytes: 4096, maxBytes: 65_536, whenFull: 'drop-oldest' } as const
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem, options)
    const [, [frame, next]] = await collector('1', '2')
    const of = (index: number): { readonly journalId: string } => ({
      journalId: `00000000-0000-4000-8000-${`${index}`.padStart(12, '0')}`,
    })
    const calls = Array.from({ length: 65 }, (_, index) => target.appendFrame({ ...frame!, ...of(index) }))
    const ends = await Promise.allSettled(calls)
    expect(ends.slice(0, 64).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(ends[64]).toMatchObject({
      reason: {
        code: 'JOURNAL_BAD_OPTION',
        message: expect.stringContaining('"segmentBytes" (4096) leaves room for 64 other') as string,
      },
    })
    for (let index = 0; index < 64; index += 1) await target.appendFrame({ ...next!, ...of(index) })
    for (let index = 0; index < 100; index += 1) await target.append(`${index}`.padEnd(500))
    await expect(target.appendFrame({ ...frame!, ...of(64) })).rejects.toMatchObject({
      code: 'JOURNAL_BAD_OPTION',
    })
    const after = await openStrings(fileSystem.processKill(), options)
    expect(after.upstreamPosition(of(63).journalId).seq).toBe(2)
    expect(after.stats.lastSeq).toBe(228)
  })

  it('end in the order of the calls for each journal, and are skipped only when what they repeat is durable', async () => {
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem)
    const [upstream, [one, two]] = await collector('1', '2')
    const seen: string[] = []
    const note = (name: string, frame: JournalFrame): Promise<void> =>
      target
        .appendFrame(frame)
        .then(({ skipped }) => void seen.push(`${name} ${skipped} ${target.stats.lastSeq}`))
    await Promise.all([note('one', one!), note('again', one!), note('two', two!), note('again', two!)])
    expect(seen).toEqual(['one 0 2', 'again 1 2', 'two 0 2', 'again 1 2'])
    expect(target.upstreamPosition(upstream.id).seq).toBe(2)
  })

  it('are all refused behind one that the disk did not take, and nothing of them is there', async () => {
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem)
    const [upstream, frames] = await collector('1', '2', '3')
    const mend = [fileSystem.fail('write', 'EIO'), fileSystem.fail('open', 'EIO')]
    const results = await Promise.allSettled(
      [...frames, frames[0]!].map((frame) => target.appendFrame(frame)),
    )
    expect(
      results.map((result) => result.status === 'rejected' && (result.reason as { code: string }).code),
    ).toEqual(Array.from({ length: 4 }, () => 'JOURNAL_IO'))
    expect(target.upstreamPosition(upstream.id).seq).toBe(0)
    for (const end of mend) end()
    await Promise.all(frames.map((frame) => target.appendFrame(frame)))
    expect(await held(target)).toEqual(['1', '2', '3'])
  })

  it.each([false, true])(
    'are refused behind a damaged one, although the journal knows nothing of theirs or takes holes: %s',
    async (acceptHole) => {
      const target = await openStrings(newFileSystem())
      const [upstream, [one, two, three]] = await collector('1', '2', '3')
      const damaged = { ...one!, bytes: one!.bytes.map((byte, index) => (index === 66 ? byte ^ 1 : byte)) }
      const [, other] = await collector('other')
      const results: string[] = []
      let failure: unknown
      from([damaged, two!, three!])
        .pipe(intoJournal(target, { acceptHole }))
        .subscribe({
          next: ({ type }) => results.push(type),
          error: (error: unknown) => {
            failure = error
          },
        })
      const direct = await Promise.allSettled(
        [damaged, two!].map((frame) => target.appendFrame(frame, { acceptHole })),
      )
      await target.appendFrame(other[0]!)
      await settle()
      expect([failure, results]).toMatchObject([{ code: 'JOURNAL_CORRUPT' }, []])
      expect(direct).toMatchObject([
        { reason: { code: 'JOURNAL_CORRUPT' } },
        { reason: { code: 'JOURNAL_CORRUPT' } },
      ])
      expect(target.upstreamPosition(upstream.id).seq).toBe(0)
      expect(await held(target)).toEqual(['other'])
      // Whoever comes again from the start is let in.
      for (const frame of [one!, two!, three!]) await target.appendFrame(frame)
      expect(await held(target)).toEqual(['1', '2', '3'])
    },
  )

  it.each([false, true])(
    'are taken in a run up to the one that is refused, and none of a run behind that, with holes: %s',
    async (acceptHole) => {
      const target = await openStrings(newFileSystem())
      const [upstream, [one, two, three, four]] = await collector('1', '2', '3', '4')
      const damaged = { ...two!, bytes: two!.bytes.map((byte, index) => (index === 66 ? byte ^ 1 : byte)) }
      const runs = await Promise.all([
        target.appendFrames([one!, damaged, three!], { acceptHole }),
        target.appendFrames([four!], { acceptHole }),
      ])
      expect(runs).toMatchObject([
        {
          appended: [{ skipped: 0, written: { firstSeq: 1, lastSeq: 1 } }],
          failure: { code: 'JOURNAL_CORRUPT' },
        },
        { appended: [], failure: { code: 'JOURNAL_CORRUPT' } },
      ])
      expect(target.upstreamPosition(upstream.id).seq).toBe(1)
      await settle()
      const again = await target.appendFrames([one!, two!, three!, four!], { acceptHole })
      expect(again.failure).toBe(undefined)
      expect(again.appended.map(({ skipped, written }) => [skipped, written?.firstSeq])).toEqual([
        [1, undefined],
        [0, 2],
        [0, 3],
        [0, 4],
      ])
      expect(await held(target)).toEqual(['1', '2', '3', '4'])
    },
  )

  it('are refused in a run of several journals, and all of a run where the disk takes none', async () => {
    const fileSystem = newFileSystem()
    const target = await openStrings(fileSystem)
    const [, [one, two]] = await collector('1', '2')
    const [, [other]] = await collector('other')
    expect(await target.appendFrames([])).toEqual({ appended: [], failure: undefined })
    const mixed = await target.appendFrames([one!, other!])
    expect(mixed).toMatchObject({ appended: [{ skipped: 0 }], failure: { code: 'JOURNAL_BAD_OPTION' } })
    await settle()
    const mend = [fileSystem.fail('write', 'EIO'), fileSystem.fail('open', 'EIO')]
    const none = await target.appendFrames([one!, two!])
    expect(none).toMatchObject({ appended: [{ skipped: 1 }], failure: { code: 'JOURNAL_IO' } })
    for (const end of mend) end()
    await settle()
    await target.appendFrames([two!])
    expect(await held(target)).toEqual(['1', '2'])
  })

  it('are written one by one where all together find no room, and those behind a refused one are not', async () => {
    const target = await openStrings(newFileSystem(), { maxBytes: 8192 })
    const [, small] = await collector('s')
    const [large, frames] = await collector('x'.repeat(3000), 'y')
    await target.append('z'.repeat(3600))
    await target.append('z'.repeat(1500))
    const results = await Promise.allSettled([...frames, small[0]!].map((frame) => target.appendFrame(frame)))
    expect(results).toMatchObject([
      { reason: { code: 'JOURNAL_FULL' } },
      { reason: { code: 'JOURNAL_FULL' } },
      { value: { written: { firstSeq: 3, lastSeq: 3 } } },
    ])
    expect(target.upstreamPosition(large.id).seq).toBe(0)
  })

  it('keep records that the codec cannot read as they are', async () => {
    const target = await openStrings(newFileSystem())
    const strange = {
      ...jsonCodec<string>(),
      encode: (values: readonly string[]) => Buffer.from(values.join('')),
    }
    const upstream = await openStrings(newFileSystem(), { codec: strange })
    for (const value of ['{', '}']) await upstream.append(value)
    const results: CopyResult[] = []
    const subscription = (await upstream.subscriber('wire'))
      .frames()
      .pipe(intoJournal(target))
      .subscribe((result) => results.push(result))
    await settle()
    subscription.unsubscribe()
    expect(results.map(({ type }) => type)).toEqual(['copied', 'copied'])
    expect(target.stats).toMatchObject({ commits: 2, lastSeq: 2 })
    const frames: string[] = []
    const reader = await target.subscriber('reader')
    reader
      .frames()
      .pipe(
        concatMap(async (frame) => {
          frames.push(Buffer.from(openFrame(frame.bytes).records).toString())
          frame.ack()
        }),
      )
      .subscribe()
    await settle()
    expect(frames).toEqual(['{', '}'])
  })
})
