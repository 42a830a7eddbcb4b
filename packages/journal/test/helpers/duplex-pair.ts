import { Duplex } from 'node:stream'

/** What a line does to the bytes of one direction. */
export interface Line {
  /** Bytes of the next piece; without it nothing is split. */
  readonly piece?: () => number
  /** Waits before a piece arrives. */
  readonly pace?: () => Promise<void>
  /** Bytes of both directions together, after which the line breaks. */
  readonly breakAfter?: number
  /** How it breaks: both ends learn it, or nothing comes through any more and nobody learns it. */
  readonly broken?: 'reset' | 'silent'
  /** Sees every piece and says what arrives. */
  readonly change?: (piece: Uint8Array) => Uint8Array
}

/** One end of a connection in memory. */
class End extends Duplex {
  other!: End
  /** Bytes that were written here. */
  written = 0
  #more: (() => void) | undefined

  private readonly line: Line
  private readonly shared: { bytes: number }

  constructor(line: Line, shared: { bytes: number }) {
    super({ allowHalfOpen: false })
    this.line = line
    this.shared = shared
  }

  override _read(): void {
    this.#wanted()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.written += chunk.length
    const { piece, pace, breakAfter, change } = this.line
    if (piece === undefined && pace === undefined && breakAfter === undefined && change === undefined) {
      this.other.#arrive(chunk, done)
    } else void this.#carry(chunk).then(() => done(), done)
  }

  override _final(done: () => void): void {
    if (!this.#silent() && !this.other.destroyed) this.other.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wanted()
    // Not at once: the other end may be in the middle of something.
    setImmediate(() => {
      this.other.#wanted()
      if (!this.#silent() && !this.other.destroyed && !this.other.readableEnded) this.other.push(null)
    })
    done(error)
  }

  async #carry(chunk: Buffer): Promise<void> {
    const {
      piece = () => Infinity,
      pace,
      breakAfter = Infinity,
      change = (bytes: Uint8Array) => bytes,
    } = this.line
    for (let at = 0; at < chunk.length;) {
      const size = Math.max(1, Math.min(piece(), chunk.length - at))
      await pace?.()
      if (this.destroyed || this.other.destroyed) throw new Error('EPIPE')
      const room = Math.min(size, breakAfter - this.shared.bytes)
      if (room > 0) {
        this.shared.bytes += room
        const bytes = change(chunk.subarray(at, at + room))
        await new Promise<void>((resolve) => this.other.#arrive(bytes, () => resolve()))
      }
      if (this.shared.bytes >= breakAfter && !this.#silent()) {
        this.other.destroy(new Error('ECONNRESET'))
        throw new Error('ECONNRESET')
      }
      at += size
    }
  }

  #silent(): boolean {
    const { breakAfter = Infinity, broken } = this.line
    return broken === 'silent' && this.shared.bytes >= breakAfter
  }

  #arrive(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (this.destroyed || this.readableEnded) done(new Error('EPIPE'))
    else if (this.push(bytes)) done()
    else this.#more = done
  }

  #wanted(): void {
    const more = this.#more
    this.#more = undefined
    more?.()
  }
}

/** Two ends of a connection in memory, with the backpressure of a socket. `there` is the line of the first, `back` of the second. */
export function duplexPair(there: Line = {}, back: Line = there): readonly [Duplex, Duplex] {
  const shared = { bytes: 0 }
  const [first, second] = [new End(there, shared), new End(back, shared)]
  first.other = second
  second.other = first
  return [first, second]
}
