import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { take, type Observable, type Subscription } from 'rxjs'

import type { Source } from '../src/source/source.ts'

/** Sends datagrams one after another. */
export async function sendUdp(port: number, ...datagrams: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const datagram of datagrams) {
    await new Promise((sent) => socket.send(datagram, port, '127.0.0.1', sent))
  }
  socket.close()
}

/** An open connection. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Ends when a connection has closed, in order or not. */
export const gone = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))

/** The first value of a stream, or its error. */
export const firstOf = <T>(source: Observable<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    source.pipe(take(1)).subscribe({ next: resolve, error: reject })
  })

/** The port that a source has bound, once it has. */
export async function portOf(source: Source<unknown>): Promise<number> {
  const { port } = await firstOf(source.listening)
  return port
}

/** What a subscription brings, and a promise for the moment when it has brought so much. */
export interface Received<T> {
  readonly values: readonly T[]
  readonly subscription: Subscription
  readonly count: (values: number) => Promise<readonly T[]>
}

export function receive<T>(source: { subscribe(next: (value: T) => void): Subscription }): Received<T> {
  const values: T[] = []
  const waiting = new Set<() => void>()
  const subscription = source.subscribe((value) => {
    values.push(value)
    for (const look of waiting) look()
  })
  return {
    values,
    subscription,
    count: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (values.length < wanted) return
          waiting.delete(look)
          resolve(values)
        }
        waiting.add(look)
        look()
      }),
  }
}

/** The TCP servers and connections of this process. (Closed UDP sockets are listed until they are collected.) */
export const openTcpHandles = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))

/** Turns of the event loop enough for what was closed to be gone. */
export async function closed(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
}

/** A port that was free a moment ago. */
export async function freePort(transport: 'udp' | 'tcp'): Promise<number> {
  if (transport === 'udp') {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    await new Promise<void>((done) => socket.close(done))
    return port
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
