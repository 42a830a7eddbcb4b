import type { Sample } from '@tocsin/core'
import { expect, onTestFinished } from 'vitest'

import { encodeSnappy } from '../../src/wire/binary/snappy.ts'
import { remoteWrite, type RemoteWriteOptions } from '../../src/remote-write/remote-write.ts'
import { portOf, receive, type Received } from '../sockets.ts'
import { olderRequest } from './messages.ts'

export const now: number = Date.now()
export const good: Buffer = olderRequest([
  { labels: [['__name__', 'good']], samples: [{ value: 1, time: now }] },
])

/** A receiver until the test is over, and what it has received. */
export async function receiver(options: RemoteWriteOptions = {}): Promise<{
  readonly received: Received<Sample>
  readonly post: (body: Uint8Array, version?: '1.0' | '2.0') => Promise<number>
}> {
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
  return { received, post }
}

/** What a receiver is sent, in which version, and the status that it answers. */
export type Hostile = readonly [what: string, version: '1.0' | '2.0', build: () => Buffer, status: number]

/** Refuses it within a bound of memory, and takes what comes next. */
export async function expectRefused([, version, build, status]: Hostile): Promise<void> {
  const { received, post } = await receiver()
  const body = encodeSnappy(build())
  const before = process.memoryUsage()
  expect(await post(body, version)).toBe(status)
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(150 << 20)
  expect(await post(encodeSnappy(good))).toBe(204)
  expect(received.values.at(-1)?.series.key).toBe('good')
}
