import { describe, expect, it } from 'vitest'

import { CommitQueue } from '../src/write/commit-queue.ts'
import { Encoders } from '../src/write/frame-builder.ts'
import { messageOf } from '../src/errors.ts'

describe('the commit queue', () => {
  it('fails any number of appends together', async () => {
    let failing = false
    const codec = {
      name: 'n',
      encode: (v: readonly number[]) => new Uint8Array(v.length * 8),
      decode: () => [],
    }
    const queue = new CommitQueue<number>({
      ...{ codec, encoders: new Encoders<number>(codec) },
      // A frame each.
      limits: { targetBytes: 8, recordBytes: 1024 },
      ...{ maxPending: 1_000_000, maxPendingBytes: 64 * 1024 * 1024 },
      log: {
        write: async () => {
          if (failing) throw new Error('disk')
          return 1
        },
      },
      written: () => undefined,
      copied: () => undefined,
      lost: () => undefined,
    })
    await queue.append([1], 'commit')
    failing = true
    const appends = Array.from({ length: 150_000 }, () => queue.append([1], 'commit').catch(messageOf))
    expect(new Set(await Promise.all(appends))).toEqual(new Set(['disk']))
    expect([queue.pending, queue.pendingBytes]).toEqual([0, 0])
  })
})
