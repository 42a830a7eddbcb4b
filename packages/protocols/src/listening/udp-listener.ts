import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

import type { Sample } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'
import { bindError, claim, errorCode, peerName, type BindAddress } from './bind.ts'
import type { Feed } from './feed.ts'

/** Where and how to listen for datagrams. */
export interface UdpListenerOptions extends BindAddress {
  readonly recvBufferSize: number
}

/**
 * Binds a UDP socket and hands on each datagram; never replies. What comes without room is parsed and dropped: so it is counted
 * in values, and changes of gauges are not lost to those that follow. The function given back closes it.
 */
export function listenUdp(
  base: SourceBase<ProblemReason>,
  options: UdpListenerOptions,
  feed: Feed,
  run: SourceRun<Sample>,
): () => void {
  const { host, port, recvBufferSize } = options
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize })
  let release: (() => void) | undefined
  socket.on('error', (error) => {
    if (release === undefined) run.fail(bindError(base.name, 'udp', options, error))
    else base.report('connection-failed', `a datagram could not be received (${errorCode(error)})`)
  })
  socket.on('message', (bytes, { address, port: from }) => {
    base.stats.received += 1
    base.stats.bytes += bytes.length
    feed.parse(bytes, peerName(address, from))
    feed.emit()
  })
  socket.bind(port, host, () => {
    release = claim(base.name, 'udp', socket.address())
    run.bound(socket.address())
  })
  return () => {
    release?.()
    socket.close()
  }
}
