import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'

import { deliveryFailure } from '../errors.ts'
import type { AddressGuard } from './address-guard.ts'
import { isProxy } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { revealed } from './secret.ts'

/** Longest head of the answer of a proxy, bytes. */
const maxHeadBytes = 16_384

/** The host of a URL as `net.connect` takes it. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** Dials a host, by the proxy where there is one. Rejects when the signal aborts. */
export async function dial(
  host: string,
  port: number,
  guard: AddressGuard,
  proxy: ConnectionOptions['proxy'],
  signal: AbortSignal,
): Promise<Socket> {
  if (proxy === undefined) return open(host, port, guard, signal)
  // The proxy resolves names; what is its own machine is known by name alone.
  refuse(guard, /(^|\.)localhost\.?$/i.test(host) ? '127.0.0.1' : host)
  const given = await revealed(proxy)
  if (!isProxy(given))
    throw deliveryFailure('permanent', 'the secret of "proxy" is no http URL', { arrived: 'no' })
  const url = new URL(given)
  const socket = await open(hostOf(url), Number(url.port || 80), guard, signal)
  try {
    await tunnel(socket, url, isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`, signal)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function refuse(guard: AddressGuard, host: string): void {
  const refusal = guard.refusal(host)
  if (refusal !== undefined) throw refusal
}

async function open(host: string, port: number, guard: AddressGuard, signal: AbortSignal): Promise<Socket> {
  refuse(guard, host)
  const socket = connect({ host, port, lookup: guard.lookup, noDelay: true })
  await happens(socket, 'connect', signal, (resolve) => {
    resolve()
  })
  return socket
}

/** Asks the proxy for a tunnel, and reads its answer, not a byte more. */
async function tunnel(socket: Socket, proxy: URL, target: string, signal: AbortSignal): Promise<void> {
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${loginOf(proxy)}\r\n`)
  let head = ''
  await happens(socket, 'readable', signal, (resolve, reject) => {
    for (let byte = nextByte(socket); byte !== undefined; byte = nextByte(socket)) {
      head += byte
      const isWhole = head.endsWith('\r\n\r\n')
      if (!isWhole && head.length < maxHeadBytes) continue
      const failure = isWhole ? judge(head) : proxyFailure('an endless head')
      if (failure === undefined) resolve()
      else reject(failure)
      return
    }
  })
}

function judge(head: string): Error | undefined {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
  if (status >= 200 && status < 300) return undefined
  return proxyFailure(Number.isNaN(status) ? 'no HTTP' : `status ${status}`, status === 407 || status === 403)
}

const nextByte = (socket: Socket): string | undefined => (socket.read(1) as Buffer | null)?.toString('latin1')

function loginOf({ username, password }: URL): string {
  if (username === '' && password === '') return ''
  const user = Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')
  return `proxy-authorization: Basic ${user}\r\n`
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const proxyFailure = (answer: string, isFinal = false): Error =>
  deliveryFailure(isFinal ? 'permanent' : 'transient', `the proxy answered with ${answer}`, { arrived: 'no' })

/** Waits until an event of a socket leads to an end, or there is an error, or the other side hangs up, or the signal aborts. */
function happens(
  socket: Socket,
  event: 'connect' | 'readable',
  signal: AbortSignal,
  on: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', abort)
      socket.off(event, happened).off('error', end).off('close', closed)
      if (error === undefined) {
        resolve()
        return
      }
      // What it still says is of no interest, and must not be thrown.
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    const happened = (): void => on(end, end)
    const closed = (): void => end(proxyFailure('the end of the connection'))
    const abort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort)
    socket.on(event, happened).on('error', end).on('close', closed)
  })
}
