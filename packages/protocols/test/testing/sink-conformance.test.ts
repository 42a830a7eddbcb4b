import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'

import { series } from '@tocsin/core'
import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { createRemoteWriteParser } from '../../src/remote-write/remote-write-parser.ts'
import { toGraphite } from '../../src/sinks/graphite/index.ts'
import { toInflux } from '../../src/sinks/influx/index.ts'
import { toRemoteWrite } from '../../src/sinks/remote-write/index.ts'
import { sinkConformance, type DestinationFault, type TestedDestination } from '../../src/testing/index.ts'
import { decodeSnappy } from '../../src/wire/binary/snappy.ts'
import { freePort } from '../sockets.ts'

const quick = { gatherMs: 5, minDelayMs: 5, maxDelayMs: 40 }

/** A server whose port is known before it is started, and whose connections are counted and cut. */
abstract class Served implements TestedDestination {
  readonly has: number[] = []
  readonly port: number
  fault: DestinationFault | undefined
  refused: readonly number[] = []
  readonly #sockets = new Set<Socket>()
  #server: Server | HttpServer | undefined

  constructor(port: number) {
    this.port = port
  }

  protected abstract serve(): Server | HttpServer

  async start(): Promise<void> {
    const server = this.serve()
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    })
    this.#server = server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  received = (): readonly number[] => this.has
  connections = (): number => this.#sockets.size

  behave(fault: DestinationFault | undefined, refused: readonly number[]): void {
    this.fault = fault
    this.refused = refused
  }
}

/** One over HTTP, which takes all but what it refuses. */
class Web extends Served {
  readonly #numbersOf: (body: Buffer) => readonly number[]

  constructor(port: number, numbersOf: (body: Buffer) => readonly number[]) {
    super(port)
    this.#numbersOf = numbersOf
  }

  protected serve(): HttpServer {
    return createHttpServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const body = Buffer.concat(parts)
        const numbers = this.#numbersOf(
          request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
        )
        const bad = this.fault === 'refuse' ? numbers.filter((number) => this.refused.includes(number)) : []
        this.has.push(...numbers.filter((number) => !bad.includes(number)))
        const answer = (): void => {
          if (this.fault === 'half-reply') {
            response.writeHead(200, { 'content-length': 100 }).write('{')
            setTimeout(() => response.destroy())
          } else if (bad.length > 0)
            response.writeHead(400).end(`{"error":"partial write: bad dropped=${bad.length}"}`)
          else response.writeHead(204).end()
        }
        if (this.fault === 'slow') setTimeout(answer, 200)
        else answer()
      })
    })
  }
}

const ofLines = (body: Buffer): readonly number[] =>
  [...String(body).matchAll(/ value=(\d+)/g)].map(([, value]) => Number(value))

function ofRemoteWrite(body: Buffer): readonly number[] {
  const unpacked = decodeSnappy(body, 1_000_000)
  if (typeof unpacked === 'string') throw new Error(unpacked)
  const numbers: number[] = []
  const problem = ({ message }: { readonly message: string }): never => {
    throw new Error(message)
  }
  createRemoteWriteParser().parse(unpacked, Date.now(), {
    sample: ({ value }) => numbers.push(Number(value)),
    problem,
  })
  return numbers
}

/** As carbon, which never answers; slow, it reads late. */
class Carbon extends Served {
  protected serve(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      let rest = ''
      socket.on('end', () => socket.end())
      socket.on('data', (chunk) => {
        const lines = `${rest}${String(chunk)}`.split('\n')
        rest = lines.pop() ?? ''
        this.has.push(...lines.map((line) => Number(line.split(' ')[1])))
      })
      if (this.fault !== 'slow') return
      socket.pause()
      setTimeout(() => socket.resume(), 200)
    })
  }
}

describe.concurrent('toInflux', () => {
  const cases = sinkConformance({
    open: async () => new Web(await freePort('tcp'), ofLines),
    create: ({ port }) => toInflux({ ...quick, url: `http://127.0.0.1:${port}`, version: 1, database: 'x' }),
    faults: ['slow', 'half-reply', 'refuse'],
    unsupported: ({ series, time }) => ({ series, time, value: Number.NaN, kind: 'gauge' }),
    timeoutMs: 20_000,
  })
  it.each(cases)('$name', ({ run }) => run())
})

describe.concurrent('toRemoteWrite', () => {
  const cases = sinkConformance({
    open: async () => new Web(await freePort('tcp'), ofRemoteWrite),
    create: ({ port }) => toRemoteWrite({ ...quick, url: `http://127.0.0.1:${port}/api/v1/write` }),
    faults: ['slow', 'half-reply', 'refuse'],
    // A name that Prometheus has not.
    unsupported: (sample) => ({ ...sample, series: series('sink test') }),
    timeoutMs: 20_000,
  })
  it.each(cases)('$name', ({ run }) => run())
})

describe.concurrent('toGraphite', () => {
  const cases = sinkConformance({
    open: async () => new Carbon(await freePort('tcp')),
    create: ({ port }) => toGraphite({ ...quick, port, settleMs: 50 }),
    unsupported: (sample) => ({ ...sample, value: 'text', kind: 'text' }),
    timeoutMs: 20_000,
  })
  it.each(cases)('$name', ({ run }) => run())
})

describe('the cases', () => {
  it('are only those for which there are means', () => {
    const open = () => new Carbon(0)
    const create = () => toGraphite()
    const all = sinkConformance({
      open,
      create,
      faults: ['slow', 'half-reply', 'refuse'],
      unsupported: (sample) => sample,
    })
    const least = sinkConformance({ open, create })
    const rest = all.filter(({ name }) => !least.some((other) => other.name === name)).map(({ name }) => name)
    expect(rest.map((name) => name.slice(0, 12))).toEqual([
      'waits for a ',
      'takes half a',
      'names what t',
      'names what t',
    ])
  })

  it('refuse wrong options at the call, and say in each case that it was given no sink or no server', async () => {
    const open = () => new Carbon(0)
    const create = () => toGraphite()
    expect(() => sinkConformance({ open, create, faults: ['late'] as never })).toThrow('half-reply')
    expect(() => sinkConformance({ create } as never)).toThrow('PROTOCOL_BAD_OPTION')
    const run = (subject: object): Promise<void> | undefined =>
      sinkConformance({ open, create, ...subject })[0]?.run()
    await expect(run({ create: () => NEVER })).rejects.toThrow('create() must give a sink')
    await expect(run({ open: () => ({}) })).rejects.toThrow('open() must give a server')
    await expect(run({ open: () => new Promise(() => undefined), timeoutMs: 50 })).rejects.toThrow(
      'open has not resolved',
    )
  })
})
