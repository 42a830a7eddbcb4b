/** Sources are numbered below this. */
const mostSources = 16_384

/** Why a series has no row. */
export type Refusal = 'unselected' | 'full'

/** The newest series that have no row, so that each costs one look-up: between `room` and twice as many. */
export class RefusedKeys {
  readonly #room: number
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  /** Grows when there is room again: those refused for want of it are to be asked anew. */
  #round = 0

  constructor(room: number) {
    this.#room = room
  }

  find(key: string, source: number): Refusal | undefined {
    let found = this.#young.get(key)
    if (found === undefined) {
      found = this.#old.get(key)
      if (found === undefined) return undefined
      this.#put(key, found)
    }
    if (found === -1) return 'unselected'
    const of = found % mostSources
    return found - of === this.#round && (of === 0 || of === source + 1) ? 'full' : undefined
  }

  /** `source`: whose bound it was that there was no room; none where it was that of all. */
  add(key: string, why: Refusal, source = -1): void {
    this.#put(key, why === 'unselected' ? -1 : this.#round + source + 1)
  }

  /** There is room again. */
  makeRoom(): void {
    this.#round += mostSources
  }

  /** Other rule sets. */
  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }

  #put(key: string, why: number): void {
    if (this.#young.size >= this.#room) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, why)
  }
}
