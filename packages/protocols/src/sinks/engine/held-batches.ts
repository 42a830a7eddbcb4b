import type { Batch, Sample } from '@tocsin/core'

/** A batch of which not all is dealt with. */
export interface HeldBatch {
  readonly batch: Batch<Sample>
  /** How many of its samples are not dealt with. */
  left: number
  /** Time of its oldest sample. */
  readonly oldest: number
}

/** Samples of one batch in a row. */
export interface Share {
  readonly of: HeldBatch
  readonly count: number
}

/** The batches that were given and are not acknowledged, in order; each is acknowledged when it and all before it are dealt with. */
export interface HeldBatches {
  readonly size: number
  take(batch: Batch<Sample>): HeldBatch
  /** These are dealt with: delivered, or refused for good. What is due is acknowledged by the function that comes back. */
  done(shares: readonly Share[]): () => void
  /** Time of the oldest sample of the batch that waits longest. */
  oldest(): number | undefined
}

export function createHeldBatches(): HeldBatches {
  // A set keeps the order of insertion and gives its first up without moving the rest.
  const held = new Set<HeldBatch>()
  let isAcknowledging = false
  const acknowledge = (): void => {
    // What an ack brings in within the call is met by the loop that called it: a call in a call each time would end at some depth.
    if (isAcknowledging) return
    isAcknowledging = true
    try {
      for (const first of held) {
        if (first.left > 0) return
        held.delete(first)
        first.batch.ack()
      }
    } finally {
      isAcknowledging = false
    }
  }
  return {
    get size() {
      return held.size
    },
    take(batch) {
      let oldest = Infinity
      for (const { time } of batch.values) if (time < oldest) oldest = time
      const entry = { batch, left: batch.values.length, oldest }
      held.add(entry)
      return entry
    },
    done(shares) {
      for (const { of, count } of shares) of.left -= count
      return acknowledge
    },
    oldest() {
      // Those that are dealt with are only not acknowledged yet.
      for (const { left, oldest } of held) if (left > 0) return oldest
      return undefined
    },
  }
}
