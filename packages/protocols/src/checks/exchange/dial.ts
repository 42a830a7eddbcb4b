import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'

import type { CheckContext } from '../check.ts'
import { noAnswer } from '../check-failure.ts'
import { abortable } from './abortable.ts'
import { failure } from './failures.ts'
import { endPhase } from './phases.ts'
import type { HostAddress } from './resolver.ts'
import { secure, type Secured } from './secure.ts'
import { type HostTarget, plainHost, type Target, targetName, type TlsOptions } from './target.ts'

/** A connection as it is when its target has been reached. */
export interface Dialled {
  /** Of TLS where the target is. */
  readonly socket: Socket
  /** The target as people write it. */
  readonly name: string
  /** Where it was found; `undefined` at a Unix socket. */
  readonly address: HostAddress | undefined
  /** When that was, ms since the start of the run: the first byte is waited for from here. */
  readonly readyMs: number
  /** Goes over from {@link socket} to TLS; only what it gives may be used then. */
  secure(options: TlsOptions): Promise<Secured>
}

/** Finds where a host is, and measures that where it had to be looked for. */
export async function findHost(context: CheckContext, { host, family }: HostTarget): Promise<HostAddress> {
  const startedMs = context.elapsedMs()
  const address = await context.resolver.resolve(host, {
    signal: context.signal,
    ...(family !== undefined && { family }),
  })
  context.signal.throwIfAborted()
  if (isIP(plainHost(host)) === 0) endPhase(context, 'resolve', startedMs)
  return address
}

/**
 * Connects to a target, measures, and lets the connection be used until that ends or the signal ends all. It is destroyed then in any
 * case. Rejects by `answeredBadly` where TLS is verified and the certificate is not valid.
 */
export async function dial<T>(
  context: CheckContext,
  target: Target,
  use: (dialled: Dialled) => Promise<T>,
): Promise<T> {
  const address = 'path' in target ? undefined : await findHost(context, target)
  return abortable(context.signal, (resolve, reject) => {
    const startedMs = context.elapsedMs()
    const socket = connect(endpoint(target, address))
    talkOver(context, target, address, socket, startedMs, use).then(resolve, reject)
    // What speaks TLS over it ends with it.
    return () => socket.destroy()
  })
}

async function talkOver<T>(
  context: CheckContext,
  target: Target,
  address: HostAddress | undefined,
  socket: Socket,
  startedMs: number,
  use: (dialled: Dialled) => Promise<T>,
): Promise<T> {
  const name = targetName(target)
  await connected(socket, name)
  const connectedMs = endPhase(context, 'connect', startedMs)
  const host = 'path' in target ? 'localhost' : plainHost(target.host)
  const overTls = (options: TlsOptions): Promise<Secured> => secure(context, socket, { name, host }, options)
  const { tls = false, preface } = target
  if (preface !== undefined) socket.write(preface(socket))
  const ready = tls === false ? { socket, readyMs: connectedMs } : await overTls(tls === true ? {} : tls)
  return use({ ...ready, name, address, secure: overTls })
}

const connected = (socket: Socket, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket
      .once('connect', resolve)
      // It stays, for errors that nobody waits for.
      .on('error', (error) => reject(failure(`no connection to ${name}`, error)))
      .once('close', () => reject(noAnswer(`no connection to ${name}: it was closed`)))
  })

const endpoint = (target: Target, address: HostAddress | undefined): NetConnectOpts =>
  'path' in target
    ? { path: target.path }
    : { host: address?.address ?? target.host, port: target.port, autoSelectFamily: false }
