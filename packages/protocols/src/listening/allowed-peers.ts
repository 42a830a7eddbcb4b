import { BlockList, isIP, isIPv4 } from 'node:net'

import type { Check } from '@tocsin/core'

import { plainAddress } from '../source/peer.ts'

/** Whether somebody at an address may send. One without an address may not where there is a list: it may hide it by breaking off. */
export type IsAllowed = (address: string | undefined) => boolean

/** Addresses of one family and how many of their bits count. */
function parseRange(text: unknown): readonly [string, number, 'ipv4' | 'ipv6'] | undefined {
  if (typeof text !== 'string') return undefined
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: undefined, 4: 32, 6: 128 }[isIP(address)]
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : undefined
  if (most === undefined || prefix === undefined || prefix > most || more.length > 0) return undefined
  const plain = plainAddress(address)
  // Addresses of IPv4 are looked up as such, however they are written.
  if (most === 128 && isIPv4(plain)) return prefix < 96 ? undefined : [plain, prefix - 96, 'ipv4']
  return address.includes('%') ? undefined : [address, prefix, most === 32 ? 'ipv4' : 'ipv6']
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
    if (address === undefined) return false
    const plain = plainAddress(address)
    return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
  }
}
