/** What comes so soon after an acknowledgement, ms, was waiting for it. */
const soonMs = 100
/** Shorter than this, ms, nothing is lost that would be noticed. */
const longMs = 1000
/** One alone may be chance. */
const times = 2

/** Notices a source that waits for acknowledgements while nothing is left to send, as one whose `maxInFlight` is small. */
export interface HoldUp {
  /** Something is under way, and nothing is left to send. */
  quiet(now: number): void
  /** Batches may have been acknowledged. */
  released(now: number): void
  /** A batch was given whose oldest sample is of that time; `true` once, where it and others before it had to wait. */
  gave(oldest: number, now: number): boolean
}

export function createHoldUp(): HoldUp {
  let quietSince: number | undefined
  let release: { readonly at: number; readonly quietMs: number } | undefined
  let count = 0
  return {
    quiet(now) {
      quietSince ??= now
    },
    released(now) {
      if (quietSince !== undefined) release = { at: now, quietMs: now - quietSince }
    },
    gave(oldest, now) {
      if (quietSince === undefined) return false
      quietSince = undefined
      const isWaited =
        release !== undefined &&
        now - release.at <= soonMs &&
        release.quietMs >= longMs &&
        // It was there meanwhile.
        release.at - oldest >= longMs
      release = undefined
      count = isWaited ? count + 1 : Math.min(count, times) === times ? count : 0
      return isWaited && count === times
    },
  }
}
