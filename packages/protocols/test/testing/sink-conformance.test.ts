import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'

import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { toGraphite } from '../../src/sinks/graphite/index.ts'
import { toInflux } from '../../src/sinks/influx/index.ts'
import { sinkConformance, type DestinationFault, type TestedDestination } from '../../src/testing/index.ts'
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

/** As InfluxDB 1, which takes all lines but those that it refuses. */
class Influx extends Served {
  protected serve(): HttpServer {
    return createHttpServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const body = Buffer.concat(parts)
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
        const numbers = [...String(text).matchAll(/ value=(\d+)/g)].map(([, value]) => Number(value))
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
    open: async () => new Influx(await freePort('tcp')),
    create: ({ port }) => toInflux({ ...quick, url: `http://127.0.0.1:${port}`, version: 1, database: 'x' }),
    faults: ['slow', 'half-reply', 'refuse'],
    unsupported: ({ series, time }) => ({ series, time, value: Number.NaN, kind: 'gauge' }),
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
