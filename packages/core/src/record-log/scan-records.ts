import { crc32 } from 'node:zlib'

import { bytesOf, headerBytes, magicText, readHeader } from './frame.ts'
import { createReadWindow } from './read-window.ts'
import type { RecordEnd, RecordFileName } from './record-file.ts'

/** Bytes from `from` to `to` hold no record, though records were durable there: others follow. */
export interface DamagedPart {
  readonly from: number
  readonly to: number
  /** Records that are lost; 0 where that cannot be told. */
  readonly records: number
}

/** What a scan found beside the records. */
export interface RecordScan extends RecordEnd {
  /** In order. */
  readonly damaged: readonly DamagedPart[]
  /**
   * Bytes behind the last record. A write that was cut off leaves them; so does damage of the last record, which cannot be told apart
   * from that. Whoever ends a file with a record that says so can tell.
   */
  readonly torn: number
}

/** Which part of a file. */
export interface ScanRange {
  /** Where a record begins. @defaultValue 0 */
  readonly from?: number | undefined
  /** Where to stop. @defaultValue the end of the file */
  readonly to?: number | undefined
}

/**
 * Takes a record, its begin and its end in the file. The payload holds until the call returns, or the promise resolves, which is waited for:
 * there whoever has much to do lets others run.
 */
export type TakeRecord = (payload: Uint8Array, begin: number, end: number) => void | Promise<void>

/**
 * Reads the records of a file in order, in pieces of about 256 KiB, so that others run between them. A damaged record costs itself: the
 * next is found by its header. Rejects where the file cannot be opened; a part that cannot be read counts as damaged.
 */
export async function scanRecords(
  { fileSystem, path, id }: RecordFileName,
  take: TakeRecord,
  { from = 0, to }: ScanRange = {},
): Promise<RecordScan> {
  const file = await fileSystem.open(path, 'read')
  try {
    const size = Math.min(await file.size(), to ?? Infinity)
    const window = createReadWindow(file, size)
    const damaged: DamagedPart[] = []
    let next = from === 0 ? 0 : undefined
    let end = from
    let at = from
    while (at + headerBytes <= size) {
      await window.hold(at, headerBytes)
      const header = readHeader(window.bytes, at - window.start, id)
      if (header === undefined || header.number < (next ?? 0)) {
        at = await findMagic(at + 1)
        continue
      }
      const payloadEnd = at + headerBytes + header.length
      if (payloadEnd > size) break
      await window.hold(at, headerBytes + header.length)
      const first = at - window.start + headerBytes
      const payload = bytesOf(window.bytes, first, header.length)
      if (crc32(payload) === header.checksum) {
        if (at > end) damaged.push({ from: end, to: at, records: header.number - (next ?? header.number) })
        await take(payload, at, payloadEnd)
        next = header.number + 1
        end = payloadEnd
      }
      at = payloadEnd
    }
    return { end, next: next ?? 0, damaged, torn: Math.max(0, size - end) }

    async function findMagic(start: number): Promise<number> {
      let search = start
      while (search + headerBytes <= size) {
        await window.hold(search, headerBytes)
        const found = window.bytes.indexOf(magicText, search - window.start)
        if (found >= 0) return window.start + found
        search = window.start + window.bytes.length - magicText.length + 1
      }
      return size
    }
  } finally {
    await file.close()
  }
}
