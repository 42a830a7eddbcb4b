import { codeOf } from '@tocsin/core'

export { codeOf }

/** What kind of error a {@link JournalError} is; switch on it instead of on the message. */
export type JournalErrorCode =
  | 'JOURNAL_BAD_OPTION'
  | 'JOURNAL_BUSY'
  | 'JOURNAL_CLOSED'
  | 'JOURNAL_CODEC_MISMATCH'
  | 'JOURNAL_CORRUPT'
  | 'JOURNAL_DIVERGED'
  | 'JOURNAL_FENCED'
  | 'JOURNAL_FORMAT'
  | 'JOURNAL_FULL'
  | 'JOURNAL_GAP'
  | 'JOURNAL_IO'
  | 'JOURNAL_LINK_FENCED'
  | 'JOURNAL_LINK_LOST'
  | 'JOURNAL_LINK_PROTOCOL'
  | 'JOURNAL_LINK_REFUSED'
  | 'JOURNAL_LOCKED'
  | 'JOURNAL_NOT_A_FOLDER'
  | 'JOURNAL_POSITION'
  | 'JOURNAL_READ_ONLY'
  | 'JOURNAL_RECORD_TOO_LARGE'
  | 'JOURNAL_SUBSCRIBER_BUSY'
  | 'JOURNAL_UNENCODABLE'

/** What may be otherwise the next time: a disk, room, another process that lets go. */
const retryableCodes: ReadonlySet<JournalErrorCode> = new Set([
  'JOURNAL_BUSY',
  'JOURNAL_FULL',
  'JOURNAL_IO',
  'JOURNAL_LINK_LOST',
  'JOURNAL_LOCKED',
  'JOURNAL_SUBSCRIBER_BUSY',
])

/** Every error of this package. The message says what, where and what to do; `cause` holds the error underneath. */
export class JournalError extends Error {
  /** `'JournalError'`. */
  override readonly name = 'JournalError'
  /** Which error it is. */
  readonly code: JournalErrorCode
  /** Whether doing the same again may go well: with disks, room and what others hold, not with wrong options or data. */
  readonly retryable: boolean
  /** The numbers and names of the message, for a log. */
  readonly facts: Readonly<Record<string, string | number>>

  /** `message` is a sentence without the code. */
  constructor(
    code: JournalErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryableCodes.has(code)
    this.facts = facts
  }
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whatever was thrown, as an error. */
export const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(messageOf(error))

const fullCodes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export const isDiskFull = (error: unknown): boolean => fullCodes.has(codeOf(error))

const descriptorCodes: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE'])

/** No file can be opened any more, whatever state the disk is in. */
export const isOutOfDescriptors = (error: unknown): boolean => descriptorCodes.has(codeOf(error))

/** What went wrong with a file, and what to do: about the disk as given, or about how many files are open. */
export const mendDisk = (error: unknown, advice?: string): string =>
  isOutOfDescriptors(error)
    ? `no file descriptor is left (${messageOf(error)}); raise the limit of open files ("ulimit -n") or keep fewer files and readers open`
    : messageOf(error) + (advice === undefined ? '' : `; ${advice}`)

export const isFenced = (error: unknown): boolean =>
  error instanceof JournalError && error.code === 'JOURNAL_FENCED'

export const unsynced = (directory: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_IO',
    `${directory} cannot be synced: ${messageOf(error)}; what the operating system holds may be lost in a power cut, later calls try again`,
    { directory },
    error,
  )

export const fenced = (directory: string): JournalError =>
  new JournalError(
    'JOURNAL_FENCED',
    `${directory} was taken over by another process; nothing of this one counts any more, close it`,
    { directory },
  )
