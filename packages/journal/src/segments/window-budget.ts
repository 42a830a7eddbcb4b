const firstWindowBytes = 64 * 1024

const maxWindowBytes = 1024 * 1024

/** Beyond it windows stay as small as they begin, so that a thousand readers take 64 MiB more and not a gigabyte. */
const allWindowsBytes = 32 * 1024 * 1024

/** Bounds the windows of all that read from one journal: each begins small and doubles while there is room for it. */
export class WindowBudget {
  readonly #most: number
  #taken = 0

  constructor(most: number = allWindowsBytes) {
    this.#most = most
  }

  /** Length of the next window of a reader whose last one had this length, 0 where it has none. */
  enlarge(bytes: number): number {
    const wanted = bytes === 0 ? firstWindowBytes : Math.min(2 * bytes, maxWindowBytes)
    if (bytes > 0 && this.#taken + wanted - bytes > this.#most) return bytes
    this.#taken += wanted - bytes
    return wanted
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes
  }
}
