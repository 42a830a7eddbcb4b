import { createSocket, type Socket } from 'node:dgram'

import { missingPeer } from '../../errors.ts'
import type { CheckContext } from '../check.ts'
import { answeredBadly, notAsked } from '../check-failure.ts'
import { abortable } from '../exchange/abortable.ts'
import { findHost } from '../exchange/dial.ts'
import { failure, reasonOf } from '../exchange/failures.ts'
import { endPhase } from '../exchange/phases.ts'
import { type HostTarget, targetName } from '../exchange/target.ts'
import type { RevealedUser, SnmpVersion } from './snmp-login.ts'
import type { Varbind } from './snmp-values.ts'

/** How an agent is asked. */
export interface SnmpTarget extends HostTarget {
  readonly version: SnmpVersion
  readonly community: string
  readonly user: RevealedUser | undefined
  readonly snmpContext: string
  readonly attempts: number
  readonly retryMs: number
}

/** Asks an agent. */
export interface SnmpSession {
  /** The values of objects; a number where they cannot be given together: the error status. */
  get(oids: readonly string[]): Promise<readonly Varbind[] | number>
  /** Gives the objects below one, until there are no more of them or `take` gives false. */
  walk(oid: string, take: (varbind: Varbind) => boolean): Promise<void>
}

/** What is used of net-snmp. */
interface NetSnmp {
  readonly Version1: number
  readonly Version2c: number
  readonly SecurityLevel: Readonly<Record<string, number>>
  readonly AuthProtocols: Readonly<Record<string, number>>
  readonly PrivProtocols: Readonly<Record<string, number>>
  readonly ErrorStatus: Readonly<Record<number, string>>
  readonly ResponseInvalidCode: Readonly<Record<number, string>>
  createSession(target: string, community: string, options: object): NetSnmpSession
  createV3Session(target: string, user: object, options: object): NetSnmpSession
}

type Done = (error: Error | null, varbinds?: readonly Varbind[]) => void

interface NetSnmpSession {
  get(oids: readonly string[], done: Done): void
  subtree(
    oid: string,
    maxRepetitions: number,
    feed: (varbinds: readonly Varbind[]) => boolean,
    done: Done,
  ): void
  on(event: 'error', listener: () => void): void
  close(): void
}

/** Objects to a datagram in a walk: rows of some length stay within one. */
const walkRepetitions = 20

async function loadNetSnmp(): Promise<NetSnmp> {
  try {
    const { default: library } = (await import('net-snmp')) as unknown as { readonly default: NetSnmp }
    return library
  } catch (cause) {
    throw missingPeer('net-snmp', cause)
  }
}

/** Asks an agent until `use` ends or the signal ends all; its socket is closed then in any case. */
export async function withSnmpSession<T>(
  context: CheckContext,
  target: SnmpTarget,
  use: (session: SnmpSession) => Promise<T>,
): Promise<T> {
  const library = await loadNetSnmp()
  const { address, family } = await findHost(context, target)
  const name = targetName(target)
  return abortable(context.signal, (resolve, reject) => {
    const startedMs = context.elapsedMs()
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const fail = (error: unknown): void => reject(failure(`no answer from ${name}`, error))
    let isOpen = true
    let session: NetSnmpSession | undefined
    socket
      .on('error', fail)
      .once('message', () => void endPhase(context, 'first_byte', startedMs))
      .connect(target.port, address, (error?: Error) => {
        if (!isOpen) return
        if (error !== undefined) {
          fail(error)
          return
        }
        try {
          session = createSession(library, target, address, socketOf(socket, fail))
          // What is no message of SNMP is passed over.
          session.on('error', () => undefined)
          use(sessionOf(session, library, target)).then(resolve, reject)
        } catch (cause) {
          reject(notAsked(`no session can be made with these options: ${reasonOf(cause)}`, cause))
        }
      })
    return () => {
      isOpen = false
      if (session === undefined) socket.close()
      else session.close()
    }
  })
}

/**
 * The socket as net-snmp takes one. It is connected, so that nobody else can answer and a refusal is heard at once. The library reads answers
 * in its listener, and must not end the process by one that it does not expect.
 */
function socketOf(socket: Socket, fail: (error: unknown) => void): object {
  let isOpen = true
  const adapter = {
    on(event: string, listener: (...given: readonly unknown[]) => void) {
      // Errors are heard already.
      if (event === 'close') socket.on('close', listener)
      if (event === 'message')
        socket.on('message', (message) => {
          try {
            if (isOpen) listener(message)
          } catch (error) {
            fail(error)
          }
        })
      return adapter
    },
    send(
      bytes: Buffer,
      start: number,
      length: number,
      _port: number,
      _to: string,
      done: (error: Error | null) => void,
    ) {
      socket.send(bytes, start, length, (error) => {
        // After the end it would begin to wait for an answer.
        if (isOpen) done(error)
      })
    },
    close() {
      isOpen = false
      socket.close()
    },
    ref: () => adapter,
    unref: () => adapter,
  }
  return { createSocket: () => adapter }
}

function createSession(
  library: NetSnmp,
  target: SnmpTarget,
  address: string,
  dgramModule: object,
): NetSnmpSession {
  const { version, community, user, snmpContext, port, attempts, retryMs } = target
  const options = {
    port,
    dgramModule,
    context: snmpContext,
    retries: attempts - 1,
    timeout: retryMs,
    reportOidMismatchErrors: true,
  }
  if (version !== '3' || user === undefined)
    return library.createSession(address, community, {
      ...options,
      version: version === '1' ? library.Version1 : library.Version2c,
    })
  const { name, authProtocol, authKey, privProtocol, privKey } = user
  const level = privKey !== undefined ? 'authPriv' : authKey !== undefined ? 'authNoPriv' : 'noAuthNoPriv'
  const signing = authProtocol && { authProtocol: library.AuthProtocols[authProtocol], authKey }
  const encrypting = privProtocol && { privProtocol: library.PrivProtocols[privProtocol], privKey }
  const login = { name, level: library.SecurityLevel[level], ...signing, ...encrypting }
  return library.createV3Session(address, login, options)
}

function sessionOf(session: NetSnmpSession, library: NetSnmp, target: SnmpTarget): SnmpSession {
  const name = targetName(target)
  /** Words of the library are left out where they may repeat the community. */
  const faultOf = (error: Error): Error => {
    const { status, code } = error as { readonly status?: number; readonly code?: number | string }
    if (error.name === 'RequestTimedOutError')
      return new Error(
        `no answer from ${name} to ${target.attempts} request${target.attempts === 1 ? '' : 's'}`,
      )
    if (error.name === 'RequestFailedError')
      return refusal(library.ErrorStatus[Number(status)] ?? `error ${status ?? ''}`)
    if (error.name === 'ResponseInvalidError') {
      const word = library.ResponseInvalidCode[Number(code)]
      return refusal(word === 'EAuthFailure' ? error.message : (word ?? 'what is no answer'))
    }
    if ('syscall' in error) return failure(`no answer from ${name}`, error)
    return notAsked(`the request could not be made: ${reasonOf(error)}`, error)
  }
  const refusal = (word: string): Error => answeredBadly(`${name} answered with ${word}`)
  return {
    get: (oids) =>
      new Promise((resolve, reject) => {
        session.get(oids, (error, varbinds = []) => {
          const { status } = (error ?? {}) as { readonly status?: number }
          if (error === null) resolve(varbinds)
          else if (status === 1 || status === 2) resolve(status)
          else reject(faultOf(error))
        })
      }),
    walk: (oid, take) =>
      new Promise((resolve, reject) => {
        let last = oid
        const takeNext = (varbind: Varbind): boolean => {
          // Agents that go back and forth would be walked for ever; what is elsewhere is no row.
          if (!varbind.oid.startsWith(`${oid}.`) || !follows(varbind.oid, last))
            reject(refusal('objects that are not in their order'))
          else if (take(varbind)) {
            last = varbind.oid
            return true
          }
          return false
        }
        session.subtree(
          oid,
          walkRepetitions,
          (varbinds) => !varbinds.every(takeNext),
          (error) => (error === null ? resolve() : reject(faultOf(error))),
        )
      }),
  }
}

/** Whether an object comes after another in the order of their numbers. */
function follows(oid: string, other: string): boolean {
  const [parts, others] = [oid.split('.'), other.split('.')]
  const at = parts.findIndex((part, place) => part !== others[place])
  return at >= 0 && (others[at] === undefined || Number(parts[at]) > Number(others[at]))
}
