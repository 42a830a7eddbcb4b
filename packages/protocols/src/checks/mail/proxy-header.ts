import { isIP, isIPv6, type Socket } from 'node:net'

import { optional, resolveOptions, wholeNumber } from '@tocsin/core'

import { badOption } from '../../errors.ts'

/** Whose connection the header of the PROXY protocol says it is. */
export interface ProxyHeader {
  /**
   * Address of the client.
   * @defaultValue that of this side
   */
  readonly source?: string | undefined
  /**
   * Its port.
   * @defaultValue that of this side
   */
  readonly sourcePort?: number | undefined
  /**
   * Address that the client connected to.
   * @defaultValue that of the server
   */
  readonly destination?: string | undefined
  /**
   * Its port.
   * @defaultValue that of the server
   */
  readonly destinationPort?: number | undefined
}

const address = optional((value) =>
  typeof value === 'string' && isIP(value) !== 0 && !value.includes('%') ? undefined : 'an address',
)
const port = optional(wholeNumber(0, 65_535))
const none: ProxyHeader = {
  source: undefined,
  sourcePort: undefined,
  destination: undefined,
  destinationPort: undefined,
}

/** What the option can be. */
export function isProxy(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined
  if (typeof value !== 'object' || value === null) return 'true, false, or an object'
  try {
    const checks = { source: address, sourcePort: port, destination: address, destinationPort: port }
    resolveOptions<ProxyHeader>(none, value, checks, badOption)
    return undefined
  } catch (error) {
    return `right (${(error as Error).message})`
  }
}

/** The header of version 1 for a connection that is there, with the end of its line. */
export function proxyHeader(
  { source, sourcePort, destination, destinationPort }: ProxyHeader,
  {
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
  }: Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>,
): string {
  // A zone is known on this machine alone.
  const addresses = [source ?? localAddress ?? '', destination ?? remoteAddress ?? ''].map((one) =>
    one.replace(/%.*$/, ''),
  )
  const isSix = addresses.some((one) => isIPv6(one))
  // Both must be of one family.
  const written = addresses.map((one) => (isSix && !isIPv6(one) ? `::ffff:${one}` : one))
  const ports = [sourcePort ?? localPort ?? 0, destinationPort ?? remotePort ?? 0]
  return `PROXY ${isSix ? 'TCP6' : 'TCP4'} ${[...written, ...ports].join(' ')}\r\n`
}
