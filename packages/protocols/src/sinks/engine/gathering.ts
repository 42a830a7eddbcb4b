import type { Sample } from '@tocsin/core'

import type { HeldBatch, Share } from './held-batches.ts'
import type { SinkRequest } from './request.ts'

/** How much goes into a request, and how long it may wait for more. */
export interface GatherLimits {
  readonly maxRequestSamples: number
  readonly maxRequestBytes: number
  readonly gatherMs: number
}

interface Waiting {
  readonly sample: Sample
  readonly bytes: number
  readonly of: HeldBatch
  readonly since: number
}

/** Samples that wait to be sent for the first time. */
export interface Gathering {
  readonly count: number
  add(sample: Sample, bytes: number, of: HeldBatch, now: number): void
  /** When there is something to send: at once where a request is full, else when the oldest has waited long enough. */
  due(): number
  /** The oldest that fit into a request, at least one. */
  cut(place: number, now: number): SinkRequest
}

export function createGathering({ maxRequestSamples, maxRequestBytes, gatherMs }: GatherLimits): Gathering {
  let waiting: Waiting[] = []
  let head = 0
  let bytes = 0
  return {
    get count() {
      return waiting.length - head
    },
    add(sample, weight, of, now) {
      waiting.push({ sample, bytes: weight, of, since: now })
      bytes += weight
    },
    due() {
      const first = waiting[head]
      if (first === undefined) return Infinity
      if (waiting.length - head >= maxRequestSamples || bytes >= maxRequestBytes) return -Infinity
      return first.since + gatherMs
    },
    cut(place, now) {
      const samples: Sample[] = []
      const shares: Share[] = []
      let size = 0
      let of: HeldBatch | undefined
      let count = 0
      for (; head < waiting.length && samples.length < maxRequestSamples; head += 1) {
        const next = waiting[head] as Waiting
        if (samples.length > 0 && size + next.bytes > maxRequestBytes) break
        if (next.of !== of) {
          if (of !== undefined) shares.push({ of, count })
          of = next.of
          count = 0
        }
        samples.push(next.sample)
        size += next.bytes
        count += 1
      }
      if (of !== undefined) shares.push({ of, count })
      bytes -= size
      // What was cut is let go when it is half of all, so that each is moved once in the long run.
      if (head * 2 >= waiting.length) {
        waiting = waiting.slice(head)
        head = 0
      }
      return { place, samples, shares, bytes: size, since: now }
    },
  }
}
