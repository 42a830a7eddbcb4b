import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { series, type Batch, type Sample } from '@tocsin/core'
import { from, lastValueFrom, NEVER, concat, of, Subject, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphitePickle } from '../../../src/graphite/graphite-pickle.ts'
import { graphite } from '../../../src/graphite/graphite.ts'
import { defaultGraphiteSinkOptions, toGraphite } from '../../../src/sinks/graphite/index.ts'
import type { SinkEvent } from '../../../src/sinks/index.ts'
import { authority, serverCertificate, serverKey } from '../../certificates.ts'
import { freePort, openTcpHandles, portOf, receive } from '../../sockets.ts'

const cpu = series('cpu', { host: 'web1' })
/** A sample by its number. */
const sample = (number: number): Sample => ({
  series: cpu,
  time: (1_700_000_000 + number) * 1000 + 250,
  value: number,
  kind: 'gauge',
})

/** Batches of numbered samples, and which of them are acknowledged. */
function numbered(
  count: number,
  size: number,
): { readonly batches: Batch<Sample>[]; readonly acked: number[] } {
  const acked: number[] = []
  const batches = Array.from({ length: count }, (_, batch): Batch<Sample> => ({
    values: Array.from({ length: size }, (__, at) => sample(batch * size + at)),
    ack: () => acked.push(batch),
  }))
  return { batches, acked }
}

const quick = { gatherMs: 0, minDelayMs: 5, maxDelayMs: 20 }

/** A receiver that is made of its connections. */
async function receiver(
  connection: (socket: Socket) => void,
  port = 0,
): Promise<{ port: number; server: Server }> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined))
    connection(socket)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, server }
}

/** The numbers in lines as they came. */
const valuesIn = (text: string): number[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.split(' ')[1]))

describe('toGraphite', () => {
  it.each([['lines', 'plain', graphite] as const, ['pickles', 'pickle', graphitePickle] as const])(
    'sends %s in order, and acknowledges at the end of the receiver',
    async (_, protocol, listen) => {
      const source = listen({ port: 0 })
      const { count, subscription, values } = receive(source)
      onTestFinished(() => subscription.unsubscribe())
      const port = await portOf(source)
      const { batches, acked } = numbered(40, 100)
      const events = await lastValueFrom(
        from(batches).pipe(toGraphite({ ...quick, port, protocol, settleMs: 600_000 }), toArray()),
      )
      await count(4000)
      expect(values.map(({ value }) => value)).toEqual(Array.from({ length: 4000 }, (__, at) => at))
      expect(values[1]).toMatchObject({ time: 1_700_000_001_000, series: { key: cpu.key } })
      expect(acked).toEqual(batches.map((__, at) => at))
      expect(events.every(({ type }) => type === 'delivered')).toBe(true)
    },
  )

  it('acknowledges what has settled, and nothing before, while the source goes on', async () => {
    let text = ''
    const { port } = await receiver((socket) => socket.on('data', (chunk) => (text += chunk.toString())))
    const { batches, acked } = numbered(1, 3)
    const subscription = concat(of(batches[0]!), NEVER)
      .pipe(toGraphite({ ...quick, port, settleMs: 300 }))
      .subscribe()
    onTestFinished(() => subscription.unsubscribe())
    await expect.poll(() => valuesIn(text)).toEqual([0, 1, 2])
    expect(acked).toEqual([])
    await expect.poll(() => acked).toEqual([0])
  })

  it('sends all again that has not settled when the connection is reset, first and in order', async () => {
    const texts: string[] = []
    const { port } = await receiver((socket) => {
      const at = texts.push('') - 1
      socket.on('data', (chunk) => {
        texts[at] = `${texts[at]}${chunk.toString()}`
        if (at < 2 && texts[at].length > 20_000) socket.resetAndDestroy()
      })
      socket.on('end', () => socket.end())
    })
    const { batches, acked } = numbered(30, 100)
    const events = await lastValueFrom(
      from(batches).pipe(toGraphite({ ...quick, port, settleMs: 600_000 }), toArray()),
    )
    const numbers = Array.from({ length: 3000 }, (_, at) => at)
    expect(texts).toHaveLength(3)
    expect(valuesIn(texts[2]!)).toEqual(numbers)
    for (const text of texts) expect(valuesIn(text)).toEqual(numbers.slice(0, valuesIn(text).length))
    expect(acked).toEqual(batches.map((_, at) => at))
    expect(events.filter(({ type }) => type === 'failed')).toHaveLength(2)
  })

  it('waits for a receiver that is not there yet, and says so', async () => {
    const port = await freePort('tcp')
    const { batches, acked } = numbered(3, 10)
    const failed = new Subject<SinkEvent>()
    const sent = lastValueFrom(from(batches).pipe(toGraphite({ ...quick, port }), toArray()))
    const sink = toGraphite({ ...quick, port })
    const subscription = from(numbered(1, 1).batches).pipe(sink).subscribe(failed)
    const event = await new Promise<SinkEvent>((resolve) => failed.subscribe(resolve))
    expect(event).toMatchObject({
      type: 'failed',
      attempt: 1,
      message: expect.stringContaining('ECONNREFUSED'),
    })
    subscription.unsubscribe()
    let text = ''
    await receiver((socket) => {
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('end', () => socket.end())
    }, port)
    await sent
    expect(acked).toEqual([0, 1, 2])
    expect(valuesIn(text)).toEqual(Array.from({ length: 30 }, (_, at) => at))
  })

  it('keeps no more in memory than a slow reader leaves it, and goes on as that reads', async () => {
    let reader: Socket | undefined
    let bytes = 0
    const { port } = await receiver((socket) => {
      reader = socket.pause()
      socket.on('data', (chunk) => (bytes += chunk.length))
      socket.on('end', () => socket.end())
      socket.pause()
    })
    let given = 0
    const acked: number[] = []
    const large = series(`x.${'y'.repeat(200)}`, { a: 'z'.repeat(200) })
    const input = new Subject<Batch<Sample>>()
    const events: SinkEvent[] = []
    const done = new Promise<void>((resolve) =>
      input
        .pipe(toGraphite({ ...quick, port, settleMs: 600_000 }))
        .subscribe({ next: (event) => events.push(event), complete: resolve }),
    )
    const give = (): void => {
      const values = Array.from({ length: 500 }, (): Sample => ({ ...sample(given), series: large }))
      const batch = (given += 1)
      input.next({ values, ack: () => acked.push(batch) })
    }
    for (let batch = 0; batch < 200; batch += 1) give()
    await expect.poll(() => reader !== undefined).toBe(true)
    expect(acked).toEqual([])
    reader?.resume()
    input.complete()
    await done
    expect(acked).toHaveLength(200)
    expect(bytes).toBeGreaterThan(200 * 500 * 400)
    expect(events.filter(({ type }) => type !== 'delivered')).toEqual([])
  })

  it('notices that the receiver ends, at once and with nothing to send, and dials when there is something', async () => {
    const sockets: Socket[] = []
    let text = ''
    const { port } = await receiver((socket) => {
      sockets.push(socket)
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('end', () => socket.end())
    })
    const input = new Subject<Batch<Sample>>()
    const events: SinkEvent[] = []
    const done = new Promise<void>((complete) =>
      input
        .pipe(toGraphite({ ...quick, port, settleMs: 1 }))
        .subscribe({ next: (event) => events.push(event), complete }),
    )
    const { batches, acked } = numbered(2, 1)
    input.next(batches[0]!)
    await expect.poll(() => acked).toEqual([0])
    sockets[0]?.end()
    await once(sockets[0]!, 'close')
    input.next(batches[1]!)
    input.complete()
    await done
    expect(acked).toEqual([0, 1])
    expect(sockets).toHaveLength(2)
    expect(valuesIn(text)).toEqual([0, 1])
    expect(events.filter(({ type }) => type === 'failed')).toEqual([])
  })

  it('speaks TLS, and does not trust a stranger', async () => {
    const source = graphite({ port: 0, transport: 'tls', tls: { key: serverKey, cert: serverCertificate } })
    const { count, subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const port = await portOf(source)
    const { batches } = numbered(1, 1)
    const stranger = new Promise<SinkEvent>((resolve) => {
      const run = from(batches)
        .pipe(toGraphite({ ...quick, port, tls: {} }))
        .subscribe((event) => {
          resolve(event)
          run.unsubscribe()
        })
    })
    expect(await stranger).toMatchObject({ type: 'failed' })
    await lastValueFrom(from(batches).pipe(toGraphite({ ...quick, port, tls: { ca: authority } })))
    expect(await count(1)).toMatchObject([{ value: 0 }])
  })

  it('refuses by name what Graphite has no form for, and passes over stale markers', async () => {
    let text = ''
    const { port } = await receiver((socket) => {
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('end', () => socket.end())
    })
    const values: Sample[] = [
      { ...sample(1), value: 'up', kind: 'text' },
      { ...sample(2), value: { bins: [] }, kind: 'histogram' },
      { ...sample(3), value: Number.POSITIVE_INFINITY, kind: 'gauge' },
      { ...sample(4), value: Number.NaN, kind: 'stale' },
      { ...sample(5), time: -1 },
      { ...sample(6), time: 2 ** 32 * 1000 },
      { ...sample(7), series: series('x'.repeat(300)) },
      sample(8),
    ]
    let acked = 0
    const events = await lastValueFrom(
      of({ values, ack: () => (acked += 1) }).pipe(toGraphite({ ...quick, port }), toArray()),
    )
    const [refused] = events
    expect(
      refused?.type === 'refused' && refused.refusals.map(({ reason, message }) => `${reason}: ${message}`),
    ).toEqual([
      'unsupported: Graphite has numbers only, and this is a text',
      'unsupported: Graphite has numbers only, and this is a histogram',
      'unsupported: Graphite has finite numbers only',
      'unsupported: a time in Graphite is from the year 1970 to 2106',
      'unsupported: a time in Graphite is from the year 1970 to 2106',
      expect.stringMatching(/^too-large: "xxx.*251 from dot to dot$/),
    ])
    expect([valuesIn(text), acked]).toEqual([[8], 1])
  })

  it('says once that the source waits for acknowledgements that settle late', async () => {
    const { port } = await receiver((socket) => socket.resume().on('end', () => socket.end()))
    const input = new Subject<Batch<Sample>>()
    const events: SinkEvent[] = []
    const subscription = input
      .pipe(toGraphite({ ...quick, port, settleMs: 1100 }))
      .subscribe((event) => events.push(event))
    onTestFinished(() => subscription.unsubscribe())
    let given = 0
    const give = (): void => {
      if (given++ < 3) input.next({ values: [sample(given)], ack: give })
    }
    give()
    await expect.poll(() => events.filter(({ type }) => type === 'delivered').length).toBe(3)
    const told = events.filter(({ type }) => type === 'held-up')
    expect(told).toMatchObject([{ message: expect.stringContaining('maxInFlight') }])
  })

  it('leaves no socket behind when it is unsubscribed', async () => {
    const { port, server } = await receiver((socket) => socket.resume().on('end', () => socket.end()))
    const { batches } = numbered(5, 5)
    const sink = toGraphite({ ...quick, port })
    const subscription = concat(from(batches), NEVER).pipe(sink).subscribe()
    await once(server, 'connection')
    subscription.unsubscribe()
    server.close()
    await expect.poll(openTcpHandles).toEqual([])
  })

  it.each([
    ['a port that is none', { port: 0 }],
    ['a protocol that is none', { protocol: 'udp' as never }],
    ['TLS that is none', { tls: { key: 'x' } }],
    ['a host without a name', { host: '' }],
  ])('refuses %s at the call', (_, options) => {
    expect(() => toGraphite(options)).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('has frozen defaults', () => {
    expect(Object.isFrozen(defaultGraphiteSinkOptions)).toBe(true)
  })
})
