/** A name as text and as bytes. */
export interface EncodedName {
  readonly text: string
  readonly bytes: Buffer
}

/** What is written of a sample. */
export interface Point {
  readonly name: EncodedName
  /** Whole seconds since the Unix epoch. */
  readonly seconds: number
  readonly value: number
}

/** One form of the wire. */
export interface PointEncoder {
  /** About how many bytes a point takes. */
  weigh(name: EncodedName): number
  /** The bytes of points, of pickles one frame. */
  encode(points: readonly Point[]): Buffer
}

/** Lines `name value seconds`. */
export const plainEncoder: PointEncoder = {
  // The longest number has 24 characters, most have few.
  weigh: ({ bytes }) => bytes.length + 28,
  encode(points) {
    let lines = ''
    for (const { name, value, seconds } of points) lines += `${name.text} ${value} ${seconds}\n`
    return Buffer.from(lines)
  },
}

const maxInt32 = 2 ** 31 - 1
/** Of a frame: its length, the protocol, the list with its mark and its end, and the end of the pickle. */
export const frameBytes: number = 4 + 2 + 2 + 1 + 1
/** Of a point beside its name: the operations with their arguments, of the longest kind of time. */
const pointBytes = 5 + 9 + 9 + 2

/**
 * Frames of `[(name, (seconds, value)), …]` in protocol 2, which every Python that has pickles reads, each behind its length in four bytes.
 */
export const pickleEncoder: PointEncoder = {
  weigh: ({ bytes }) => bytes.length + pointBytes,
  encode(points) {
    let size = frameBytes
    for (const { name } of points) size += name.bytes.length + pointBytes
    const frame = Buffer.allocUnsafe(size)
    // PROTO 2, EMPTY_LIST, MARK.
    frame.writeUInt32BE(0x80025d28, 4)
    let at = 8
    for (const { name, seconds, value } of points) {
      // BINUNICODE: the length of the name, and the name.
      frame[at] = 0x58
      at = frame.writeUInt32LE(name.bytes.length, at + 1)
      frame.set(name.bytes, at)
      at += name.bytes.length
      if (seconds <= maxInt32) {
        // BININT, which is signed.
        frame[at] = 0x4a
        at = frame.writeInt32LE(seconds, at + 1)
      } else {
        frame[at] = 0x47
        at = frame.writeDoubleBE(seconds, at + 1)
      }
      // BINFLOAT, then TUPLE2 of time and value, and TUPLE2 of the name and that.
      frame[at] = 0x47
      at = frame.writeDoubleBE(value, at + 1)
      frame[at] = 0x86
      frame[at + 1] = 0x86
      at += 2
    }
    // APPENDS, STOP.
    frame[at] = 0x65
    frame[at + 1] = 0x2e
    at += 2
    frame.writeUInt32BE(at - 4, 0)
    return frame.subarray(0, at)
  },
}
