import type { Slices } from '@tocsin/core/slices'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { ByteReader, ByteWriter } from '../columns/bytes.ts'

/** Names are deflated in parts of about so many bytes, each by itself: others run between. */
const partBytes = 1 << 16
/** Names that are written before others may run. */
const namesAtOnce = 256
/** A part, inflated, at most: it ends with the name that makes it large enough. */
const maxPartBytes = 1 << 18

/** A series by its number. */
export type NumberedName = readonly [series: number, name: string]

/** Writes names, ascending by number. */
export async function writeNames(names: Iterable<NumberedName>, slices: Slices): Promise<Uint8Array> {
  const all = new ByteWriter()
  const part = new ByteWriter()
  let before = 0
  let done = 0
  const endPart = (): void => {
    if (part.length === 0) return
    const deflated = deflateRawSync(part.bytes)
    all.u32(deflated.length)
    all.raw(deflated)
    part.clear()
    before = 0
  }
  for (const [series, name] of names) {
    part.varint(series - before)
    part.text(name)
    before = series
    if (part.length >= partBytes) endPart()
    done += 1
    if (done % namesAtOnce === 0 && slices.isOver) await slices.pause()
  }
  endPart()
  return all.bytes
}

/** Reads what {@link writeNames} wrote; a `RangeError` or an error of zlib where the bytes are none. */
export async function readNames(bytes: Uint8Array, slices: Slices): Promise<Map<number, string>> {
  const all = new ByteReader(bytes)
  const names = new Map<number, string>()
  while (all.left > 0) {
    const part = new ByteReader(inflateRawSync(all.raw(all.u32()), { maxOutputLength: maxPartBytes }))
    let series = 0
    while (part.left > 0) {
      series += part.varint()
      names.set(series, part.text())
    }
    if (slices.isOver) await slices.pause()
  }
  return names
}
