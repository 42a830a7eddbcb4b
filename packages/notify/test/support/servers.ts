import { createServer as createHttpServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

import { afterEach } from 'vitest'

import type { ReceiverBehaviour } from '../../src/testing/index.ts'
import { serverCertificate, serverKey } from './certificates.ts'

const running = new Set<() => void>()
afterEach(() => {
  for (const stop of running) stop()
  running.clear()
})

/** A server on a free port of this machine until the test ends. */
export async function listen(server: Server): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  server.on('connection', keep)
  running.add(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, sockets }
}

/** A port of this machine on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An HTTP server that keeps what it was sent. */
export async function httpReceiver(
  listener: RequestListener = (_, response) => response.end(),
  tls?: TlsOptions,
): Promise<{ url: string; received: string[]; connections: () => number; sockets: Set<Socket> }> {
  const received: string[] = []
  let connections = 0
  const listening: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const heads = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
      received.push(`${request.method} ${request.url}\n${heads.join('\n')}\n\n${body}`)
      listener(request, response)
    })
  }
  const server =
    tls === undefined
      ? createHttpServer(listening)
      : createHttpsServer({ cert: serverCertificate, key: serverKey, ...tls }, listening)
  server.on('connection', () => connections++)
  const { port, sockets } = await listen(server)
  const scheme = tls === undefined ? 'http' : 'https'
  return {
    url: `${scheme}://127.0.0.1:${port}/hooks/hidden-path`,
    received,
    connections: () => connections,
    sockets,
  }
}

const behaviours: Readonly<Record<Exclude<ReceiverBehaviour, 'absent'>, RequestListener>> = {
  takes: (_, response) => response.end('taken'),
  fails: (_, response) => response.writeHead(503).end('failed'),
  limits: (_, response) => response.writeHead(429, { 'retry-after': '60' }).end(),
  refuses: (_, response) => response.writeHead(400).end(),
  hangs: () => undefined,
  resets: (request) => request.socket.destroy(),
}

/** An HTTP receiver that does this. */
export async function httpScene(behaviour: ReceiverBehaviour): Promise<{ url: string; received: string[] }> {
  if (behaviour === 'absent') return { url: `http://127.0.0.1:${await freePort()}/hidden-path`, received: [] }
  return httpReceiver(behaviours[behaviour])
}

/** A proxy that opens tunnels, or says what it is told to say instead. */
export async function proxy(answer?: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((socket) => {
    let head = ''
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      if (!head.endsWith('\r\n\r\n')) return
      socket.off('data', onData)
      requests.push(head)
      if (answer !== undefined) {
        socket.write(answer)
        return
      }
      const [, host = '', port = ''] = /^CONNECT (\S+):(\d+) /.exec(head) ?? []
      const on = connect(Number(port), host === 'receiver.example' ? '127.0.0.1' : host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n')
        socket.pipe(on).pipe(socket)
      })
      on.on('error', () => socket.destroy())
      socket.on('close', () => on.destroy())
    }
    socket.on('data', onData)
  })
  const { port } = await listen(server)
  return { url: `http://user:p%40ss@127.0.0.1:${port}`, requests }
}
