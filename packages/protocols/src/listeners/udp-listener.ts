import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

import type { SourceBase } from '../source.ts'
import { bindError, errorCode, peerName, type BindAddress } from './bind.ts'

/** Where and how to listen for datagrams. */
export interface UdpListenerOptions extends BindAddress {
  readonly recvBufferSize: number
}

/** Binds a UDP socket and hands on each datagram; never replies. The function given back closes it. */
export function listenUdp(
  base: SourceBase,
  options: UdpListenerOptions,
  take: (bytes: Uint8Array, peer: string) => void,
  fail: (error: unknown) => void,
): () => void {
  const { host, port, recvBufferSize } = options
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize })
  let withdraw: (() => void) | undefined
  let closed = false
  socket.on('error', (error) => {
    if (withdraw === undefined) fail(bindError(base.name, 'udp', options, error))
    else base.report('connection-failed', `a datagram could not be received (${errorCode(error)})`)
  })
  socket.on('message', (bytes, { address, port: from }) => {
    base.stats.received += 1
    base.stats.bytes += bytes.length
    take(bytes, peerName(address, from))
  })
  socket.bind(port, host, () => {
    withdraw = base.bound(socket.address())
    // Whoever was told the address may have unsubscribed at once.
    if (closed) withdraw()
  })
  return () => {
    closed = true
    withdraw?.()
    socket.close()
  }
}
