import { describe, expect, it } from 'vitest'

import type { Codec, Journal } from '../src/index.ts'
import { bytesCodec, jsonCodec, openJournal } from '../src/index.ts'
import { sampleCodec } from '../src/samples.ts'
import {
  filesOf,
  goldenJournal,
  goldenSamples,
  goldenStrings,
  otherUpstreamId,
  upstreamId,
  writeGolden,
} from './helpers/golden-journals.ts'
import { directory, settle } from './helpers/journals.ts'

async function open<T>(name: string, codec: Codec<T>): Promise<Journal<T>> {
  return openJournal(directory, { codec, fileSystem: await goldenJournal(name) })
}

/** Everything behind the position of a subscriber. */
async function read<T>(journal: Journal<T>, name: string): Promise<readonly T[]> {
  const seen: T[] = []
  const subscriber = await journal.subscriber(name)
  subscriber.batches().subscribe((batch) => {
    expect(batch.gaps).toEqual([])
    seen.push(...batch.values)
    batch.ack()
  })
  await settle()
  return seen
}

// The files in test/golden are never written again: whoever changes the format adds new ones and still reads these.
describe.each([
  { release: 'an earlier release', suffix: '' },
  { release: 'this release', suffix: '-history' },
])('a journal that $release wrote', ({ suffix }) => {
  it('of several segments is read from each position, and goes on', async () => {
    const journal = await open(`strings${suffix}`, jsonCodec<string>())
    expect(journal.id).toBe('11111111-1111-4111-8111-111111111111')
    const found = { firstSeq: 1, lastSeq: 9, gaps: [], problems: [], rewrittenRecords: 0 }
    expect(journal.recovery).toMatchObject(found)
    expect(journal.recovery.segments).toBeGreaterThan(1)
    expect(await read(journal, 'all')).toEqual(goldenStrings)
    expect(await read(journal, 'some')).toEqual(goldenStrings.slice(2))
    expect(await journal.append('more')).toEqual({ firstSeq: 10, lastSeq: 10 })
  })

  it('that was killed is read up to its last whole frame', async () => {
    const journal = await open(`killed${suffix}`, jsonCodec<string>())
    const found = { lastSeq: 2, rewrittenRecords: 1, problems: [{ reason: 'torn-tail' }] }
    expect(journal.recovery).toMatchObject(found)
    expect(await read(journal, 'all')).toEqual(['one', 'two'])
  })

  it('of samples gives each of their fields back', async () => {
    expect(await read(await open(`samples${suffix}`, sampleCodec()), 'all')).toEqual(goldenSamples)
  })

  it('with records of another journal knows how far that had come', async () => {
    const journal = await open(`copied${suffix}`, bytesCodec())
    const position = journal.upstreamPosition(upstreamId)
    expect(position).toMatchObject({ journalId: upstreamId, seq: 2 })
    expect(position.checksum !== undefined).toBe(suffix !== '')
    const bytes = (await read(journal, 'all')).map((record) => [...record])
    expect(bytes).toEqual([[0], [1, 2], [3]])
  })
})

describe('a segment that begins with a list of positions', () => {
  it('tells how far each other journal had come, also without the segment before it', async () => {
    const fileSystem = await goldenJournal('positions-history')
    await fileSystem.remove(`${directory}/0000000000000001.segment`)
    const journal = await openJournal(directory, { fileSystem })
    for (const journalId of [upstreamId, otherUpstreamId]) {
      const checksum = expect.any(Number) as number
      expect(journal.upstreamPosition(journalId)).toEqual({ journalId, seq: 2, checksum })
    }
    expect(await journal.append(Uint8Array.of(6))).toEqual({ firstSeq: 7, lastSeq: 7 })
  })
})

describe('the format', () => {
  it.each(Object.keys(writeGolden))('is written today as it was: %s', async (name) => {
    expect(await filesOf(await writeGolden[name]!())).toEqual(await filesOf(await goldenJournal(name)))
  })
})
