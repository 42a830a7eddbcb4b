import type { Socket } from 'node:net'

import type { ProblemReason } from '../source/problem.ts'
import { ownerOf, peerName } from '../source/peer.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { IsAllowed } from './allowed-peers.ts'

/** How many connections there may be, and how slow; 0 ms for never. */
export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerPeer: number
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxConnectionMs: number
}

/** One connection that was let in. */
export interface Connection {
  readonly socket: Socket
  readonly peer: string
  /** It brought something whole. */
  brought(): void
}

/** The connections of one run, over all its addresses. */
export interface Connections {
  /** Lets one in, or turns it away; where it comes over a Unix socket it has no address, and whoever may open that may send. */
  admit(socket: Socket, isUnix: boolean): Connection | undefined
  /** The one below a socket of TLS, where it was let in. */
  below(socket: Socket): Connection | undefined
  /** While the subscriber has no room nothing is read, and silence is nobody's fault. */
  hold(): void
  release(): void
  close(): void
}

/** How often it looks for those that are too slow, ms. */
const longestLookMs = 1000

interface Entry extends Connection {
  /** Whose it is, among those of whom there may be only so many. */
  readonly owner: string | undefined
  readonly openedAt: number
  /** When it last brought something whole, by a clock that stands while nothing is read. */
  progressAt: number
}

type Refusal = readonly [reason: 'forbidden' | 'too-many-connections', message: string]

/** Counts connections, and closes those that are too slow. */
export function createConnections(
  base: SourceBase<ProblemReason>,
  limits: ConnectionLimits,
  isAllowed: IsAllowed,
): Connections {
  const { maxConnections, maxConnectionsPerPeer, firstByteTimeoutMs, idleTimeoutMs, maxConnectionMs } = limits
  const all = new Map<string, Entry>()
  const perOwner = new Map<string, number>()
  const timeouts = [firstByteTimeoutMs, idleTimeoutMs, maxConnectionMs].filter((ms) => ms > 0)
  const refusals = refusalsOf(limits)
  let looks: NodeJS.Timeout | undefined
  let held = 0
  let heldSince: number | undefined
  let unixCount = 0
  const readingTime = (): number => (heldSince ?? performance.now()) - held

  function refusal(
    address: string | undefined,
    owner: string | undefined,
    isUnix: boolean,
  ): Refusal | undefined {
    if (!isUnix && !isAllowed(address)) return refusals.forbidden
    if (all.size >= maxConnections) return refusals.tooMany
    return owner !== undefined && (perOwner.get(owner) ?? 0) >= maxConnectionsPerPeer
      ? refusals.tooManyOfOne
      : undefined
  }

  function look(): void {
    const now = performance.now()
    const read = readingTime()
    for (const one of all.values()) {
      const { socket, peer } = one
      if (isOver(read - one.progressAt, firstByteTimeoutMs) && socket.bytesRead === 0) {
        base.report('too-slow', `closed: nothing came within ${firstByteTimeoutMs} ms`, { peer })
        socket.destroy()
      } else if (isOver(read - one.progressAt, idleTimeoutMs)) {
        base.report('too-slow', `closed: nothing whole came within ${idleTimeoutMs} ms`, { peer })
        socket.destroy()
      } else if (isOver(now - one.openedAt, maxConnectionMs)) socket.destroy()
    }
  }

  function forget(key: string, { owner }: Entry): void {
    all.delete(key)
    if (owner !== undefined) {
      const left = (perOwner.get(owner) ?? 1) - 1
      if (left === 0) perOwner.delete(owner)
      else perOwner.set(owner, left)
    }
    if (all.size > 0) return
    clearInterval(looks)
    looks = undefined
  }

  return {
    admit(socket, isUnix) {
      const { remoteAddress: address, remotePort } = socket
      const peer = address === undefined && !isUnix ? 'unknown' : peerName(address, remotePort)
      const owner = address === undefined ? undefined : ownerOf(address)
      // What is turned away may break off still.
      socket.on('error', () => undefined)
      const refused = refusal(address, owner, isUnix)
      if (refused !== undefined) {
        base.stats.refused += 1
        base.report(...refused, { peer })
        socket.destroy()
        return undefined
      }
      const one: Entry = {
        ...{ socket, peer, owner, openedAt: performance.now(), progressAt: readingTime() },
        brought: () => (one.progressAt = readingTime()),
      }
      const key = address === undefined ? `${(unixCount += 1)}` : pathOf(socket)
      base.stats.connections += 1
      all.set(key, one)
      if (owner !== undefined) perOwner.set(owner, (perOwner.get(owner) ?? 0) + 1)
      socket.once('close', () => forget(key, one))
      if (timeouts.length > 0) looks ??= setInterval(look, Math.min(longestLookMs, ...timeouts))
      return one
    },
    below: (socket) => all.get(pathOf(socket)),
    hold: () => (heldSince ??= performance.now()),
    release() {
      if (heldSince !== undefined) held += performance.now() - heldSince
      heldSince = undefined
    },
    close() {
      for (const { socket } of all.values()) socket.destroy()
    },
  }
}

const isOver = (ms: number, limitMs: number): boolean => limitMs > 0 && ms >= limitMs

/** Both ends of a connection, which no other has at the time: a sender may use one port of its own for several of ours. */
const pathOf = ({ localAddress, localPort, remoteAddress, remotePort }: Socket): string =>
  `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`

/** Made once, since those who are turned away come often. */
const refusalsOf = ({
  maxConnections,
  maxConnectionsPerPeer,
}: ConnectionLimits): Readonly<Record<'forbidden' | 'tooMany' | 'tooManyOfOne', Refusal>> => ({
  forbidden: ['forbidden', 'this address is not among those that may send'],
  tooMany: ['too-many-connections', `at most ${maxConnections} connections are open at a time`],
  tooManyOfOne: [
    'too-many-connections',
    `at most ${maxConnectionsPerPeer} connections of one address are open at a time`,
  ],
})
