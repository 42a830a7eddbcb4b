import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { onTestFinished } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { httpCheck } from '../../../src/checks/http/http-check.ts'
import type { HttpCheckOptions } from '../../../src/checks/http/http-check-options.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { serverCertificate, serverKey } from '../../certificates.ts'

/** The result of one run. */
export const look = (options: HttpCheckOptions, timeoutMs = 5000): Promise<CheckResult> =>
  runOnce(httpCheck(options), { timeoutMs })

/** What a run measured, by series; each is there once, or the list of its values. */
export function measured({ samples }: CheckResult): Record<string, unknown> {
  const values: Record<string, unknown[]> = {}
  for (const { series, value } of samples) (values[series.key] ??= []).push(value)
  return Object.fromEntries(
    Object.entries(values).map(([key, all]) => [key, all.length === 1 ? all[0] : all]),
  )
}

/** The same without what takes time. */
export const steady = (result: CheckResult): Record<string, unknown> =>
  Object.fromEntries(Object.entries(measured(result)).filter(([key]) => !/^(tt_|phase_ms)/.test(key)))

async function listening(server: Server, scheme: string): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server of HTTP for the length of one test. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  onTestFinished(() => server.closeAllConnections())
  return listening(server, 'http')
}

/** The same over TLS, with the certificate of the tests' own authority. */
export async function serveSecure(listener: RequestListener): Promise<string> {
  const server = createSecureServer({ cert: serverCertificate, key: serverKey }, listener)
  onTestFinished(() => server.closeAllConnections())
  return listening(server, 'https')
}

/** A server that does this with each connection, once a request has come. */
export async function serveSocket(answer: (socket: Socket) => void, scheme = 'http'): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => answer(socket))
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  return listening(server, scheme)
}

/** A server that sends these bytes to each request, and closes where told. */
export const serveBytes = (bytes: string, close = false): Promise<string> =>
  serveSocket((socket) => (close ? socket.end(bytes) : socket.write(bytes)))

/** Sends the same again and again, as fast as it is taken. */
export function pour(socket: Socket, bytes: string): void {
  const more = (): void => {
    if (!socket.destroyed) socket.write(bytes, () => setImmediate(more))
  }
  more()
}
