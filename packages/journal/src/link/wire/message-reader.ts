/** A message as it stands on the wire: a u32 length of what follows, type, channel, body. */
export interface RawMessage {
  readonly type: number
  /** 0 is the connection. */
  readonly channel: number
  /** A view of what was received. */
  readonly body: Uint8Array
}

/** Bytes of the length. */
const lengthBytes = 4

/** Bytes of length, type and channel. */
export const messageHeaderBytes = 7

/** Least that is set aside for a message of which only a part is here. */
const leastHeld = 4096

/**
 * Cuts what arrives into messages, wherever it was split. A length is checked before anything is set aside for it, and what is set aside
 * grows with what really came: holds at most twice the bytes of one message.
 */
export class MessageReader {
  /** Longest message that is taken, bytes behind the length. */
  maxBytes: number
  #chunk: Uint8Array = new Uint8Array(0)
  /** Of the chunk: one for all of its messages, since there may be many small ones. */
  #view = viewOf(this.#chunk)
  #at = 0
  /** The beginning of a message whose end has not come. */
  #held: Uint8Array = new Uint8Array(0)
  #size = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Takes bytes; all messages that were in the ones before must have been taken out. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#view = viewOf(chunk)
    this.#at = 0
  }

  /** True where a message has been begun and not ended. */
  get inside(): boolean {
    return this.#size > 0
  }

  /** The next message; `undefined` where more bytes are needed; the length that was given where no message can have it. */
  next(): RawMessage | number | undefined {
    return this.#size === 0 ? this.#whole() : this.#pieced()
  }

  /** The usual case: a message that lies in the chunk as a whole is not copied. */
  #whole(): RawMessage | number | undefined {
    const left = this.#chunk.length - this.#at
    if (left === 0) return undefined
    if (left < lengthBytes) return this.#pieced()
    const length = this.#view.getUint32(this.#at, true)
    if (!this.#possible(length)) return length
    const end = this.#at + lengthBytes + length
    if (end > this.#chunk.length) return this.#pieced()
    const message = messageAt(this.#chunk, this.#view, this.#at, length)
    this.#at = end
    return message
  }

  #pieced(): RawMessage | number | undefined {
    if (!this.#fill(lengthBytes)) return undefined
    const length = viewOf(this.#held).getUint32(0, true)
    if (!this.#possible(length)) return length
    if (!this.#fill(lengthBytes + length)) return undefined
    const message = messageAt(this.#held, viewOf(this.#held), 0, length)
    // What is handed out is kept by others.
    this.#held = new Uint8Array(0)
    this.#size = 0
    return message
  }

  /** Takes over bytes until there are so many; false where they do not suffice. */
  #fill(wanted: number): boolean {
    const count = Math.min(wanted - this.#size, this.#chunk.length - this.#at)
    if (count > 0) {
      const needed = this.#size + count
      if (needed > this.#held.length) {
        const grown = new Uint8Array(
          Math.min(Math.max(needed, 2 * this.#held.length, leastHeld), this.maxBytes + lengthBytes),
        )
        grown.set(this.#held.subarray(0, this.#size))
        this.#held = grown
      }
      this.#held.set(this.#chunk.subarray(this.#at, this.#at + count), this.#size)
      this.#at += count
      this.#size += count
    }
    return this.#size >= wanted
  }

  #possible(length: number): boolean {
    return length >= messageHeaderBytes - lengthBytes && length <= this.maxBytes
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length)

function messageAt(bytes: Uint8Array, view: DataView, at: number, length: number): RawMessage {
  const start = bytes.byteOffset + at + messageHeaderBytes
  const body = new Uint8Array(bytes.buffer, start, lengthBytes + length - messageHeaderBytes)
  return { type: view.getUint8(at + 4), channel: view.getUint16(at + 5, true), body }
}

/** What stands before a body of this length. */
export function messageHeader(type: number, channel: number, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(messageHeaderBytes)
  writeMessageHeader(new DataView(bytes.buffer), type, channel, bodyBytes)
  return bytes
}

/** The same at the beginning of a message that is being written. */
export function writeMessageHeader(view: DataView, type: number, channel: number, bodyBytes: number): void {
  view.setUint32(0, messageHeaderBytes - lengthBytes + bodyBytes, true)
  view.setUint8(4, type)
  view.setUint16(5, channel, true)
}
