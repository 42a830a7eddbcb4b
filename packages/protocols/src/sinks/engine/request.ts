import type { Sample } from '@tocsin/core'

import type { Share } from './held-batches.ts'

/** Samples that go together. */
export interface SinkRequest {
  /** How many samples were sent for the first time before it: requests are sent again in the order of these. */
  readonly place: number
  readonly samples: readonly Sample[]
  /** Which batches they are of, in order. */
  readonly shares: readonly Share[]
  readonly bytes: number
  /** When it was sent first. */
  readonly since: number
}

/** A request in at most so many parts, nearly as large as one another and in order. Their bytes are as near as they. */
export function partsOf(
  { place, samples, shares, bytes, since }: SinkRequest,
  count: number,
): readonly SinkRequest[] {
  const most = Math.min(count, samples.length)
  const parts: SinkRequest[] = []
  let share = -1
  let left = 0
  for (let part = 0, from = 0; part < most; part += 1) {
    const own = samples.slice(from, Math.floor(((part + 1) * samples.length) / most))
    const ofPart: Share[] = []
    for (let missing = own.length; missing > 0;) {
      while (left === 0) left = (shares[(share += 1)] as Share).count
      const here = Math.min(left, missing)
      ofPart.push({ of: (shares[share] as Share).of, count: here })
      missing -= here
      left -= here
    }
    const ownBytes = (bytes * own.length) / samples.length
    parts.push({ place: place + from, samples: own, shares: ofPart, bytes: ownBytes, since })
    from += own.length
  }
  return parts
}
