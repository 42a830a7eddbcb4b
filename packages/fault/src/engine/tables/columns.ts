/** A column of a table: a number for each line. */
export type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array

/** A longer column that begins with the same, and goes on with `rest`. */
export function grown<C extends Column>(column: C, length: number, rest = 0): C {
  if (length === column.length) return column
  const longer = new (column.constructor as new (length: number) => C)(length)
  longer.set(column)
  if (rest !== 0) longer.fill(rest, column.length)
  return longer
}

/** How long a column becomes that needs `length` lines: a quarter longer, so that growing costs little and wastes little. */
export const roomFor = (length: number, now: number): number =>
  length <= now ? now : Math.max(length, Math.ceil(now * 1.25), 16)

/** Lines handed out ever, and those of each size that are free. */
export interface SavedBlocks {
  readonly end: number
  readonly free: readonly (readonly [size: number, places: readonly number[]])[]
}

/** Hands out blocks of neighbouring lines. What is given back is used again for a block of the same size. */
export class Blocks {
  /** Lines handed out ever. */
  end = 0
  readonly #free = new Map<number, number[]>()

  take(size: number): number {
    const again = this.#free.get(size)?.pop()
    if (again !== undefined) return again
    const at = this.end
    this.end += size
    return at
  }

  /** What a snapshot has of it. */
  save(): SavedBlocks {
    return { end: this.end, free: [...this.#free].filter(([size, places]) => size * places.length > 0) }
  }

  load({ end, free }: SavedBlocks): void {
    this.end = end
    for (const [size, places] of free) this.#free.set(size, [...places])
  }

  give(at: number, size: number): void {
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [at])
    else free.push(at)
  }
}
