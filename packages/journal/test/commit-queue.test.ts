import { describe, expect, it } from 'vitest'

import { createCommitQueue } from '../src/write/commit-queue.ts'
import { messageOf } from '../src/errors.ts'

describe('the commit queue', () => {
  it('fails any number of appends together', async () => {
    let failing = false
    const queue = createCommitQueue<number>({
      codec: { name: 'n', encode: (v) => new Uint8Array(failing ? v.length * 8 : 0), decode: () => [] },
      limits: { targetBytes: 1024 * 1024, recordBytes: 1024 },
      maxPending: 1_000_000,
      log: {
        write: async () => {
          if (failing) throw new Error('disk')
          return 1
        },
      },
      written: () => undefined,
      lost: () => undefined,
    })
    await queue.append([1], 'commit')
    failing = true
    const appends = Array.from({ length: 400_000 }, () => queue.append([1], 'commit').catch(messageOf))
    expect(new Set(await Promise.all(appends))).toEqual(new Set(['disk']))
    expect(queue.pending).toBe(0)
  })
})
