import { crc32 } from 'node:zlib'

import { bytesOf, headerBytes, magicText, readHeader } from './frame.ts'
import type { RecordFileName } from './record-file.ts'

const firstLook = 4096
const secondLook = 1 << 17

/** The last record of a file, where it ends with the file. */
export interface LastRecord {
  readonly payload: Uint8Array
  /** Number of the record. */
  readonly number: number
  /** Where it begins. */
  readonly begin: number
  /** Bytes of the file. */
  readonly end: number
}

/** Reads the end of a file alone; `undefined` where no sound record of up to 128 KiB ends there. */
export async function readLastRecord({
  fileSystem,
  path,
  id,
}: RecordFileName): Promise<LastRecord | undefined> {
  const file = await fileSystem.open(path, 'read')
  try {
    const size = await file.size()
    for (const look of [firstLook, secondLook]) {
      const bytes = Buffer.alloc(Math.min(look, size))
      const begin = size - bytes.length
      if ((await file.read(bytes, begin)) < bytes.length) return undefined
      const found = recordAtEnd(bytes, id)
      if (found !== undefined) {
        const { at, number } = found
        return {
          payload: bytesOf(bytes, at + headerBytes, bytes.length - at - headerBytes),
          number,
          begin: begin + at,
          end: size,
        }
      }
      if (begin === 0) return undefined
    }
    return undefined
  } finally {
    await file.close()
  }
}

function recordAtEnd(
  bytes: Buffer,
  id: number,
): { readonly at: number; readonly number: number } | undefined {
  for (let at = bytes.length; at > 0;) {
    at = bytes.lastIndexOf(magicText, at - 1)
    if (at < 0) return undefined
    if (at + headerBytes > bytes.length) continue
    const header = readHeader(bytes, at, id)
    if (header === undefined || at + headerBytes + header.length !== bytes.length) continue
    if (crc32(bytes.subarray(at + headerBytes)) === header.checksum) return { at, number: header.number }
  }
  return undefined
}
