/** What went wrong, as a word that stays the same over versions and duplicate installs. */
export type ProtocolErrorCode =
  'PROTOCOL_BAD_OPTION' | 'PROTOCOL_BIND_FAILED' | 'PROTOCOL_PEER_MISSING' | 'PROTOCOL_PORT_TAKEN'

/** A wrong option stays wrong; a port may become free, an address may come up. */
const retryable: Readonly<Record<ProtocolErrorCode, boolean>> = {
  PROTOCOL_BAD_OPTION: false,
  PROTOCOL_BIND_FAILED: true,
  PROTOCOL_PEER_MISSING: false,
  PROTOCOL_PORT_TAKEN: true,
}

/** The error class of this package, but for what a check says of its target, `CheckFailure`; test `code`, not `instanceof`. */
export class ProtocolError extends Error {
  /** Always `'ProtocolError'`. */
  override readonly name = 'ProtocolError'
  /** Which failure it is. */
  readonly code: ProtocolErrorCode
  /** Whether the same may succeed later. */
  readonly retryable: boolean
  /** The values that the message names: address, port, option. */
  readonly facts: Readonly<Record<string, string | number>>

  /** The message is `code: what, where, what to do`. */
  constructor(
    code: ProtocolErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable[code]
    this.facts = facts
  }
}

/** The error of a wrong option; made for core's `resolveOptions`. */
export const badOption = (message: string): ProtocolError => new ProtocolError('PROTOCOL_BAD_OPTION', message)

/** The error of an optional package that is not installed, or cannot be loaded. */
export const missingPeer = (peer: string, cause: unknown): ProtocolError =>
  new ProtocolError(
    'PROTOCOL_PEER_MISSING',
    `this check needs the package ${peer}; install it: npm install ${peer}`,
    { package: peer },
    cause,
  )

/** What was thrown, as text; whatever it is, since users' code may throw anything. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return `a value of type ${typeof error}`
  }
}
