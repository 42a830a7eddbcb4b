import { isIP, isIPv6, type AddressInfo } from 'node:net'

import type { BoundAddress } from '../source/bound-address.ts'

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

/** `address:port`, an IPv6 address in brackets; `unix` where a socket has neither. */
export function peerName(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return 'unix'
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`
}

/** The address in {@link peerName}; `undefined` where there is none. */
export function addressOfPeer(peer: string): string | undefined {
  const host = peer.slice(0, Math.max(0, peer.lastIndexOf(':')))
  const address = host.startsWith('[') ? host.slice(1, -1) : host
  return isIP(address) === 0 ? undefined : address
}

const mapped = '::ffff:'

/** The address of IPv4 in what comes over IPv4 to a socket of IPv6, without the interface that a local one names. */
export function plainAddress(address: string): string {
  const plain = address.startsWith(mapped) ? address.slice(mapped.length) : address
  const interfaceAt = plain.indexOf('%')
  return interfaceAt < 0 ? plain : plain.slice(0, interfaceAt)
}

/**
 * Who is behind an address: of IPv6 a network of 64 bits, since whoever has one address there has all; of those that hold on one link
 * only, each is somebody.
 */
export function ownerOf(address: string): string {
  const plain = plainAddress(address)
  if (!plain.includes(':') || /^fe[89ab]/i.test(plain)) return plain
  const [before = '', after] = plain.split('::', 2)
  const groups = before === '' ? [] : before.split(':')
  const rest = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':')
}

/** What the system bound, from what it says of a socket. */
export function boundAddress(transport: Transport, bound: AddressInfo | string | null): BoundAddress {
  if (typeof bound === 'string') return { url: `unix://${bound}`, address: bound, family: 'unix', port: 0 }
  const { address = '', family = '', port = 0 } = bound ?? {}
  return { url: `${transport}://${peerName(address, port)}`, address, family, port }
}
