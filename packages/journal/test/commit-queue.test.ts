import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CommitQueue } from '../src/write/commit-queue.ts'
import { Encoders } from '../src/write/frame-builder.ts'
import { messageOf } from '../src/errors.ts'

/** A record is eight bytes; `written` is called for each write. */
function queueOn(written: (records: number) => Promise<number>, targetBytes: number): CommitQueue<number> {
  const codec = {
    name: 'n',
    encode: (v: readonly number[]) => new Uint8Array(v.length * 8),
    decode: () => [],
  }
  return new CommitQueue<number>({
    ...{ codec, encoders: new Encoders<number>(codec) },
    limits: { targetBytes, recordBytes: 1024 },
    ...{ maxPending: 1_000_000, maxPendingBytes: 64 * 1024 * 1024 },
    log: { write: (frames) => written(frames.reduce((sum, { count }) => sum + count, 0)) },
    written: () => undefined,
    copied: () => undefined,
    lost: () => undefined,
  })
}

describe('the commit queue', () => {
  it('fails any number of appends together', async () => {
    let failing = false
    // A frame each.
    const queue = queueOn(async () => {
      if (failing) throw new Error('disk')
      return 1
    }, 8)
    await queue.append([1], 'commit')
    failing = true
    const appends = Array.from({ length: 150_000 }, () => queue.append([1], 'commit').catch(messageOf))
    expect(new Set(await Promise.all(appends))).toEqual(new Set(['disk']))
    expect([queue.pending, queue.pendingBytes]).toEqual([0, 0])
  })

  it('gives each append its own numbers, however long those are that share its frame', async () => {
    const lengths = fc.array(fc.record({ length: fc.integer({ min: 1, max: 3 }), shared: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 3, max: 40 }), async (appends, mostRecords) => {
        let head = 0
        const queue = queueOn(async (records) => {
          head += records
          return head - records + 1
        }, mostRecords * 8)
        const ends = appends.map(({ length, shared }) => {
          const values = Array.from({ length }, () => 1)
          return queue.append(values, 'commit', shared)
        })
        const written = await Promise.all(ends)
        let lastSeq = 0
        for (const [index, { length, shared }] of appends.entries()) {
          const firstSeq = lastSeq + 1
          lastSeq += length
          if (!shared) expect(written[index]).toEqual({ firstSeq, lastSeq })
        }
        expect(head).toBe(lastSeq)
      }),
    )
  })
})
