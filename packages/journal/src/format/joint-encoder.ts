import type { Codec, FrameEncoder } from './codec.ts'

/**
 * For a codec that encodes the records of a frame in one call: keeps them until then. What the records take is known from
 * encoding each append alone; together they are assumed to take no more.
 */
export class JointEncoder<T> implements FrameEncoder<T> {
  readonly #codec: Codec<T>
  #values: T[] = []
  #bytes = 0
  /** Of the first append, good as long as it is the only one. */
  #body: Uint8Array | undefined

  constructor(codec: Codec<T>) {
    this.#codec = codec
  }

  add(values: readonly T[], most: number): number {
    const body = this.#encode(values)
    const bytes = this.#bytes + body.length
    if (bytes > most) return bytes
    this.#body = this.#values.length === 0 ? body : undefined
    for (const value of values) this.#values.push(value)
    this.#bytes = bytes
    return bytes
  }

  body(): Uint8Array {
    this.#body ??= this.#encode(this.#values)
    return this.#body
  }

  reset(): void {
    this.#values = []
    this.#bytes = 0
    this.#body = undefined
  }

  /** Anything but bytes would be acknowledged and could never be read. */
  #encode(values: readonly T[]): Uint8Array {
    const body: unknown = this.#codec.encode(values)
    if (body instanceof Uint8Array) return body
    throw new TypeError('"encode" must give a Uint8Array')
  }
}
