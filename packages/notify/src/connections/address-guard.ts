import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

import { NotifyError } from '../errors.ts'

/**
 * Addresses that may be dialled although they are not public: `'private'` for loopback, private and shared ones, or networks such as
 * `'10.0.0.0/8'`. What gives out the credentials of a cloud machine (169.254.169.254 and its like) is only allowed where a network names it.
 */
export type AllowedAddresses = 'private' | readonly string[]

/** Tells addresses that may be dialled from those that may not. */
export interface AddressGuard {
  /** The error of a host that is written as an address which may not be dialled. Names pass: their addresses are seen by `lookup`. */
  refusal(host: string): NotifyError | undefined
  /** Resolves a name for `net.connect`, to those of its addresses that may be dialled: at each dial, so that a name cannot change its mind. */
  readonly lookup: LookupFunction
}

// IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and what followed).
const near = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
]
const never = [
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Addresses of metadata services that lie in ranges which may be allowed as private ones.
  ...['100.100.100.200/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ...['::/128', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
  ...['5f00::/16', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]

/** A network as `BlockList` takes it, or nothing where it is none. */
export function networkOf(text: unknown): [net: string, prefix: number, family: 'ipv4' | 'ipv6'] | undefined {
  const [net = '', length, ...rest] = typeof text === 'string' ? text.split('/') : []
  const version = isIP(net)
  const bits = version === 4 ? 32 : 128
  if (version === 0 || rest.length > 0 || net.includes('%')) return undefined
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const prefix = length === undefined ? bits : Number(length)
  return prefix <= bits ? [net, prefix, version === 4 ? 'ipv4' : 'ipv6'] : undefined
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const each of networks) {
    const network = networkOf(each)
    if (network !== undefined) list.addSubnet(...network)
  }
  return list
}

const isNear = blockList(near)
const isNever = blockList(never)

/** Makes a guard that refuses whatever is not public and not allowed. */
export function addressGuard(allow: AllowedAddresses): AddressGuard {
  const allowed = blockList(allow === 'private' ? [] : allow)
  const mayDial = (address: string): boolean => {
    const plain = embeddedIn(address)
    const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6'
    if (allowed.check(plain, family)) return true
    if (isNever.check(plain, family)) return false
    return allow === 'private' || !isNear.check(plain, family)
  }
  return {
    refusal: (host) => (isIP(host) !== 0 && !mayDial(host) ? addressRefused() : undefined),
    lookup: (hostname, options, done) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        const open = error === null ? addresses.filter(({ address }) => mayDial(address)) : []
        const [first] = open
        if (first === undefined) done(error ?? addressRefused(), '')
        else if (options.all === true) done(null, open)
        else done(null, first.address, first.family)
      })
    },
  }
}

/** The error of an address that may not be dialled. The address is not told: it may be part of a secret. */
const addressRefused = (): NotifyError =>
  new NotifyError(
    'NOTIFY_ADDRESS_REFUSED',
    'the address is private or special; name its network in the option "allow" of the notifier, or give allow: "private"',
    { failure: 'permanent', arrived: 'no' },
  )

/**
 * What is dialled by an address: the IPv4 address that is written within an IPv6 one which is compatible, mapped (RFC 4291) or translated
 * (RFC 6052); else itself, without its zone.
 */
function embeddedIn(address: string): string {
  if (isIP(address) !== 6) return address
  const [plain = ''] = address.split('%')
  const groups = groupsOf(plain)
  const prefix = groups.slice(0, 6).join()
  const [high = 0, low = 0] = groups.slice(6)
  // `::` and `::1` are no IPv4 addresses.
  const isEmbedded = prefix === '0,0,0,0,0,0' ? high > 0 : embedding.has(prefix)
  return isEmbedded ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : plain
}

/** `::ffff:0:0/96` and `64:ff9b::/96`. */
const embedding: ReadonlySet<string> = new Set([
  [0, 0, 0, 0, 0, 0xffff].join(),
  [0x64, 0xff9b, 0, 0, 0, 0].join(),
])

/** The eight numbers of an IPv6 address, in whatever form it is written. */
function groupsOf(address: string): number[] {
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const numbers = (part: string): number[] =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => parseInt(group, 16))
  const first = numbers(head)
  const last = numbers(tail)
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}
