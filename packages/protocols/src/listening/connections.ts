import type { Socket } from 'node:net'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import { peerName } from './address.ts'
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
  /** Lets one in, or turns it away. */
  admit(socket: Socket): Connection | undefined
  /** The one from a peer that was let in. */
  of(peer: string): Connection | undefined
  /** While the subscriber has no room nothing is read, and silence is nobody's fault. */
  hold(): void
  release(): void
  close(): void
}

/** How often it looks for those that are too slow, ms. */
const longestLookMs = 1000

interface Entry extends Connection {
  readonly address: string | undefined
  readonly openedAt: number
  /** When it last brought something whole, or could not. */
  progressAt: number
}

/** Counts connections, and closes those that are too slow. */
export function createConnections(
  base: SourceBase<ProblemReason>,
  limits: ConnectionLimits,
  isAllowed: IsAllowed,
): Connections {
  const { maxConnections, maxConnectionsPerPeer, firstByteTimeoutMs, idleTimeoutMs, maxConnectionMs } = limits
  const all = new Set<Entry>()
  const byPeer = new Map<string, Entry>()
  const perAddress = new Map<string, number>()
  const timeouts = [firstByteTimeoutMs, idleTimeoutMs, maxConnectionMs].filter((ms) => ms > 0)
  let looks: NodeJS.Timeout | undefined
  let isHeld = false

  const turnAway = (reason: 'forbidden' | 'too-many-connections', message: string, peer: string): void => {
    base.stats.refused += 1
    base.report(reason, message, { peer })
  }

  function refusal(
    address: string | undefined,
  ): readonly ['forbidden' | 'too-many-connections', string] | undefined {
    if (!isAllowed(address)) return ['forbidden', 'this address is not among those that may send']
    if (all.size >= maxConnections)
      return ['too-many-connections', `at most ${maxConnections} connections are open at a time`]
    if (address !== undefined && (perAddress.get(address) ?? 0) >= maxConnectionsPerPeer)
      return [
        'too-many-connections',
        `at most ${maxConnectionsPerPeer} connections of one address are open at a time`,
      ]
    return undefined
  }

  function look(): void {
    if (isHeld) return
    const now = performance.now()
    const isOver = (since: number, ms: number): boolean => ms > 0 && now - since >= ms
    for (const one of all) {
      if (
        isOver(one.openedAt, maxConnectionMs) ||
        isOver(one.progressAt, idleTimeoutMs) ||
        (one.socket.bytesRead === 0 && isOver(one.progressAt, firstByteTimeoutMs))
      )
        one.socket.destroy()
    }
  }

  function forget(one: Entry): void {
    all.delete(one)
    byPeer.delete(one.peer)
    if (one.address !== undefined) {
      const left = (perAddress.get(one.address) ?? 1) - 1
      if (left === 0) perAddress.delete(one.address)
      else perAddress.set(one.address, left)
    }
    if (all.size > 0) return
    clearInterval(looks)
    looks = undefined
  }

  return {
    admit(socket) {
      const { remoteAddress: address, remotePort } = socket
      const peer = peerName(address, remotePort)
      // What is turned away may break off still.
      socket.on('error', () => undefined)
      const refused = refusal(address)
      if (refused !== undefined) {
        turnAway(...refused, peer)
        socket.destroy()
        return undefined
      }
      const now = performance.now()
      const one: Entry = {
        ...{ socket, peer, address, openedAt: now, progressAt: now },
        brought: () => (one.progressAt = performance.now()),
      }
      base.stats.connections += 1
      all.add(one)
      byPeer.set(peer, one)
      if (address !== undefined) perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
      socket.once('close', () => forget(one))
      if (timeouts.length > 0) looks ??= setInterval(look, Math.min(longestLookMs, ...timeouts))
      return one
    },
    of: (peer) => byPeer.get(peer),
    hold: () => (isHeld = true),
    release() {
      isHeld = false
      const now = performance.now()
      for (const one of all) one.progressAt = now
    },
    close() {
      for (const { socket } of all) socket.destroy()
    },
  }
}
