import { isIP } from 'node:net'

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
