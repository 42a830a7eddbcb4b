import { JournalError, messageOf } from '../errors.ts'

export const atLimit = (directory: string, bytes: number, maxBytes: number): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `${directory} holds ${bytes} of ${maxBytes} bytes; let its subscribers catch up, remove one, or raise maxBytes`,
    { bytes, maxBytes },
  )

export const tooLittleFree = (directory: string, freeBytes: number, minFreeBytes: number): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `the disk of ${directory} has ${freeBytes} bytes left and ${minFreeBytes} are to stay free; make room there or lower minFreeBytes`,
    { freeBytes, minFreeBytes },
  )

export const diskFull = (directory: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_FULL',
    `the disk of ${directory} is full: ${messageOf(error)}; make room there, later appends try again`,
    { directory },
    error,
  )

export const cannotWrite = (directory: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_IO',
    `${directory} cannot be written: ${messageOf(error)}; mend the disk, later appends try again`,
    { directory },
    error,
  )
