import type { HostAddress } from './resolver.ts'
import type { TlsOptions } from './target.ts'

/** Everything until the other side ended, or as much of it as may be received. */
export interface Rest {
  readonly bytes: Buffer
  /** Whether there was more, which was not read. */
  readonly truncated: boolean
}

/** A connection in a talk. One read at a time; each rejects where the other side ends, breaks off or sends too much. */
export interface Connection {
  /** Whom it reached; `undefined` at a Unix socket. */
  readonly address: HostAddress | undefined
  send(data: string | Uint8Array): void
  /** The next line without its end, which is LF or CRLF, at most 64 KiB. */
  line(): Promise<string>
  /** All up to an end, and with it. */
  until(end: string): Promise<string>
  /** So many bytes. */
  bytes(count: number): Promise<Buffer>
  /** All until the other side ends; what is beyond the most bytes of the target is left. */
  rest(): Promise<Rest>
  /** Goes over to TLS, as STARTTLS has it: nothing of the other side may be unread. */
  startTls(options?: TlsOptions): Promise<void>
}
