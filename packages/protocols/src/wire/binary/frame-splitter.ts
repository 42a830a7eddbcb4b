const prefixBytes = 4
// A buffer that a sender has made large is not kept for it.
const keptBytes = 65_536
const nothing = new Uint8Array(0)

/** What comes out of a stream of chunks. */
export interface FrameSplitterSink {
  /** A whole frame without its length; the bytes are valid during the call only. */
  frame(bytes: Uint8Array): void
  /** The length of a frame over the limit; its bytes are discarded. */
  tooLong(length: number): void
}

/** Cuts the byte stream of one connection into frames that each stand behind their length, four bytes big-endian. */
export interface FrameSplitter {
  push(chunk: Uint8Array): void
  /** The bytes of a last frame that did not become whole, with its length, and forgets them. */
  rest(): Uint8Array
}

/** A splitter that holds no more than one frame of `maxFrameBytes`, and of that only what has come. */
export function createFrameSplitter(maxFrameBytes: number, sink: FrameSplitterSink): FrameSplitter {
  let held = nothing
  let length = 0
  let discarding = 0

  function hold(bytes: Uint8Array): void {
    if (length + bytes.length > held.length) {
      const wanted = Math.max(256, 2 * (length + bytes.length))
      const grown = new Uint8Array(Math.min(prefixBytes + maxFrameBytes, wanted))
      grown.set(held.subarray(0, length))
      held = grown
    }
    held.set(bytes, length)
    length += bytes.length
  }

  function forget(): void {
    length = 0
    if (held.length > keptBytes) held = nothing
  }

  /** The length that a prefix says; of one that is too long, nothing is kept. */
  function frameLength(bytes: Uint8Array, at: number): number | undefined {
    const said = readLength(bytes, at)
    if (said <= maxFrameBytes) return said
    sink.tooLong(said)
    discarding = said
    forget()
    return undefined
  }

  /** Takes a frame that is whole in the chunk as it lies there; gives the offset behind it. */
  function takeWhole(chunk: Uint8Array, at: number): number {
    const from = at + prefixBytes
    if (from > chunk.length) return at
    const size = frameLength(chunk, at)
    if (size === undefined) return from
    if (from + size > chunk.length) return at
    sink.frame(chunk.subarray(from, from + size))
    return from + size
  }

  /** Takes what is missing of a frame that came in part; gives the offset behind that. */
  function takePart(chunk: Uint8Array, at: number): number {
    const hasPrefix = length >= prefixBytes
    const whole = prefixBytes + (hasPrefix ? readLength(held, 0) : 0)
    const end = Math.min(chunk.length, at + whole - length)
    hold(chunk.subarray(at, end))
    if (length < whole || (!hasPrefix && frameLength(held, 0) !== 0)) return end
    sink.frame(held.subarray(prefixBytes, length))
    forget()
    return end
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length;) {
        const skipped = Math.min(discarding, chunk.length - at)
        discarding -= skipped
        at += skipped
        const next = length === 0 ? takeWhole(chunk, at) : at
        at = next === at && at < chunk.length ? takePart(chunk, at) : next
      }
    },
    rest() {
      const bytes = held.subarray(0, length)
      held = nothing
      length = 0
      discarding = 0
      return bytes
    },
  }
}

const readLength = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset + at, prefixBytes).getUint32(0)
