import { ByteReader } from '../../columns/bytes.ts'

const decoder = new TextDecoder()

/** Reads fields one after the other, as the old formats have them; a `RangeError` where the bytes end too early. */
export class FieldReader extends ByteReader {
  /** So many numbers as the first byte says. */
  parts(): number[] {
    return Array.from({ length: this.u8() }, () => this.f64())
  }

  /** UTF-8 behind its length in bytes, u16. */
  override text(): string {
    return decoder.decode(this.raw(this.u16()))
  }
}
