import { describe, expect, it } from 'vitest'

import { encodeSnappy } from '../../src/wire/binary/snappy.ts'
import { expectRefused, good, now, receiver, type Hostile } from './hostile.ts'
import {
  bytesField,
  metadataMessage,
  newerMessage,
  olderRequest,
  refsField,
  type SeriesFields,
} from './messages.ts'

const twoSymbols = ['', '__name__', 'a']
const empty = bytesField(2, new Uint8Array(0))

describe('a receiver bears', () => {
  it('100,000 new series at once, keeps what it may of their names, and takes what comes next', async () => {
    const { received, post } = await receiver({ maxNameBytes: 1_000_000 })
    const series = (at: number): SeriesFields => ({
      labels: [
        ['__name__', 'new'],
        ['shard', `${at}`],
      ],
      samples: [{ value: at, time: now }],
    })
    const body = encodeSnappy(olderRequest(Array.from({ length: 100_000 }, (_, at) => series(at))))
    expect(await post(body)).toBe(204)
    expect(received.values).toHaveLength(100_000)
    expect(await post(encodeSnappy(good))).toBe(204)
  })

  it.for<Hostile>([
    [
      'metadata without end',
      '1.0',
      () =>
        Buffer.concat(
          Array.from({ length: 150_000 }, (_, at) => bytesField(3, metadataMessage(1, `m${at}`))),
        ),
      413,
    ],
    [
      'series that all refer to one long text',
      '2.0',
      () =>
        newerMessage(
          ['', '__name__', 'x'.repeat(16_000)],
          Array.from({ length: 20_000 }, () => Buffer.concat([refsField([1, 2]), empty])),
        ),
      413,
    ],
    [
      'a series of a million references',
      '2.0',
      () =>
        newerMessage(twoSymbols, [
          Buffer.concat([refsField(Array.from({ length: 1_000_000 }, () => 1)), empty]),
        ]),
      400,
    ],
    [
      '100,000 labels twice',
      '1.0',
      () =>
        olderRequest([
          { labels: Array.from({ length: 100_000 }, () => ['a', 'b'] as const), samples: [{ time: now }] },
        ]),
      400,
    ],
  ])('%s, refuses it, and takes what comes next', (hostile) => expectRefused(hostile))
})
