import type { GroupHeads } from './group-heads.ts'

/** Heads that were read, those used last, up to a number of bytes. */
export class HeadsCache {
  readonly #maxBytes: number
  #bytes = 0
  /** By key, the one that was not used for longest first. */
  readonly #heads = new Map<string, GroupHeads>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Memory of what is kept. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): GroupHeads | undefined {
    const heads = this.#heads.get(key)
    if (heads === undefined) return undefined
    this.#heads.delete(key)
    this.#heads.set(key, heads)
    return heads
  }

  set(key: string, heads: GroupHeads): void {
    this.delete(key)
    this.#heads.set(key, heads)
    this.#bytes += heads.bytes
    for (const oldest of this.#heads.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const heads = this.#heads.get(key)
    if (heads === undefined) return
    this.#heads.delete(key)
    this.#bytes -= heads.bytes
  }
}
