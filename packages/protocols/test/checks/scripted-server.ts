import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { expect, onTestFinished } from 'vitest'

import type { Check, CheckResult } from '../../src/checks/check.ts'
import { runOnce } from '../../src/checks/run-once.ts'
import { expectConformance } from './conformance.ts'

/** What a server waits for, as a line, and what it says then. */
export type Step = readonly [awaited: RegExp | undefined, reply: string]

/** What a server does in place of its reply to a step; it goes on after dripping only. */
export type Fault = 'close' | 'reset' | 'hang' | 'garbage' | 'endless-line' | 'endless-lines' | 'drip'

/** A server that follows a script, and how it went astray where the client did. */
export interface ScriptedServer {
  readonly port: number
  readonly strayed: () => string | undefined
  /** Lines that came, in their order. */
  readonly heard: readonly string[]
  /** Connections that are open. */
  readonly open: () => number
}

const commit: Readonly<Record<Fault, (socket: Socket, reply: string) => Promise<void>>> = {
  close: async (socket) => void socket.end(),
  reset: async (socket) => void socket.resetAndDestroy(),
  hang: async () => undefined,
  garbage: async (socket) => void socket.end('\u0000\u001b[31mno such thing\r\n'.repeat(3)),
  'endless-line': (socket) => forEver(socket, 'x'),
  'endless-lines': (socket, reply) => forEver(socket, reply.slice(0, reply.indexOf('\n') + 1)),
  drip: async (socket, reply) => {
    for (const character of reply) {
      await new Promise(setImmediate)
      socket.write(character)
    }
  },
}

async function forEver(socket: Socket, text: string): Promise<void> {
  // In large pieces: of many small ones the system keeps so much beside the bytes that it drops some, and sends them again ever more slowly.
  const piece = text.repeat(Math.ceil(65_536 / text.length))
  while (!socket.destroyed)
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
}

/** Where a server goes astray, and how: at the step of that index, or at each for dripping. */
interface Astray {
  readonly at?: number
  readonly fault: Fault
}

/** Serves a script on a free port; whether it goes astray may be another for each connection. */
export async function serveScript(
  script: readonly Step[],
  astray?: Astray | (() => Astray | undefined),
): Promise<ScriptedServer> {
  let strayed: string | undefined
  const heard: string[] = []
  const talk = async (socket: Socket): Promise<void> => {
    const lines = linesOf(socket)
    const fault = typeof astray === 'function' ? astray() : astray
    for (const [at, [awaited, reply]] of script.entries()) {
      if (awaited !== undefined) {
        const { value: line, done } = await lines.next()
        if (done === true) return
        heard.push(line)
        if (!awaited.test(line)) {
          strayed ??= `expected ${String(awaited)}, got "${line}"`
          socket.destroy()
          return
        }
      }
      if (fault !== undefined && (fault.at ?? at) === at) await commit[fault.fault](socket, reply)
      else socket.write(reply)
      if (fault?.at === at) break
    }
    for await (const line of lines) heard.push(line)
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)))
    talk(socket).catch(() => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    port: (server.address() as AddressInfo).port,
    strayed: () => strayed,
    heard,
    open: () => sockets.size,
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end).replace(/\r$/, '')
      text = text.slice(end + 1)
    }
  }
  return undefined
}

/** Values of a result by the keys of their series, without those of the connection and the times. */
export const measuredBy = ({ samples }: CheckResult): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    samples
      .filter(({ series }) => !/^(tt_|phase_ms)|_time$|`duration$/.test(series.key))
      .map(({ series, value, kind }) => [
        series.key,
        kind === 'counter' || kind === 'delta' ? `${kind} ${value}` : value,
      ]),
  )

/** What a secret must not be found in, in any of the forms in which it goes over a line. */
export function expectNoSecret(result: CheckResult, secret: string): void {
  for (const form of [secret, Buffer.from(secret).toString('base64')])
    expect(JSON.stringify(result)).not.toContain(form)
}

/**
 * Runs a check of a good server in each way that it can go astray, at each step of its script, and expects a bad result without the
 * secret, the connection closed, and a good one where it only drips.
 */
export async function expectSurvival(
  script: readonly Step[],
  checkOf: (port: number) => Check,
  secret: string,
): Promise<void> {
  const run = async (fault: Fault, at: number, timeoutMs: number): Promise<CheckResult> => {
    const server = await serveScript(script, { at, fault })
    const result = await runOnce(checkOf(server.port), { timeoutMs })
    expect.soft(server.strayed()).toBeUndefined()
    expectNoSecret(result, secret)
    await expect.poll(server.open).toBe(0)
    return result
  }
  await Promise.all(
    script.flatMap((_, at) => [
      ...(['close', 'reset'] as const).map(async (fault) =>
        expect
          .soft(await run(fault, at, 5000), `${fault} at ${at}`)
          .toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' }),
      ),
      (async () =>
        expect
          .soft(await run('hang', at, 200), `hang at ${at}`)
          .toMatchObject({ state: 'bad', reason: 'timed-out' }))(),
      ...(['endless-line', 'garbage'] as const).map(async (fault) =>
        expect.soft(await run(fault, at, 30_000), `${fault} at ${at}`).toMatchObject({ state: 'bad' }),
      ),
    ]),
  )
  // It ends by itself; what is said before it is asked for may pass for answers to all that is asked.
  expect(await run('endless-lines', script.length - 1, 30_000)).not.toMatchObject({ reason: 'timed-out' })
  const dripping = await serveScript(script, { fault: 'drip' })
  expect(await runOnce(checkOf(dripping.port), { timeoutMs: 5000 })).toMatchObject({ state: 'good' })
}

/** Expects of a check of a server that follows a script what every check promises; the server goes astray at its last step. */
export async function expectScriptedConformance(
  script: readonly Step[],
  checkOf: (port: number) => Check,
  secrets: readonly string[] = [],
): Promise<void> {
  let astray: Astray | undefined
  const { port, open } = await serveScript(script, () => astray)
  const at = script.length - 1
  const become = (now: Astray | undefined) => (): void => void (astray = now)
  await expectConformance({
    create: () => checkOf(port),
    good: become(undefined),
    absent: become({ at: 0, fault: 'reset' }),
    hanging: become({ at, fault: 'hang' }),
    hostile: become({ at, fault: 'endless-line' }),
    openCount: open,
    secrets,
  })
}
