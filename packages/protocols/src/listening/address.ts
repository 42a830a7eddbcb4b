import { isIPv6, type AddressInfo } from 'node:net'

import type { BoundAddress } from '../source/bound-address.ts'
import { peerName } from '../source/peer.ts'

/** What carries the bytes to a listener. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'unix'

/** Where to listen: a port, or the path of a Unix socket. */
export type ListenAddress =
  | { readonly transport: Exclude<Transport, 'unix'>; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string }

const form = /^(udp|tcp|tls):\/\/(?:\[([\da-f:.]+)\]|([^:[\]/?#@]+)):(\d{1,5})$/i
// The system takes at most so many bytes, with the zero at their end.
const maxPathBytes = 107

/** Reads `udp://host:port`, `tcp://`, `tls://` or `unix:///path`; `undefined` where it is none. */
export function parseAddress(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:///')) {
    const path = text.slice('unix://'.length)
    return path.includes('\0') || Buffer.byteLength(path) > maxPathBytes
      ? undefined
      : { transport: 'unix', path }
  }
  const [, transport = '', ipv6, name, digits] = form.exec(text) ?? []
  const host = ipv6 ?? name
  const port = Number(digits)
  if (host === undefined || port > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined
  return { transport: transport.toLowerCase() as 'udp' | 'tcp' | 'tls', host, port }
}

/** The address as people write it: `udp 127.0.0.1:8125`, `unix /run/tocsin.sock`. */
export const addressName = (address: ListenAddress): string =>
  address.transport === 'unix'
    ? `unix ${address.path}`
    : `${address.transport} ${peerName(address.host, address.port)}`

/** What the system bound, from what it says of a socket. */
export function boundAddress(transport: Transport, bound: AddressInfo | string | null): BoundAddress {
  if (typeof bound === 'string') return { url: `unix://${bound}`, address: bound, family: 'unix', port: 0 }
  const { address = '', family = '', port = 0 } = bound ?? {}
  return { url: `${transport}://${peerName(address, port)}`, address, family, port }
}
