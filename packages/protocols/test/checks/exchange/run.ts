import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { onTestFinished } from 'vitest'

import type { CheckContext } from '../../../src/checks/check.ts'
import type { Resolver } from '../../../src/checks/exchange/resolver.ts'
import { createFindings } from '../../../src/checks/findings.ts'

/** A run of a check as its runner makes it, and what it has measured. */
export interface TestRun {
  readonly context: CheckContext
  readonly abort: (reason?: Error) => void
  /** Values by metric, and by `phase_ms` with the phase behind a colon. */
  readonly measured: () => Readonly<Record<string, unknown>>
}

const noResolver: Resolver = {
  resolve: (host) => Promise.resolve({ address: host, family: host.includes(':') ? 6 : 4, isStale: false }),
}

export function startRun(resolver: Resolver = noResolver): TestRun {
  const controller = new AbortController()
  const found = createFindings(() => Date.now())
  let elapsedMs = 0
  return {
    context: {
      signal: controller.signal,
      now: () => Date.now(),
      // A clock that goes on whenever it is looked at.
      elapsedMs: () => (elapsedMs += 1),
      found,
      resolver,
      runner: {},
    },
    abort: (reason) => controller.abort(reason),
    measured: () =>
      Object.fromEntries(
        found.samples.map(({ series, value }) => [
          series.tags['phase'] === undefined ? series.metric : `${series.metric}:${series.tags['phase']}`,
          value,
        ]),
      ),
  }
}

/** A server on a free port; all that it holds ends with the test. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A server of plain TCP. */
export const serve = (talk: (socket: Socket) => void): Promise<number> => listen(createServer(talk))

/** A promise, and what resolves it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: ((value: T) => void) | undefined
  const promise = new Promise<T>((resolved) => (resolve = resolved))
  return { promise, resolve: (value) => resolve?.(value) }
}
