import { lstatSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'

import { ProtocolError } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { BoundAddress } from '../source/bound-address.ts'
import { addressName, boundAddress, type ListenAddress } from './address.ts'

/** A socket or server that was asked to bind. */
export interface Binding {
  close(): void
}

/** What becomes of a bind. */
export interface BindOutcome {
  bound(address: BoundAddress): void
  failed(error: unknown): void
}

type Kind = 'udp' | 'tcp' | 'unix'

interface Claim {
  readonly name: string
  readonly kind: Kind
  readonly address: string
  readonly port: number
}

/** What the sources of this process have bound; a port belongs to the process, so this does too. */
const claims = new Set<Claim>()

const kindOf = ({ transport }: ListenAddress): Kind => (transport === 'tls' ? 'tcp' : transport)

/** Remembers who has an address; the function given back forgets it. */
export function claim(name: string, where: ListenAddress, { address, port }: BoundAddress): () => void {
  const own: Claim = { name, kind: kindOf(where), address, port }
  claims.add(own)
  return () => claims.delete(own)
}

function holderOf(kind: Kind, address: string, port: number): string | undefined {
  const everywhere = (host: string): boolean => host === '0.0.0.0' || host === '::'
  const [holder] = [...claims].filter(
    (own) =>
      own.kind === kind &&
      own.port === port &&
      (own.address === address || everywhere(own.address) || everywhere(address)),
  )
  return holder?.name
}

/** The error of a bind that failed, with what to do about it. */
export function bindError(name: string, address: ListenAddress, cause: unknown): ProtocolError {
  const code = errorCode(cause)
  const place = addressName(address)
  const facts =
    address.transport === 'unix'
      ? { transport: 'unix', path: address.path }
      : { transport: address.transport, host: address.host, port: address.port }
  if (code === 'EADDRINUSE') {
    const own = address.transport === 'unix' ? address.path : address.host
    // The one that a name such as localhost stands for.
    const found =
      cause instanceof Error && 'address' in cause && typeof cause.address === 'string' ? cause.address : own
    const holder = holderOf(kindOf(address), found, address.transport === 'unix' ? 0 : address.port)
    const other = address.transport === 'unix' ? 'path' : 'port'
    const why =
      holder === undefined
        ? `another program has it, or another server of this process; stop that or choose another ${other}`
        : `the source "${holder}" of this process has it: each subscription binds for itself, so hand one to several with share(), or choose another ${other}`
    return new ProtocolError(
      'PROTOCOL_PORT_TAKEN',
      `${name} cannot listen on ${place}, ${why}`,
      { ...facts, ...(holder !== undefined && { holder }) },
      cause,
    )
  }
  return new ProtocolError(
    'PROTOCOL_BIND_FAILED',
    `${name} cannot listen on ${place} (${code}); ${adviceFor(code, address)}`,
    { ...facts, reason: code },
    cause,
  )
}

function adviceFor(code: string, { transport }: ListenAddress): string {
  if (transport === 'unix') return 'choose a path in a folder that this program may write to'
  return code === 'EACCES'
    ? 'ports below 1024 need a privilege, choose a higher one'
    : 'choose an address of this machine, such as 127.0.0.1'
}

/** The code of a system error, such as `ECONNRESET`. */
export function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

/** Makes a server listen. Errors after it is bound (no file handles left) are problems, since the server goes on. */
export function bindServer(
  server: Server,
  base: SourceBase<ProblemReason>,
  address: Exclude<ListenAddress, { readonly transport: 'udp' }>,
  told: BindOutcome,
): Binding {
  let isBound = false
  let isClosed = false
  const listen = (): void => {
    if (address.transport === 'unix') server.listen(address.path)
    else server.listen(address.port, address.host)
  }
  let mayBeStale = address.transport === 'unix'
  server.on('error', (error) => {
    if (isBound) {
      base.report('connection-failed', `a connection could not be accepted (${errorCode(error)})`)
      return
    }
    if (mayBeStale && address.transport === 'unix' && errorCode(error) === 'EADDRINUSE') {
      mayBeStale = false
      removeStale(address.path, (isRemoved) => {
        if (isClosed) return
        if (isRemoved) listen()
        else told.failed(error)
      })
      return
    }
    told.failed(error)
  })
  server.on('listening', () => {
    // listen() looks the address up first, and a close() before that has no effect.
    if (isClosed) {
      server.close()
      return
    }
    isBound = true
    told.bound(boundAddress(address.transport, server.address()))
  })
  listen()
  return {
    close() {
      isClosed = true
      server.close()
    },
  }
}

/** A process that was killed leaves its socket behind: one at which nobody answers is removed. */
function removeStale(path: string, done: (isRemoved: boolean) => void): void {
  const asked = connect(path)
  asked.once('connect', () => {
    asked.destroy()
    done(false)
  })
  asked.once('error', (error) => {
    if (errorCode(error) !== 'ECONNREFUSED') {
      done(false)
      return
    }
    try {
      // The system says of a plain file too that nobody answers.
      const isSocket = lstatSync(path).isSocket()
      if (isSocket) unlinkSync(path)
      done(isSocket)
    } catch {
      done(false)
    }
  })
}
