import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

import { peerName } from '../source/peer.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { BoundAddress } from '../source/bound-address.ts'
import { boundAddress } from './address.ts'
import type { IsAllowed } from './allowed-peers.ts'
import { errorCode, type Binding } from './bind.ts'
import { watchKernelDrops } from './kernel-drops.ts'

/** What a socket of datagrams needs of its run. */
export interface DatagramRun {
  readonly base: SourceBase<ProblemReason>
  readonly recvBufferSize: number
  readonly isAllowed: IsAllowed
  /** Takes a datagram, and hands on what was in it as one batch. */
  readonly take: (bytes: Uint8Array, peer: string) => void
}

/** The addresses of groups, of which one becomes a member. */
const isMulticast = (host: string): boolean =>
  isIPv6(host) ? /^ff/i.test(host) : Number(host.split('.', 1)) >= 224 && Number(host.split('.', 1)) <= 239

/**
 * Binds a UDP socket and hands on each datagram; never replies. What comes without room is parsed and dropped: so it is counted
 * in values, and changes of gauges are not lost to those that follow. Of a multicast address it becomes a member.
 */
export function bindDatagrams(
  { host, port }: { readonly host: string; readonly port: number },
  { base, recvBufferSize, isAllowed, take }: DatagramRun,
  told: { bound(address: BoundAddress): void; failed(error: unknown): void },
): Binding {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  let stopWatching: (() => void) | undefined
  socket.on('error', (error) => {
    if (stopWatching === undefined) told.failed(error)
    else base.report('connection-failed', `a datagram could not be received (${errorCode(error)})`)
  })
  socket.on('message', (bytes, { address, port: from }) => {
    if (!isAllowed(address)) {
      base.stats.refused += 1
      base.report('forbidden', 'this address is not among those that may send', {
        peer: () => peerName(address, from),
      })
      return
    }
    base.stats.received += 1
    base.stats.bytes += bytes.length
    take(bytes, peerName(address, from))
  })
  socket.bind(port, host, () => {
    try {
      if (isMulticast(host)) socket.addMembership(host)
    } catch (error) {
      told.failed(error)
      return
    }
    try {
      socket.setRecvBufferSize(recvBufferSize)
    } catch {
      // Some systems refuse what is more than they give, and others give less.
    }
    const bound = socket.address()
    stopWatching = watchKernelDrops(bound, base)
    told.bound(boundAddress('udp', bound))
  })
  return {
    close() {
      stopWatching?.()
      socket.close()
    },
  }
}
