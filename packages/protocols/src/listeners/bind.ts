import { isIPv6, type AddressInfo, type Server } from 'node:net'

import { ProtocolError } from '../errors.ts'
import type { SourceBase } from '../source.ts'

/** Where to listen. */
export interface BindAddress {
  readonly host: string
  readonly port: number
}

/** The error of a bind that failed, with what to do about it. */
export function bindError(
  name: string,
  transport: 'udp' | 'tcp',
  address: BindAddress,
  cause: unknown,
): ProtocolError {
  const { host, port } = address
  const code = errorCode(cause)
  const place = `${transport} ${peerName(host, port)}`
  if (code === 'EADDRINUSE') {
    return new ProtocolError(
      'PROTOCOL_PORT_TAKEN',
      `${name} cannot listen on ${place}, another program has it; stop that program or choose another port`,
      { transport, host, port },
      cause,
    )
  }
  const advice =
    code === 'EACCES'
      ? 'ports below 1024 need a privilege, choose a higher one'
      : 'choose an address of this machine, such as 127.0.0.1'
  return new ProtocolError(
    'PROTOCOL_BIND_FAILED',
    `${name} cannot listen on ${place} (${code}); ${advice}`,
    { transport, host, port, reason: code },
    cause,
  )
}

/** The code of a system error, such as `ECONNRESET`. */
export function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

/** `address:port`, an IPv6 address in brackets. */
export function peerName(address: string | undefined, port: number | undefined): string {
  const host = address ?? 'unknown'
  return `${isIPv6(host) ? `[${host}]` : host}:${port ?? 0}`
}

/**
 * Makes a TCP or HTTP server listen; the function given back closes it. Failing to bind ends the run, later errors (no file
 * handles left) are problems, since the server goes on.
 */
export function listenTcp(
  server: Server,
  base: SourceBase,
  address: BindAddress,
  fail: (error: unknown) => void,
): () => void {
  let withdraw: (() => void) | undefined
  let closed = false
  const isClosed = (): boolean => closed
  server.on('error', (error) => {
    if (withdraw === undefined) fail(bindError(base.name, 'tcp', address, error))
    else base.report('connection-failed', `a connection could not be accepted (${errorCode(error)})`)
  })
  server.on('drop', (dropped) => {
    base.stats.refused += 1
    base.report('too-many-connections', `at most ${server.maxConnections} connections are open at a time`, {
      peer: peerName(dropped?.remoteAddress, dropped?.remotePort),
    })
  })
  server.listen(address.port, address.host, () => {
    // listen() looks the address up first, and a close() before that has no effect.
    if (isClosed()) server.close()
    else withdraw = base.bound(server.address() as AddressInfo)
    // Whoever was told the address may have unsubscribed at once.
    if (isClosed()) withdraw?.()
  })
  return () => {
    closed = true
    withdraw?.()
    server.close()
  }
}
