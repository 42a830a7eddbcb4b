import { describe, expect, it, onTestFinished } from 'vitest'

import { remoteWrite, type RemoteWriteOptions } from '../../src/remote-write/remote-write.ts'
import { encodeSnappy } from '../../src/wire/binary/snappy.ts'
import { portOf, receive } from '../sockets.ts'
import {
  bytesField,
  histogramMessage,
  metadataMessage,
  newerMessage,
  olderRequest,
  refsField,
  sampleMessage,
  type SeriesFields,
} from './messages.ts'

const now = Date.now()
const good = olderRequest([{ labels: [['__name__', 'good']], samples: [{ value: 1, time: now }] }])

async function receiver(options: RemoteWriteOptions = {}) {
  const source = remoteWrite({ port: 0, ...options })
  const received = receive(source)
  source.problems.subscribe()
  onTestFinished(() => received.subscription.unsubscribe())
  const url = `http://127.0.0.1:${await portOf(source)}/api/v1/write`
  const post = async (body: Uint8Array, version: '1.0' | '2.0' = '1.0'): Promise<number> => {
    const proto = version === '1.0' ? '' : ';proto=io.prometheus.write.v2.Request'
    const headers = { 'content-type': `application/x-protobuf${proto}`, 'content-encoding': 'snappy' }
    const { status } = await fetch(url, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> })
    return status
  }
  return { source, received, post }
}

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

  it.each<readonly [string, '1.0' | '2.0', () => Buffer, number]>([
    [
      'a million samples of two bytes each',
      '1.0',
      () =>
        bytesField(
          1,
          Buffer.concat([
            bytesField(
              1,
              Buffer.concat([bytesField(1, Buffer.from('__name__')), bytesField(2, Buffer.from('a'))]),
            ),
            Buffer.alloc(2_000_000, empty),
          ]),
        ),
      413,
    ],
    [
      'a million series of nothing',
      '1.0',
      () => Buffer.alloc(2_000_000, bytesField(1, new Uint8Array(0))),
      413,
    ],
    [
      'a million texts of nothing',
      '2.0',
      () => Buffer.alloc(2_000_000, bytesField(4, new Uint8Array(0))),
      413,
    ],
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
      '90,000 series that all refer to one text of 8 kB',
      '2.0',
      () =>
        newerMessage(
          ['', '__name__', 'a', 'text', 'x'.repeat(8000)],
          Array.from({ length: 90_000 }, (_, at) =>
            Buffer.concat([refsField([1, 2, 3, 4]), bytesField(2, sampleMessage({ value: at, time: now }))]),
          ),
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
      'a histogram of a million buckets',
      '1.0',
      () =>
        bytesField(
          1,
          bytesField(
            4,
            Buffer.concat([bytesField(12, Buffer.alloc(1_000_000)), histogramMessage({ schema: 0 })]),
          ),
        ),
      400,
    ],
    [
      'a histogram with a span of 4 billion',
      '1.0',
      () =>
        olderRequest([
          {
            labels: [['__name__', 'a']],
            histograms: [
              { count: 1, schema: 0, time: now, positive: { spans: [[0, 2 ** 32 - 1]], counts: [1] } },
            ],
          },
        ]),
      400,
    ],
    [
      'one label of 4 MB',
      '1.0',
      () => olderRequest([{ labels: [['__name__', 'x'.repeat(4_000_000)]], samples: [{ time: now }] }]),
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
  ])('%s, refuses it, and takes what comes next', async (_, version, build, status) => {
    const { received, post } = await receiver()
    const body = encodeSnappy(build())
    const before = process.memoryUsage()
    expect(await post(body, version)).toBe(status)
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(150 << 20)
    expect(await post(encodeSnappy(good))).toBe(204)
    expect(received.values.at(-1)?.series.key).toBe('good')
  })
})
