import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'

import type { Batch, Sample } from '@tocsin/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { statsd } from '../../src/statsd/statsd.ts'
import { authority, serverCertificate as cert, serverKey as key } from '../certificates.ts'
import { firstOf, receive } from '../sockets.ts'

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'tocsin-demand-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}
const kinds: Readonly<
  Record<string, { listen: () => string; dial: (port: number, path: string) => Socket }>
> = {
  tcp: { listen: () => 'tcp://127.0.0.1:0', dial: (port) => connectTcp(port, '127.0.0.1') },
  tls: {
    listen: () => 'tls://127.0.0.1:0',
    dial: (port) => connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: authority }),
  },
  unix: { listen: () => `unix://${join(folder(), 'sock')}`, dial: (_, path) => connectTcp(path) },
}

describe.each(Object.entries(kinds).filter(([name]) => name !== 'unix' || process.platform !== 'win32'))(
  'the demand of a subscriber over %s',
  (_, { listen, dial }) => {
    it('reaches through to the sender, who waits, and loses nothing', async () => {
      const source = statsd({ listen: [listen()], tls: { key, cert } })
      const received = receive<Batch<Sample>>(source.batches({ maxInFlight: 1 }))
      onTestFinished(() => received.subscription.unsubscribe())
      const { port, address } = await firstOf(source.listening)
      const total = 400_000
      const line = 'padding.padding.padding:1|c\n'
      const sender = dial(port, address)
      const text = line.repeat(total)
      sender.end(text)
      await received.count(1)
      // Far less than all has left the sender, and it stays so: the first batch is not acknowledged.
      const left = (): number => sender.bytesWritten - sender.writableLength
      const turns = async (): Promise<void> => {
        for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate)
      }
      await turns()
      expect([received.values.length, source.stats.dropped]).toEqual([1, 0])
      expect(source.stats.bytes).toBeLessThan(text.length / 10)
      const stuck = [source.stats.bytes, left()]
      await turns()
      expect([source.stats.bytes, left()]).toEqual(stuck)
      let samples = 0
      for (let count = 1; samples < total; count += 1) {
        const batch = (await received.count(count))[count - 1]
        samples += batch?.values.length ?? 0
        batch?.ack()
      }
      expect(source.stats).toMatchObject({ samples: total, dropped: 0, problems: 0 })
    })
  },
)
