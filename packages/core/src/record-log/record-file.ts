import { crc32 } from 'node:zlib'

import { parentOf } from '../files/durable-directory.ts'
import type { FileSystem, OpenFile } from '../ports/file-system.ts'
import { headerBytes, writeHeader } from './frame.ts'

/** Which file of records it is. */
export interface RecordFileName {
  readonly fileSystem: FileSystem
  readonly path: string
  /** From 0 to 2^32 - 1, in every record: what another file left on the disk is no record of this one. */
  readonly id: number
}

/** Where the next record goes. */
export interface RecordEnd {
  /** Bytes of the file. */
  readonly end: number
  /** Number of the next record. */
  readonly next: number
}

/** An append-only file of records that is written. One append at a time. */
export interface RecordFile {
  /** Bytes that are durable, but for a mark at the end; the next record begins there. */
  readonly end: number
  /**
   * A write or a sync failed. What became of the record is not known, and a later sync of this file would prove nothing: it takes no
   * more, and its owner begins another file.
   */
  readonly failed: boolean
  /** Writes one record, of so many parts, durably: one write, one sync. Gives where it begins. */
  append(...parts: readonly Uint8Array[]): Promise<number>
  /** Writes several records durably: one write, one sync. A crash may leave some of the first. */
  appendAll(payloads: readonly Uint8Array[]): Promise<void>
  /**
   * Writes an empty record, and waits for no sync: what stands before it is durable. Damage of the last record is told by it from a write
   * that was cut off. Where it fails, nothing that is durable is lost.
   */
  mark(): Promise<void>
  /** Closes it; it stays as it is. */
  close(): Promise<void>
}

/** Makes a file, and its name durable. Fails with `EEXIST` where there is one. */
export async function createRecordFile({ fileSystem, path, id }: RecordFileName): Promise<RecordFile> {
  const file = await fileSystem.open(path, 'create')
  return closedOnError(file, async () => {
    await fileSystem.syncDirectory(parentOf(path))
    return recordFile(file, id, { end: 0, next: 0 })
  })
}

/** Goes on with a file that a scan found whole: its records are made durable first. */
export async function continueRecordFile(
  { fileSystem, path, id }: RecordFileName,
  end: RecordEnd,
): Promise<RecordFile> {
  const file = await fileSystem.open(path, 'update')
  return closedOnError(file, async () => {
    await file.sync()
    return recordFile(file, id, end)
  })
}

/**
 * Writes bytes that a scan found once more, durably. After a sync that failed, the system may call its pages clean: they can be read, no
 * later sync writes them, and a cut of power takes them.
 */
export async function rewriteRecords(
  { fileSystem, path }: RecordFileName,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const file = await fileSystem.open(path, 'update')
  try {
    const bytes = new Uint8Array(to - from)
    const length = await file.read(bytes, from)
    await file.write(bytes.subarray(0, length), from)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function closedOnError<T>(file: OpenFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

function recordFile(file: OpenFile, id: number, { end, next }: RecordEnd): RecordFile {
  let frame = new Uint8Array(0)
  let state: 'ready' | 'writing' | 'failed' = 'ready'
  /** Puts records, each of so many parts, one after the other. */
  const assemble = (records: readonly (readonly Uint8Array[])[]): Uint8Array => {
    const lengths = records.map((parts) => parts.reduce((sum, part) => sum + part.length, 0))
    const total = lengths.reduce((sum, length) => sum + headerBytes + length, 0)
    if (total > frame.length) frame = new Uint8Array(2 * total)
    let at = 0
    for (const [index, parts] of records.entries()) {
      const header = frame.subarray(at)
      const first = (at += headerBytes)
      for (const part of parts) {
        frame.set(part, at)
        at += part.length
      }
      const checksum = crc32(frame.subarray(first, at))
      writeHeader(header, id, { number: next + index, length: at - first, checksum })
    }
    return frame.subarray(0, at)
  }
  const write = async (
    records: readonly (readonly Uint8Array[])[],
    finish: () => Promise<void>,
  ): Promise<void> => {
    if (state !== 'ready') throw new Error(`the file of records takes no record: ${state}`)
    const bytes = assemble(records)
    state = 'writing'
    try {
      await file.write(bytes, end)
      await finish()
      state = 'ready'
    } finally {
      if (state === 'writing') state = 'failed'
    }
    end += bytes.length
    next += records.length
  }
  const sync = (): Promise<void> => file.sync()
  return {
    get end() {
      return end
    },
    get failed() {
      return state === 'failed'
    },
    append: async (...parts) => {
      const begin = end
      await write([parts], sync)
      return begin
    },
    appendAll: (payloads) =>
      write(
        payloads.map((payload) => [payload]),
        sync,
      ),
    mark: () => write([[]], () => Promise.resolve()),
    close: () => file.close(),
  }
}
