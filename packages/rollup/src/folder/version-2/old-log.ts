import type { FileSystem } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import type { ReadingSink } from '../../log/reading-sink.ts'
import type { RollupPosition } from '../../rollup-store.ts'
import { FieldReader } from './field-reader.ts'

const magic = 0x4c524854 // THRL
const headerBytes = 12
const frameBytes = 8

/** Types of readings. */
const type = { number: 0, total: 1, counter: 2, exactCounter: 3, text: 4, weighted: 5 } as const

/** Takes what the log holds. */
export interface OldLogSink extends ReadingSink {
  /** Begins a batch; its names and readings follow. */
  batch(position: RollupPosition): void
  /** A series that got the next number. */
  name(key: string): void
}

/** Name of the log. */
export const oldLogFile = (number: number): string => `head-${number}.log`

/**
 * Hands out the log of versions 1 and 2, up to the first record that does not fit. Gives how many bytes are behind it, or
 * `undefined` where it is no log.
 */
export async function readOldLog(
  fileSystem: FileSystem,
  directory: string,
  number: number,
  sink: OldLogSink,
): Promise<number | undefined> {
  const bytes = await fileSystem.readFile(`${directory}/${oldLogFile(number)}`)
  if (bytes === undefined || bytes.length < headerBytes) return undefined
  const header = new FieldReader(bytes.subarray(0, headerBytes))
  if (header.u32() !== magic || header.u32() !== 1 || header.u32() !== number) return undefined
  // Each checksum goes on from the one before.
  let chain = crc32(bytes.subarray(0, headerBytes))
  for (let at = headerBytes; ;) {
    const frame = new FieldReader(bytes.subarray(at))
    if (frame.left < frameBytes) return frame.left
    const [length, checksum] = [frame.u32(), frame.u32()]
    if (length > frame.left) return bytes.length - at
    const payload = frame.raw(length)
    if (crc32(payload, chain) !== checksum) return bytes.length - at
    readBatch(new FieldReader(payload), sink)
    chain = checksum
    at += frameBytes + length
  }
}

function readBatch(from: FieldReader, sink: OldLogSink): void {
  sink.batch({ journalId: from.text(), seq: from.f64() })
  for (let left = from.u32(); left > 0; left -= 1) sink.name(from.text())
  for (let left = from.u32(); left > 0; left -= 1) readReading(from, sink)
}

/** Which numbers were events it does not say: all of them counted. */
function readReading(from: FieldReader, sink: ReadingSink): void {
  const [series, kind, time] = [from.u32(), from.u8(), from.f64()]
  switch (kind) {
    case type.number: {
      const value = from.f64()
      sink.number(series, time, value, 1, value, true)
      return
    }
    case type.weighted: {
      const [value, weight] = [from.f64(), from.f64()]
      sink.number(series, time, value, weight, value * weight, true)
      return
    }
    case type.total: {
      const [value, weight, total] = [from.f64(), from.f64(), from.f64()]
      sink.number(series, time, value, weight, total, true)
      return
    }
    case type.counter:
      sink.counter(series, time, from.f64(), undefined)
      return
    case type.exactCounter: {
      const value = from.f64()
      sink.counter(series, time, value, from.text())
      return
    }
    case type.text:
      sink.text(series, time, from.text(), true)
      return
    default:
      throw new RangeError(`unknown type of reading ${kind}`)
  }
}
