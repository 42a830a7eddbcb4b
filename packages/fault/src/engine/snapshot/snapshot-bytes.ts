import { FaultError } from '../../errors.ts'
import type { Column } from '../tables/columns.ts'

const magic = 0x5443_4653
/** Grows when what follows is laid out otherwise: a snapshot of another version is refused. */
const version = 3
const headerBytes = 16

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** FNV-1a over what follows the header, by words of 4 bytes: each change of one shows. */
function checksumOf(words: Uint32Array): number {
  let sum = 0x811c_9dc5
  for (let at = headerBytes / 4; at < words.length; at += 1)
    sum = Math.imul(sum ^ (words[at] ?? 0), 0x0100_0193)
  return sum >>> 0
}

const damaged = (what: string): FaultError =>
  new FaultError(
    'FAULT_BAD_SNAPSHOT',
    `the snapshot ${what}; begin without one, with the faults that are open`,
  )

/** Something to be written: how many bytes, and how they are put where they belong. */
interface Part {
  readonly size: number
  readonly put: (buffer: ArrayBuffer, at: number) => void
}

/** Columns begin at words, so that they are read where they lie. */
const wordBytes = 8
const padded = (size: number): number => Math.ceil(size / wordBytes) * wordBytes

/** Writes columns and texts one after the other. */
export class SnapshotWriter {
  readonly #parts: Part[] = []

  column({ buffer, byteOffset, byteLength }: Column): void {
    const put: Part['put'] = (into, at) => {
      new Uint8Array(into, at).set(new Uint8Array(buffer, byteOffset, byteLength))
    }
    this.#parts.push({ size: byteLength, put })
  }

  /** A column that is made where it is to be. */
  filled(length: number, fill: (into: Float64Array) => void): void {
    const put: Part['put'] = (into, at) => fill(new Float64Array(into, at, length))
    this.#parts.push({ size: length * wordBytes, put })
  }

  text(value: string): void {
    this.column(encoder.encode(value))
  }

  /** What was written, with a header that tells whether it is whole. */
  finish(): Uint8Array {
    const size = this.#parts.reduce((sum, part) => sum + wordBytes + padded(part.size), 0)
    const whole = new Uint8Array(headerBytes + size)
    const words = new Uint32Array(whole.buffer)
    let at = headerBytes
    for (const part of this.#parts) {
      words[at / 4] = part.size
      part.put(whole.buffer, at + wordBytes)
      at += wordBytes + padded(part.size)
    }
    // As this machine writes numbers, so that another kind of machine refuses it.
    words.set([magic, version, size, checksumOf(words)])
    return whole
  }
}

/** Reads what a {@link SnapshotWriter} wrote. Throws `FAULT_BAD_SNAPSHOT` where that is not whole. */
export class SnapshotReader {
  readonly #buffer: ArrayBufferLike
  readonly #begin: number
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array) {
    const isAligned = bytes.byteOffset % wordBytes === 0
    const { buffer, byteOffset, byteLength } = isAligned ? bytes : bytes.slice()
    if (byteLength < headerBytes || byteLength % wordBytes !== 0) throw damaged('is none')
    const words = new Uint32Array(buffer, byteOffset, byteLength / 4)
    const [first, written, size, sum] = words
    if (first !== magic) throw damaged('is none')
    if (written !== version) throw damaged(`has version ${written}, and ${version} is known`)
    if (size !== byteLength - headerBytes) throw damaged('is not whole')
    if (sum !== checksumOf(words)) throw damaged('is damaged')
    this.#buffer = buffer
    this.#begin = byteOffset
    this.#end = byteLength
    this.#at = headerBytes
  }

  /** The next column, as it lies in the snapshot; `Kind` says of what, as it was written. */
  column<C extends Column>(Kind: ColumnKind<C>): C {
    const at = this.#begin + this.#at + wordBytes
    const size = this.#at < this.#end ? (new Uint32Array(this.#buffer, at - wordBytes, 1)[0] ?? 0) : Infinity
    this.#at += wordBytes + padded(size)
    if (this.#at > this.#end) throw damaged('ends too early')
    if (size % Kind.BYTES_PER_ELEMENT !== 0) throw damaged('has other columns')
    return new Kind(this.#buffer, at, size / Kind.BYTES_PER_ELEMENT)
  }

  text(): string {
    return decoder.decode(this.column(Uint8Array))
  }
}

interface ColumnKind<C extends Column> {
  new (buffer: ArrayBufferLike, at: number, length: number): C
  readonly BYTES_PER_ELEMENT: number
}

/** JSON, with the numbers that it cannot say. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? { $number: String(item) } : item,
  )

/** What {@link toJson} wrote. */
export const fromJson = (text: string): unknown =>
  JSON.parse(text, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && '$number' in item ? Number(item.$number) : item,
  )
