import { BlockList, isIP, isIPv4 } from 'node:net'

import type { Check } from '@tocsin/core'

/** Whether somebody at an address may send; a Unix socket has no address, and whoever may open it may send. */
export type IsAllowed = (address: string | undefined) => boolean

const mapped = '::ffff:'

/** Addresses of one family and how many of their bits count. */
function parseRange(text: unknown): readonly [string, number, 'ipv4' | 'ipv6'] | undefined {
  if (typeof text !== 'string') return undefined
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: undefined, 4: 32, 6: 128 }[isIP(address)]
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : undefined
  if (most === undefined || prefix === undefined || prefix > most || more.length > 0) return undefined
  return [address, prefix, most === 32 ? 'ipv4' : 'ipv6']
}

/** A list of addresses and ranges. */
export const peerRanges: Check = (value) =>
  Array.isArray(value) && value.every((range) => parseRange(range) !== undefined)
    ? undefined
    : 'a list of addresses and ranges such as "10.0.0.0/8" or "::1"'

/** Says who may send: all where there is no list. */
export function createAllowedPeers(ranges: readonly string[] | undefined): IsAllowed {
  if (ranges === undefined) return () => true
  const list = new BlockList()
  for (const range of ranges) {
    const parsed = parseRange(range)
    if (parsed !== undefined) list.addSubnet(...parsed)
  }
  return (address) => {
    if (address === undefined) return true
    // What comes over IPv4 to a socket of IPv6 has the address of IPv4 in it.
    const plain = address.startsWith(mapped) ? address.slice(mapped.length) : address
    return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
  }
}
