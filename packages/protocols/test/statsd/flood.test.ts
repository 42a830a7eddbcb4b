import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

import type { Batch, Sample } from '@tocsin/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import type { Source } from '../../src/source/source.ts'
import { dial, gone, portOf, receive } from '../sockets.ts'

const total = 500_000
const local = { port: 0, clock: { now: () => 1_700_000_000_500 } }
const padding = 'padding.'.repeat(6)

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate)
}

/** Acknowledges nothing before `begin()`, then one batch for each turn of the event loop; sees each moment's most. */
function slowSink(source: Source<Sample>, maxInFlight: number) {
  const values: number[] = []
  const waiting: Batch<Sample>[] = []
  const most = { lines: 0, batches: 0 }
  let lines = 0
  const subscription = source.batches({ maxInFlight }).subscribe((batch) => {
    for (const { value } of batch.values) values.push(value as number)
    waiting.push(batch)
    lines += batch.values.length
    most.lines = Math.max(most.lines, lines)
    most.batches = Math.max(most.batches, waiting.length)
  })
  let over = false
  onTestFinished(() => {
    over = true
    subscription.unsubscribe()
  })
  const acknowledge = (): void => {
    const batch = waiting.shift()
    lines -= batch?.values.length ?? 0
    batch?.ack()
    if (!over) setImmediate(acknowledge)
  }
  return { values, waiting, most, begin: acknowledge }
}

describe.each([
  ['statsd', statsd({ ...local, transport: 'tcp' }), (number: number) => `${padding}:${number}|g\n`],
  ['graphite', graphite(local), (number: number) => `${padding} ${number} 1700000000\n`],
] as const)('a flood of 500,000 lines to %s over TCP', (_, source, line) => {
  it('waits in the sender for a slow sink, and loses none', async () => {
    const maxInFlight = 8
    const sink = slowSink(source, maxInFlight)
    const sender = connect(await portOf(source), '127.0.0.1')
    const text = Array.from({ length: total }, (__, number) => line(number)).join('')
    const inKernel = (): number => sender.bytesWritten - sender.writableLength
    const pieces = async (): Promise<void> => {
      for (let at = 0; at < text.length; at += 65_536) {
        if (!sender.write(text.slice(at, at + 65_536))) await once(sender, 'drain')
      }
      sender.end()
    }
    const sent = pieces()
    // Nothing is acknowledged yet: what the sender can still send goes into the buffers of the system.
    await expect.poll(() => sink.waiting.length).toBe(maxInFlight)
    await turns(500)
    expect(sink.waiting).toHaveLength(maxInFlight)
    expect(inKernel()).toBeLessThan(text.length / 2)
    sink.begin()
    await expect.poll(() => sink.values.length, { interval: 5 }).toBe(total)
    await sent
    expect(sink.values.findIndex((value, index) => value !== index)).toBe(-1)
    expect(source.stats).toMatchObject({ samples: total, dropped: 0, problems: 0, connections: 1 })
    expect(sink.most.batches).toBe(maxInFlight)
    // A read is 64 KiB.
    expect(sink.most.lines).toBeLessThanOrEqual((maxInFlight * 65_536) / padding.length)
  })
})

describe('a flood of 500,000 lines to statsd over UDP', () => {
  const linesPerDatagram = 25
  const count = total / linesPerDatagram

  /** What the system has dropped of a port, by its own count; only Linux tells. */
  const droppedBySystem = (port: number): number => {
    const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    const row = readFileSync('/proc/net/udp', 'utf8')
      .split('\n')
      .map((text) => text.trim().split(/\s+/))
      .find(([, address]) => address?.endsWith(wanted))
    return Number(row?.at(-1))
  }

  it.runIf(process.platform === 'linux')(
    'is stored, dropped and counted, or lost by the system: the sum is what was sent',
    async () => {
      const source = statsd(local)
      let told = 0
      let firstTold = ''
      source.problems.subscribe(({ reason, message, count: stands }) => {
        if (reason === 'overflow') told += stands
        firstTold ||= message
      })
      const sink = slowSink(source, 4)
      const port = await portOf(source)
      const client = createSocket('udp4')
      onTestFinished(() => void client.close())
      for (let at = 0; at < count; at += 1) {
        const lines = Array.from(
          { length: linesPerDatagram },
          (_, index) => `flood:${at * linesPerDatagram + index}|g`,
        )
        await new Promise((sent) => client.send(lines.join('\n'), port, '127.0.0.1', sent))
        // Sending is quicker than receiving; without turns for the receiver, the system would lose the most.
        if (at % 8 === 0) await turns(1)
        if (at === 1000) sink.begin()
      }
      await expect.poll(() => source.stats.received + droppedBySystem(port)).toBe(count)
      const { received, samples, dropped, problems } = source.stats
      expect(samples + dropped).toBe(received * linesPerDatagram)
      expect(samples + dropped + droppedBySystem(port) * linesPerDatagram).toBe(total)
      expect([sink.values.length, new Set(sink.values).size]).toEqual([samples, samples])
      expect(samples).toBeGreaterThan(4 * linesPerDatagram)
      expect(dropped).toBeGreaterThan(0)
      expect(problems).toBe(dropped)
      expect(told).toBeGreaterThan(0)
      expect(told).toBeLessThanOrEqual(dropped)
      expect(firstTold).toBe(
        '25 values were dropped: 4 batches wait to be acknowledged, and there is room for no more',
      )
      expect(sink.most.batches).toBe(4)
    },
  )

  it('keeps the changes of gauges that were dropped, so that the next value is right', async () => {
    const source = statsd(local)
    const { values, count: wait, subscription } = receive(source.batches({ maxInFlight: 1 }))
    const port = await portOf(source)
    const client = createSocket('udp4')
    onTestFinished(() => void client.close())
    const send = (text: string): Promise<unknown> =>
      new Promise((sent) => client.send(text, port, '127.0.0.1', sent))
    await send('g:10|g')
    await wait(1)
    await send('g:+5|g')
    await expect.poll(() => source.stats.dropped).toBe(1)
    values[0]?.ack()
    await send('g:+1|g')
    await wait(2)
    expect(values[1]?.values).toMatchObject([{ value: 16 }])
    subscription.unsubscribe()
  })
})

describe('connections that wait', () => {
  async function waiting(options: { readonly idleTimeoutMs?: number } = {}) {
    const source = statsd({ ...local, transport: 'tcp', ...options })
    const received = receive(source.batches({ maxInFlight: 1 }))
    onTestFinished(() => received.subscription.unsubscribe())
    return { source, received, port: await portOf(source) }
  }
  const write = (socket: Socket, text: string): Promise<unknown> =>
    new Promise((sent) => socket.setNoDelay(true).write(text, sent))
  const names = ({ values }: Batch<Sample>): string => values.map(({ series }) => series.key).join(' ')

  it('are not closed as silent, and those that are silent afterwards are', async () => {
    const { source, received, port } = await waiting({ idleTimeoutMs: 30 })
    const patient = await dial(port)
    await write(patient, 'a:1|c\n')
    await received.count(1)
    await write(patient, 'b:1|c\n')
    // Another source tells by its own silent connections that the time is long over.
    const other = statsd({ ...local, transport: 'tcp', idleTimeoutMs: 30 })
    const { subscription } = receive(other)
    for (let round = 0; round < 3; round += 1) await gone(await dial(await portOf(other)))
    subscription.unsubscribe()
    received.values[0]?.ack()
    expect((await received.count(2)).map(names)).toEqual(['a', 'b'])
    received.values[1]?.ack()
    await gone(patient.resume())
    expect(source.stats).toMatchObject({ samples: 2, dropped: 0, problems: 1 })
  })

  it('take turns: who took the last place comes last', async () => {
    const { received, port } = await waiting()
    const [loud, quiet] = [await dial(port), await dial(port)]
    await write(loud, 'loud:0|c\n')
    await received.count(1)
    for (let at = 1; at <= 5; at += 1) {
      await write(loud, `loud:${at}|c\n`)
      await turns(5)
    }
    await write(quiet, 'quiet:1|c\n')
    await turns(50)
    received.values[0]?.ack()
    await received.count(2)
    expect(received.values.map(names)).toEqual(['loud', 'quiet'])
    for (const socket of [loud, quiet]) socket.destroy()
  })

  it('are not read where they are new', async () => {
    const { source, received, port } = await waiting()
    const first = await dial(port)
    await write(first, 'a:1|c\n')
    await received.count(1)
    const second = await dial(port)
    await write(second, 'b:1|c\n')
    await turns(50)
    expect(source.stats).toMatchObject({ connections: 2, received: 1 })
    received.values[0]?.ack()
    expect((await received.count(2)).map(names)).toEqual(['a', 'b'])
    for (const socket of [first, second]) socket.destroy()
  })

  it('keep the last line of one that closes after another took the last place', async () => {
    const { source, received, port } = await waiting()
    const [closing, other] = [await dial(port), await dial(port)]
    await write(closing, 'last:1|c')
    await expect.poll(() => source.stats.received).toBe(1)
    await write(other, 'other:1|c\n')
    await received.count(1)
    closing.end()
    await gone(closing.resume())
    received.values[0]?.ack()
    expect((await received.count(2)).map(names)).toEqual(['other', 'last'])
    expect(source.stats).toMatchObject({ dropped: 0, problems: 0 })
    other.destroy()
  })

  it('tell of one that breaks with lines that were not read', async () => {
    const { source, received, port } = await waiting()
    const problems = receive(source.problems)
    const breaking = await dial(port)
    await write(breaking, 'a:1|c\n')
    await received.count(1)
    await write(breaking, 'b:1|c\n')
    await turns(50)
    breaking.resetAndDestroy()
    expect(await problems.count(1)).toMatchObject([
      {
        reason: 'truncated',
        message: 'the connection ended with 6 bytes that were not read, which are not taken',
      },
    ])
  })

  it('are closed when unsubscribed from', async () => {
    const { received, port } = await waiting()
    const socket = await dial(port)
    await write(socket, 'a:1|c\n')
    await received.count(1)
    const end = gone(socket.resume())
    received.subscription.unsubscribe()
    await end
    received.values[0]?.ack()
  })
})
