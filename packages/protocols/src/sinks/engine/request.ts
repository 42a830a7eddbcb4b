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

/** Both halves of a request of at least two samples. Their bytes are as near as a half. */
export function halves({
  place,
  samples,
  shares,
  bytes,
  since,
}: SinkRequest): readonly [SinkRequest, SinkRequest] {
  const middle = samples.length >> 1
  const before: Share[] = []
  const after: Share[] = []
  let left = middle
  for (const { of, count } of shares) {
    const here = Math.min(left, count)
    left -= here
    if (here > 0) before.push({ of, count: here })
    if (count > here) after.push({ of, count: count - here })
  }
  const half = bytes / 2
  return [
    { place, samples: samples.slice(0, middle), shares: before, bytes: half, since },
    { place: place + middle, samples: samples.slice(middle), shares: after, bytes: half, since },
  ]
}
