/** An address that is bound. */
export interface BoundAddress {
  /** The address of the host; of a Unix socket its path. */
  readonly address: string
  /** `IPv4`, `IPv6` or `unix`. */
  readonly family: string
  /** The port; 0 of a Unix socket. */
  readonly port: number
  /** It as option `listen` takes it: `udp://127.0.0.1:8125`, `unix:///run/tocsin.sock`. */
  readonly url: string
}
