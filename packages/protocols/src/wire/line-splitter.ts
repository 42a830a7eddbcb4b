const lineFeed = 0x0a
const nothing = new Uint8Array(0)

/** What comes out of a stream of chunks. */
export interface LineSplitterSink {
  /** Whole lines, each with its LF; the bytes are valid during the call only. */
  lines(bytes: Uint8Array): void
  /** The start of a line over the limit; the rest of it is discarded up to the next LF. */
  tooLong(start: Uint8Array): void
}

/** Cuts the byte stream of one connection into blocks of whole lines. */
export interface LineSplitter {
  push(chunk: Uint8Array): void
  /** The bytes of a last line that no LF ended, and forgets them. */
  rest(): Uint8Array
}

/** A splitter that never holds more than one line of `maxLineBytes`. */
export function createLineSplitter(maxLineBytes: number, sink: LineSplitterSink): LineSplitter {
  let held = nothing
  let length = 0
  let discarding = false

  function hold(bytes: Uint8Array): void {
    if (length + bytes.length > maxLineBytes) {
      const start = new Uint8Array(Math.min(length + bytes.length, maxLineBytes))
      start.set(held.subarray(0, length))
      start.set(bytes.subarray(0, start.length - length), length)
      discarding = true
      length = 0
      held = nothing
      sink.tooLong(start)
      return
    }
    // Grows by doubling: an idle connection must not hold the whole limit.
    if (length + bytes.length > held.length) {
      const grown = new Uint8Array(Math.min(maxLineBytes, Math.max(256, 2 * (length + bytes.length))))
      grown.set(held.subarray(0, length))
      held = grown
    }
    held.set(bytes, length)
    length += bytes.length
  }

  return {
    push(chunk) {
      let from = 0
      if (discarding || length > 0) {
        const end = chunk.indexOf(lineFeed)
        if (!discarding) hold(end < 0 ? chunk : chunk.subarray(0, end))
        if (end < 0) return
        if (!discarding) sink.lines(held.subarray(0, length))
        discarding = false
        length = 0
        from = end + 1
      }
      const last = chunk.lastIndexOf(lineFeed)
      if (last >= from) sink.lines(chunk.subarray(from, last + 1))
      if (last + 1 < chunk.length) hold(chunk.subarray(Math.max(from, last + 1)))
    },
    rest() {
      const bytes = held.subarray(0, length)
      held = nothing
      length = 0
      discarding = false
      return bytes
    },
  }
}
