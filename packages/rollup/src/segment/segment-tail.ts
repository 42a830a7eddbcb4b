import { crc32 } from 'node:zlib'

import { ByteReader, ByteWriter } from '../columns/bytes.ts'
import type { RowKind } from '../rows/row-columns.ts'
import type { SegmentTrailer } from './segment-facts.ts'

/** Last word of a tail. */
const magic = 0x33475354 // TSG3
/** Version of the segment format. */
export const segmentVersion = 3
/** Bytes of the end of a tail: lengths and checksums of what stands before it. */
const endBytes = 44
const kinds: readonly RowKind[] = ['numeric', 'counter', 'text']

/** Blocks of one level and kind that lie together. */
export interface Group {
  readonly level: number
  readonly kind: RowKind
  readonly firstSeries: number
  readonly lastSeries: number
  /** Start of the earliest window, ms. */
  readonly from: number
  /** Start of the latest window, ms. */
  readonly to: number
  readonly blocks: number
  /** Where the pieces begin. The heads follow them, twice. */
  readonly offset: number
  readonly dataBytes: number
  readonly headsBytes: number
  readonly headsChecksum: number
}

/** Where the deflated names are. */
interface NamesPlace {
  readonly offset: number
  readonly bytes: number
  readonly checksum: number
}

/** What the tail of a segment says. */
export interface Tail {
  readonly trailer: SegmentTrailer
  readonly groups: readonly Group[]
  readonly names: NamesPlace
}

/** A whole segment that this version cannot read. */
export class LaterVersion extends Error {
  readonly version: number

  constructor(version: number) {
    super(`version ${version} of the format`)
    this.version = version
  }
}

/** The index of groups, the trailer, and where all that is. */
export function writeTail({ trailer, groups, names }: Tail): Uint8Array {
  const index = writeGroups(groups)
  const text = new TextEncoder().encode(JSON.stringify(trailer))
  const end = new ByteWriter()
  end.f64(names.offset)
  end.u32(names.bytes)
  end.u32(names.checksum)
  end.u32(index.length)
  end.u32(crc32(index))
  end.u32(text.length)
  end.u32(crc32(text))
  end.u32(segmentVersion)
  end.u32(crc32(end.bytes))
  end.u32(magic)
  const tail = new ByteWriter()
  for (const part of [index, text, end.bytes]) tail.raw(part)
  return tail.bytes
}

/**
 * The tail that ends where `bytes` end; how many bytes it has where they are too few; `undefined` where there is
 * none. Throws {@link LaterVersion}.
 */
export function readTail(bytes: Uint8Array): Tail | number | undefined {
  if (bytes.length < endBytes) return undefined
  const end = bytes.subarray(bytes.length - endBytes)
  const reader = new ByteReader(end)
  const names = { offset: reader.f64(), bytes: reader.u32(), checksum: reader.u32() }
  const [indexBytes, indexChecksum] = [reader.u32(), reader.u32()]
  const [textBytes, textChecksum] = [reader.u32(), reader.u32()]
  const [version, checksum, word] = [reader.u32(), reader.u32(), reader.u32()]
  if (word !== magic || checksum !== crc32(end.subarray(0, endBytes - 8))) return undefined
  // What a later version means is not known: to take it for damage would be to give it up.
  if (version !== segmentVersion) throw new LaterVersion(version)
  const length = indexBytes + textBytes + endBytes
  if (length > bytes.length) return length
  const index = bytes.subarray(bytes.length - length, bytes.length - length + indexBytes)
  const text = bytes.subarray(bytes.length - endBytes - textBytes, bytes.length - endBytes)
  if (crc32(index) !== indexChecksum || crc32(text) !== textChecksum) return undefined
  const trailer = JSON.parse(new TextDecoder().decode(text)) as SegmentTrailer
  return { trailer, groups: readGroups(index), names }
}

/** The last whole tail in `bytes`, for when the one at their end is damaged: there are two. Throws {@link LaterVersion}. */
export function findTail(bytes: Uint8Array): Tail | undefined {
  for (let end = bytes.length; end >= endBytes; end -= 1) {
    // The first byte of the magic, to look at few places closely.
    if (bytes[end - 4] !== (magic & 255)) continue
    const tail = readTail(bytes.subarray(0, end))
    if (typeof tail === 'object') return tail
  }
  return undefined
}

function writeGroups(groups: readonly Group[]): Uint8Array {
  const writer = new ByteWriter()
  for (const group of groups) {
    writer.u8(group.level)
    writer.u8(kinds.indexOf(group.kind))
    writer.u16(group.blocks)
    for (const field of [group.firstSeries, group.lastSeries]) writer.u32(field)
    for (const field of [group.from, group.to, group.offset]) writer.f64(field)
    for (const field of [group.dataBytes, group.headsBytes, group.headsChecksum]) writer.u32(field)
  }
  return writer.bytes
}

function readGroups(bytes: Uint8Array): Group[] {
  const reader = new ByteReader(bytes)
  const groups: Group[] = []
  while (reader.left > 0) {
    groups.push({
      level: reader.u8(),
      kind: kinds[reader.u8()] ?? 'text',
      blocks: reader.u16(),
      firstSeries: reader.u32(),
      lastSeries: reader.u32(),
      from: reader.f64(),
      to: reader.f64(),
      offset: reader.f64(),
      dataBytes: reader.u32(),
      headsBytes: reader.u32(),
      headsChecksum: reader.u32(),
    })
  }
  return groups
}
