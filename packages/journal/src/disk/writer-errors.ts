import { JournalError, messageOf } from '../errors.ts'

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
