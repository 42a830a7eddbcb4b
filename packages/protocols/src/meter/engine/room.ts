/** How many bytes series may take; all metrics of a meter share it. */
export interface Room {
  readonly bytes: number
  /** Takes so many, if there are so many. */
  take(bytes: number): boolean
  /** Takes so many in any case: for what a program defined itself. */
  reserve(bytes: number): void
  free(bytes: number): void
}

/** An empty room. */
export function createRoom(maxBytes: number): Room {
  let taken = 0
  return {
    get bytes() {
      return taken
    },
    take(bytes) {
      if (taken + bytes > maxBytes) return false
      taken += bytes
      return true
    },
    reserve: (bytes) => void (taken += bytes),
    free: (bytes) => void (taken -= bytes),
  }
}
