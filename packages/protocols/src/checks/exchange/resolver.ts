/** Which addresses of a host to take: only those of one family, or those of one where there are any. */
export type AddressFamily = 'prefer-ipv4' | 'prefer-ipv6' | 'ipv4' | 'ipv6'

/** Where a host is. */
export interface HostAddress {
  /** The address, as digits. */
  readonly address: string
  /** Of which family it is. */
  readonly family: 4 | 6
  /** Whether it was kept from before, because the name servers do not answer now. */
  readonly isStale: boolean
}

/** Finds addresses of hosts. */
export interface Resolver {
  /**
   * The address of a host, which may be one itself; without a `family` `'prefer-ipv4'`. Rejects where there is none, or the signal ends it.
   */
  resolve(
    host: string,
    options: { readonly signal: AbortSignal; readonly family?: AddressFamily },
  ): Promise<HostAddress>
}
