import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { ByteReader, ByteWriter } from '../columns/bytes.ts'

/** Names of a segment, inflated, at most: a million of a kilobyte. */
const maxBytes = 2 ** 30

/** A series by its number. */
export type NumberedName = readonly [series: number, name: string]

/** Writes names, ascending by number. */
export function writeNames(names: Iterable<NumberedName>): Uint8Array {
  const writer = new ByteWriter()
  let before = 0
  for (const [series, name] of names) {
    writer.varint(series - before)
    writer.text(name)
    before = series
  }
  return deflateRawSync(writer.bytes)
}

/** Reads what {@link writeNames} wrote; a `RangeError` or an error of zlib where the bytes are none. */
export function readNames(bytes: Uint8Array): Map<number, string> {
  const reader = new ByteReader(inflateRawSync(bytes, { maxOutputLength: maxBytes }))
  const names = new Map<number, string>()
  let series = 0
  while (reader.left > 0) {
    series += reader.varint()
    names.set(series, reader.text())
  }
  return names
}
