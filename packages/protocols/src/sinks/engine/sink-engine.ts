import type { Batch, Sample } from '@tocsin/core'
import { backOffMs, type BackOff } from '@tocsin/core/back-off'

import type { Destination, FailedRequest, Outcome, Refusal } from '../destination.ts'
import type { Held, SinkEvent } from '../sink-event.ts'
import { createGathering, type GatherLimits } from './gathering.ts'
import { createHeldBatches } from './held-batches.ts'
import { createHoldUp } from './hold-up.ts'
import { partsOf, type SinkRequest } from './request.ts'

/** The limits of a sink, and its chance. */
export interface SinkLimits extends GatherLimits, BackOff {
  readonly random: () => number
}

/** What came of a step: what to say, and then what to acknowledge. */
export interface SinkStep {
  readonly events: readonly SinkEvent[]
  readonly acknowledge: () => void
}

/** What to send and when, without sending: pure but for `random`, and time comes as input. */
export interface SinkEngine {
  /** Takes a batch in; what can never be sent is refused at once. */
  give(batch: Batch<Sample>, now: number): SinkStep
  /** Nothing more comes: what is gathered waits for nothing. */
  end(): void
  /** Whether all that was given is dealt with. */
  readonly isIdle: boolean
  /** Whether something is under way, and nothing left to send. */
  readonly isHandedOver: boolean
  /** The next request, where one is due. Order is kept: the caller sends it before it asks again. */
  next(now: number): SinkRequest | undefined
  /** When `next` may give something without anything happening before. */
  due(): number
  /** What became of a request that `next` gave. */
  settle(request: SinkRequest, outcome: Outcome, now: number): SinkStep
}

/** Memory: the samples of the batches that are not acknowledged, which whoever gives them bounds. */
export function createSinkEngine(limits: SinkLimits, weigh: Destination['weigh']): SinkEngine {
  const batches = createHeldBatches()
  const gathering = createGathering(limits)
  const holdUp = createHoldUp()
  /** What is to be sent again, in order; it goes before all that is new. */
  let again: readonly SinkRequest[] = []
  let held = 0
  let underWay = 0
  let placed = 0
  let failures = 0
  /** How often the parts of a refused request are doubled: the more, the more are refused one after another. */
  let doublings = 0
  /** Since a failure, until all that was under way with it is known: that may have to go first. */
  let isFailing = false
  let failedAt = -Infinity
  let resumeAt = -Infinity
  let isEnding = false

  const heldNow = (): Held => ({ count: held, oldest: batches.oldest() })
  const settled = (request: SinkRequest, now: number): (() => void) => {
    held -= request.samples.length
    const acknowledge = batches.done(request.shares)
    return () => {
      holdUp.released(now)
      acknowledge()
    }
  }
  const isHandedOver = (): boolean =>
    underWay > 0 && !isFailing && again.length === 0 && gathering.count === 0
  const refused = (refusals: readonly Refusal[], now: number): SinkEvent => ({
    type: 'refused',
    time: now,
    refusals,
    held: heldNow(),
  })
  const failed = ({ message, retryAfterMs = 0 }: FailedRequest, now: number): SinkEvent => {
    failures += 1
    const delayMs = Math.max(backOffMs(limits, failures, limits.random), retryAfterMs > 0 ? retryAfterMs : 0)
    failedAt = now
    resumeAt = now + delayMs
    return { type: 'failed', time: now, message, attempt: failures, delayMs, held: heldNow() }
  }
  /** Sorted in: requests that fail together come back in any order. */
  const sendAgain = (requests: readonly SinkRequest[]): void => {
    const first = requests[0] as SinkRequest
    const found = again.findIndex(({ place }) => place > first.place)
    const behind = found < 0 ? again.length : found
    again = [...again.slice(0, behind), ...requests, ...again.slice(behind)]
  }

  return {
    get isIdle() {
      return held === 0 && batches.size === 0
    },
    get isHandedOver() {
      return isHandedOver()
    },
    give(batch, now) {
      const of = batches.take(batch)
      const isHeldUp = holdUp.gave(of.oldest, now)
      const refusals: Refusal[] = []
      for (const sample of batch.values) {
        const bytes = weigh(sample)
        if (typeof bytes === 'number') gathering.add(sample, bytes, of, now)
        else refusals.push({ sample, reason: bytes.reason, message: bytes.message })
      }
      held += batch.values.length - refusals.length
      const acknowledge = batches.done([{ of, count: refusals.length }])
      const events: SinkEvent[] = refusals.length > 0 ? [refused(refusals, now)] : []
      if (isHeldUp) events.push({ type: 'held-up', time: now, message: waits, held: heldNow() })
      return { events, acknowledge }
    },
    end() {
      isEnding = true
    },
    next(now) {
      // A clock that is before what has happened was set back: nobody knows how far, so nothing waits for it.
      if (isFailing || (now < resumeAt && now >= failedAt)) return undefined
      let request = again[0]
      if (request !== undefined) again = again.slice(1)
      else {
        if (isHandedOver()) holdUp.quiet(now)
        const due = gathering.due()
        if (gathering.count === 0 || (now < due && now >= due - limits.gatherMs && !isEnding))
          return undefined
        request = gathering.cut(placed, now)
        placed += request.samples.length
      }
      underWay += 1
      return request
    },
    due() {
      if (isFailing) return Infinity
      const due = again.length > 0 || (isEnding && gathering.count > 0) ? -Infinity : gathering.due()
      return Math.max(due, resumeAt)
    },
    settle(request, outcome, now) {
      underWay -= 1
      const isFirst = !isFailing
      if (outcome.type === 'failed') isFailing = true
      else if (isFirst) failures = 0
      if (underWay === 0) isFailing = false
      if (outcome.type === 'failed') {
        sendAgain([request])
        // One failure of a connection fails all that it carried.
        return isFirst ? { events: [failed(outcome, now)], acknowledge: nothing } : nothingCame
      }
      if (outcome.type === 'refused') {
        doublings = Math.min(doublings + 1, mostDoublings)
        if (request.samples.length > 1) {
          sendAgain(partsOf(request, 2 ** doublings))
          return nothingCame
        }
        const acknowledge = settled(request, now)
        const [sample] = request.samples as readonly [Sample]
        return {
          events: [refused([{ sample, reason: outcome.reason, message: outcome.message }], now)],
          acknowledge,
        }
      }
      doublings = request.samples.length > 1 ? 0 : Math.max(0, doublings - 1)
      const acknowledge = settled(request, now)
      const { refusals = [] } = outcome
      const count = request.samples.length - refusals.length
      const events: SinkEvent[] = refusals.length > 0 ? [refused(refusals, now)] : []
      if (count > 0)
        events.push({
          type: 'delivered',
          time: now,
          count,
          bytes: Math.round(request.bytes),
          durationMs: Math.max(0, now - request.since),
          held: heldNow(),
        })
      return { events, acknowledge }
    },
  }
}

const waits =
  'all that the source gives is under way, and it gives no more before some is acknowledged, though there is more: raise its maxInFlight'
/** Then each sample of a request of any size is sent alone. */
const mostDoublings = 30
const nothing = (): void => undefined
const nothingCame: SinkStep = { events: [], acknowledge: nothing }
