import { isIPv6, type AddressInfo, type Server } from 'node:net'

import { ProtocolError } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'

/** Where to listen. */
export interface BindAddress {
  readonly host: string
  readonly port: number
}

type Transport = 'udp' | 'tcp'

interface Claim {
  readonly name: string
  readonly transport: Transport
  readonly address: string
  readonly port: number
}

/** What the sources of this process have bound; a port belongs to the process, so this does too. */
const claims = new Set<Claim>()

/** Remembers who has a port; the function given back forgets it. */
export function claim(name: string, transport: Transport, { address, port }: AddressInfo): () => void {
  const own: Claim = { name, transport, address, port }
  claims.add(own)
  return () => claims.delete(own)
}

function holderOf(transport: Transport, address: string, port: number): string | undefined {
  const everywhere = (host: string): boolean => host === '0.0.0.0' || host === '::'
  const [holder] = [...claims].filter(
    (own) =>
      own.transport === transport &&
      own.port === port &&
      (own.address === address || everywhere(own.address) || everywhere(address)),
  )
  return holder?.name
}

/** The error of a bind that failed, with what to do about it. */
export function bindError(
  name: string,
  transport: Transport,
  address: BindAddress,
  cause: unknown,
): ProtocolError {
  const { host, port } = address
  const code = errorCode(cause)
  const place = `${transport} ${peerName(host, port)}`
  if (code === 'EADDRINUSE') {
    // The one that a name such as localhost stands for.
    const found =
      cause instanceof Error && 'address' in cause && typeof cause.address === 'string' ? cause.address : host
    const holder = holderOf(transport, found, port)
    const why =
      holder === undefined
        ? 'another program has it, or another server of this process; stop that or choose another port'
        : `the source "${holder}" of this process has it: each subscription binds for itself, so hand one to several with share(), or choose another port`
    return new ProtocolError(
      'PROTOCOL_PORT_TAKEN',
      `${name} cannot listen on ${place}, ${why}`,
      { transport, host, port, ...(holder !== undefined && { holder }) },
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
  base: SourceBase<ProblemReason>,
  address: BindAddress,
  run: Pick<SourceRun<unknown>, 'bound' | 'fail'>,
): () => void {
  let release: (() => void) | undefined
  let closed = false
  server.on('error', (error) => {
    if (release === undefined) run.fail(bindError(base.name, 'tcp', address, error))
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
    if (closed) {
      server.close()
      return
    }
    const own = server.address() as AddressInfo
    release = claim(base.name, 'tcp', own)
    run.bound(own)
  })
  return () => {
    closed = true
    release?.()
    server.close()
  }
}
