import { FaultError } from '../../errors.ts'

const magic = 0x5443_4653
/** Grows when what follows is laid out otherwise: a snapshot of another version is refused. */
const version = 1
const headerBytes = 16

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** FNV-1a over what follows the header, by words of 4 bytes and then the bytes that are left: each change of one shows. */
function checksumOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = bytes.length - (bytes.length % 4)
  let sum = 0x811c_9dc5
  let at = headerBytes
  for (; at < words; at += 4) sum = Math.imul(sum ^ view.getUint32(at, true), 0x0100_0193)
  for (; at < bytes.length; at += 1) sum = Math.imul(sum ^ (bytes[at] ?? 0), 0x0100_0193)
  return sum >>> 0
}

const damaged = (what: string): FaultError =>
  new FaultError(
    'FAULT_BAD_SNAPSHOT',
    `the snapshot ${what}; begin without one, with the faults that are open`,
  )

/** Writes numbers, texts and bytes one after the other. */
export class SnapshotWriter {
  #bytes = new Uint8Array(65_536)
  #view = new DataView(this.#bytes.buffer)
  #end = headerBytes

  u8(value: number): void {
    this.#need(1)
    this.#view.setUint8(this.#end, value)
    this.#end += 1
  }

  i32(value: number): void {
    this.#need(4)
    this.#view.setInt32(this.#end, value, true)
    this.#end += 4
  }

  f64(value: number): void {
    this.#need(8)
    this.#view.setFloat64(this.#end, value, true)
    this.#end += 8
  }

  bytes(value: Uint8Array): void {
    this.i32(value.length)
    this.#need(value.length)
    this.#bytes.set(value, this.#end)
    this.#end += value.length
  }

  text(value: string): void {
    this.#need(4 + 3 * value.length)
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#end + 4))
    this.i32(written)
    this.#end += written
  }

  /** What was written, with a header that tells whether it is whole. */
  finish(): Uint8Array {
    const whole = this.#bytes.slice(0, this.#end)
    const view = new DataView(whole.buffer)
    view.setUint32(0, magic, true)
    view.setUint32(4, version, true)
    view.setUint32(8, this.#end - headerBytes, true)
    view.setUint32(12, checksumOf(whole), true)
    return whole
  }

  #need(more: number): void {
    if (this.#end + more <= this.#bytes.length) return
    const longer = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + more))
    longer.set(this.#bytes)
    this.#bytes = longer
    this.#view = new DataView(longer.buffer)
  }
}

/** Reads what a {@link SnapshotWriter} wrote. Throws `FAULT_BAD_SNAPSHOT` where that is not whole. */
export class SnapshotReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = headerBytes

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < headerBytes || this.#view.getUint32(0, true) !== magic) throw damaged('is none')
    const written = this.#view.getUint32(4, true)
    if (written !== version) throw damaged(`has version ${written}, and ${version} is known`)
    if (this.#view.getUint32(8, true) !== bytes.length - headerBytes) throw damaged('is not whole')
    if (this.#view.getUint32(12, true) !== checksumOf(bytes)) throw damaged('is damaged')
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1))
  }

  i32(): number {
    return this.#view.getInt32(this.#step(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#step(8), true)
  }

  bytes(): Uint8Array {
    const length = this.i32()
    const at = this.#step(length)
    return this.#bytes.subarray(at, at + length)
  }

  text(): string {
    return decoder.decode(this.bytes())
  }

  #step(length: number): number {
    const at = this.#at
    this.#at += length
    if (length < 0 || this.#at > this.#bytes.length) throw damaged('ends too early')
    return at
  }
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
