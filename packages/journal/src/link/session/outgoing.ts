import type { Duplex } from 'node:stream'

/** Small messages are put together up to here, so that they do not cost a call of the system each. */
const gatherBytes = 65_536

/** Longer pieces are not copied. */
const copiedBytes = 16_384

/**
 * What is to be sent. Frames are asked for only when the stream takes them, and what waits of other messages is one per key: so that a
 * slow stream holds nothing up but itself, and no memory but what the stream itself holds.
 */
export class Outgoing {
  readonly #duplex: Duplex
  readonly #nextFrame: () => readonly Uint8Array[] | undefined
  readonly #waiting = new Map<string, () => Uint8Array>()
  #awake = false
  #blocked = false
  #closed = false

  constructor(duplex: Duplex, nextFrame: () => readonly Uint8Array[] | undefined) {
    this.#duplex = duplex
    this.#nextFrame = nextFrame
  }

  /** Sends a message before any frame; what waits under the same key is forgotten. */
  post(key: string, encode: () => Uint8Array): void {
    this.#waiting.delete(key)
    this.#waiting.set(key, encode)
    this.wake()
  }

  /** Sends what there is when this turn of the event loop is over: what comes in one turn goes out together. */
  wake(): void {
    if (this.#awake || this.#blocked || this.#closed) return
    this.#awake = true
    setImmediate(() => {
      this.#awake = false
      this.#flush()
    })
  }

  /** Sends nothing more; gives the messages that wait. */
  close(): readonly Uint8Array[] {
    this.#closed = true
    const rest = [...this.#waiting.values()].map((encode) => encode())
    this.#waiting.clear()
    return rest
  }

  readonly #written = (): void => {
    if (!this.#blocked || this.#duplex.writableLength > 0) return
    this.#blocked = false
    this.#flush()
  }

  #flush(): void {
    while (!this.#closed && !this.#blocked && this.#duplex.writable) {
      const pieces: Uint8Array[] = []
      let bytes = 0
      while (bytes < gatherBytes) {
        const next = this.#next()
        if (next === undefined) break
        for (const piece of next) bytes += piece.length
        pieces.push(...next)
      }
      if (pieces.length === 0) return
      this.#write(pieces)
      // One write at a time: on a slow line, what waits is replaced by newer, and does not pile up in the stream.
      this.#blocked = this.#duplex.writableLength > 0
    }
  }

  #next(): readonly Uint8Array[] | undefined {
    for (const [key, encode] of this.#waiting) {
      this.#waiting.delete(key)
      return [encode()]
    }
    return this.#nextFrame()
  }

  /** What is small is copied together, a large frame is not copied. */
  #write(pieces: readonly Uint8Array[]): void {
    let small: Uint8Array[] = []
    const write = (bytes: Uint8Array): void => void this.#duplex.write(bytes, this.#written)
    this.#duplex.cork()
    for (const piece of pieces) {
      if (piece.length < copiedBytes) {
        small.push(piece)
        continue
      }
      if (small.length > 0) write(Buffer.concat(small))
      small = []
      write(piece)
    }
    if (small.length > 0) write(Buffer.concat(small))
    this.#duplex.uncork()
  }
}
