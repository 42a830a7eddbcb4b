import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'

import type { Command, HistoryQuestion, LiveEvents, Shown } from '../server/wire.ts'
import { designedNow } from './scenes/index.ts'
import type { InventedSeries } from './scenes/index.ts'
import { catalogueOf } from './stand-in/catalogue.ts'
import { carryOut } from './stand-in/commands.ts'
import { serveFile } from './stand-in/files.ts'
import { historyOf } from './stand-in/history.ts'
import { Viewers } from './stand-in/viewers.ts'
import { World } from './stand-in/world.ts'

/** How a stand-in misbehaves; all of it can be changed while it runs. */
export interface Behaviour {
  /** Says nothing more, neither on streams nor to requests, as a stopped process. */
  stalled?: boolean
  /** Ends streams and refuses connections' requests. */
  closed?: boolean
  /** What `/api/state` is answered with instead of the state. */
  state?: Answer | undefined
  /** No samples of the machine from now on. */
  silent?: boolean
  /** How far its clock is off, ms. */
  clockOffsetMs?: number
  /** What commands are refused with. */
  refusal?: Answer | undefined
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly body: string
}

export interface StandIn {
  readonly url: string
  readonly port: number
  /** All that was asked so far; the page's files are left out. */
  readonly asked: readonly Asked[]
  readonly world: World
  readonly shown: ReadonlyMap<string, Shown>
  /** Samples that were sent to all viewers so far. */
  readonly sampled: number
  now(): number
  /** So much time goes by at once, and viewers are told what came in it. */
  pass(ms: number): void
  behave(behaviour: Behaviour): void
  tell<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): void
  /** As it is, onto all streams. */
  write(text: string): void
  close(): Promise<void>
}

export interface StandInOptions {
  readonly scene: string
  readonly port?: number
  /** The time at which it begins; the one of the pictures where absent. */
  readonly startAt?: number
}

/** Speaks as the observatory does, of an invented machine; misbehaves when told. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const startAt = options.startAt ?? designedNow
  const begun = performance.now()
  const behaviour: Behaviour = {}
  const asked: Asked[] = []
  const world = new World(options.scene, startAt)
  const viewers = new Viewers()
  let gained = 0
  let silentFrom = Infinity
  const now = (): number =>
    Math.floor(startAt + performance.now() - begun + gained + (behaviour.clockOffsetMs ?? 0))
  const isSilent = (one: InventedSeries, time: number): boolean =>
    (one.machine && time > silentFrom) ||
    // What does not run measures nothing, and is sent nothing.
    world.scene.pauses.some(({ from, to }) => time > from && time < to)
  const status = (time: number) =>
    world.status(time, viewers.count, Math.min(silentFrom, Math.floor(time / 1000) * 1000))

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams, search } = new URL(`http://localhost${request.url ?? '/'}`)
    if (!pathname.startsWith('/api/')) return serveFile(pathname, response)
    const body = await bodyOf(request)
    asked.push({ method: request.method ?? '', path: pathname, search, body })
    if (asked.length > 10_000) asked.shift()
    if (behaviour.stalled) return
    const time = now()
    if (pathname === '/api/live') viewers.serve(request, response, searchParams, time)
    else reply(response, answerTo(pathname, searchParams, body, request.headers['x-tocsin-token'], time))
  }

  const answerTo = (
    pathname: string,
    searched: URLSearchParams,
    body: string,
    token: unknown,
    time: number,
  ): Answer => {
    switch (pathname) {
      case '/api/state':
        return behaviour.state ?? ok(world.state(time, status(time), viewers.position))
      case '/api/faults':
        return ok(world.history(time, Number(searched.get('from')), Number(searched.get('to'))))
      case '/api/catalogue': {
        const catalogue = catalogueOf([...world.series.values()], world.scene.rules, searched, time)
        return 'error' in catalogue ? { status: 400, body: catalogue } : ok(catalogue)
      }
      case '/api/history':
        return ok(historyOf(world.series, JSON.parse(body) as HistoryQuestion, time, isSilent))
      case '/api/shown':
        viewers.show(JSON.parse(body) as Shown)
        return { status: 204 }
      case '/api/commands':
        return command(token, JSON.parse(body) as Command)
      default:
        return { status: 404, body: { error: 'Nothing here; the page is at /.' } }
    }
  }

  const command = (token: unknown, given: Command): Answer => {
    if (token !== world.token)
      return {
        status: 403,
        body: { error: 'The token is not the one of this observatory.', reason: 'bad-token' },
      }
    if (behaviour.refusal !== undefined) return behaviour.refusal
    const { faults, maintenance } = world
    const changed = carryOut(given, { faults, maintenance, now: now() })
    if ('error' in changed) return { status: 409, body: changed }
    const { fault, entry, maintenance: windows } = changed
    if (fault) tell('fault', fault)
    if (windows) tell('maintenance', windows)
    if (entry) tell('entry', entry)
    return ok({})
  }

  const tell: StandIn['tell'] = (name, data) => {
    if (name === 'fault') {
      const fault = data as LiveEvents['fault']
      world.faults = [fault, ...world.faults.filter(({ id }) => id !== fault.id)]
    }
    if (name === 'entry') world.log = [data as LiveEvents['entry'], ...world.log]
    if (name === 'maintenance') world.maintenance = data as LiveEvents['maintenance']
    viewers.tell(name, data)
  }

  const server = createServer((request, response) => {
    if (behaviour.closed) request.destroy()
    else answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
    if (behaviour.stalled || behaviour.closed) return
    const time = now()
    viewers.sample(world.series, time, isSilent)
    if (ticks % 5 === 0) viewers.tell('status', status(time))
  }, 1000)

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    world,
    shown: viewers.shown,
    get sampled() {
      return viewers.sampled
    },
    now,
    pass: (ms) => {
      gained += ms
      if (behaviour.stalled || behaviour.closed) return
      // Samples must not run ahead of the clock that the page is told.
      viewers.tell('status', status(now()))
      viewers.sample(world.series, now(), isSilent)
    },
    behave: (next) => {
      if (next.silent !== undefined) silentFrom = next.silent ? now() : Infinity
      Object.assign(behaviour, next)
      if (next.closed) viewers.close()
    },
    tell,
    write: (text) => viewers.write(text),
    close: () => {
      clearInterval(timer)
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** A text is sent as it is: also what is no JSON. */
interface Answer {
  readonly status: number
  readonly body?: object | string
}

const ok = (body: object): Answer => ({ status: 200, body })

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += String(part)
  return body
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      scene: { type: 'string', default: 'two-faults' },
      port: { type: 'string', default: '0' },
      /** With this the times are of today, and the page has no hint about clocks. */
      today: { type: 'boolean', default: false },
    },
  })
  const standIn = await startStandIn({
    scene: values.scene,
    port: Number(values.port),
    ...(values.today && { startAt: Date.now() }),
  })
  console.log(standIn.url)
}
