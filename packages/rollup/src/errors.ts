/** What kind of error a {@link RollupError} is; switch on it instead of on the message. */
export type RollupErrorCode =
  | 'ROLLUP_BAD_BATCH'
  | 'ROLLUP_BAD_OPTION'
  | 'ROLLUP_BAD_QUERY'
  | 'ROLLUP_CLOSED'
  | 'ROLLUP_CORRUPT'
  | 'ROLLUP_GAP'
  | 'ROLLUP_IO'
  | 'ROLLUP_LOCKED'
  | 'ROLLUP_QUERY_TOO_LARGE'
  | 'ROLLUP_WRONG_JOURNAL'

/** Every error of this package. The message says what, where and what to do; `cause` holds the error underneath. */
export class RollupError extends Error {
  /** `'RollupError'`. */
  override readonly name = 'RollupError'
  /** Which error it is. */
  readonly code: RollupErrorCode
  /** Whether the same call may succeed later: only after `ROLLUP_IO`. */
  readonly retryable: boolean
  /** The numbers and names of the message, for a log. */
  readonly facts: Readonly<Record<string, string | number>>

  /** `message` is a sentence without the code. */
  constructor(
    code: RollupErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = code === 'ROLLUP_IO'
    this.facts = facts
  }
}

/** The error of a wrong option. */
export const badOption = (message: string): RollupError => new RollupError('ROLLUP_BAD_OPTION', message)

/** Refuses what names no folder; it may be anything. */
export function checkDirectory(directory: unknown): void {
  if (typeof directory === 'string' && directory !== '') return
  throw badOption(
    `a directory is a text that names a folder, got ${directory === '' ? 'an empty one' : typeof directory}`,
  )
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whatever a file operation threw; an error of this package as it is. */
export function ioError(what: string, directory: string, cause: unknown): RollupError {
  if (cause instanceof RollupError) return cause
  const message = `${what} in ${directory}: ${messageOf(cause)}; see to the disk and try again`
  return new RollupError('ROLLUP_IO', message, { directory }, cause)
}
