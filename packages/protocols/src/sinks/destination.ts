import type { Sample } from '@tocsin/core'

/**
 * Why a destination will never have a sample. `unsupported`: it has no form for it, as Graphite has none for a text. `too-large`: it
 * is beyond a limit alone. `refused`: the destination said no to it.
 */
export type RefusalReason = 'unsupported' | 'too-large' | 'refused'

/** A sample that a destination will never have, and why. */
export interface Refusal {
  /** The sample, as it was given. */
  readonly sample: Sample
  /** Which kind of refusal. */
  readonly reason: RefusalReason
  /** What is wrong with it and what is allowed, or what the destination said, as a sentence. */
  readonly message: string
}

/** What became of a request. */
export type Outcome = Taken | RefusedRequest | FailedRequest

/** The destination has all of a request, but for what it refuses for good. */
export interface Taken {
  /** Tells it from the others. */
  readonly type: 'taken'
  /** What it refuses for good. @defaultValue nothing */
  readonly refusals?: readonly Refusal[]
}

/**
 * It took none or not all of a request, since something in it is wrong: that is sent in halves, until it stands alone. The more requests are
 * refused one after another, the more parts they are sent in, so that where all is wrong each sample is sent alone and little beside.
 */
export interface RefusedRequest {
  /** Tells it from the others. */
  readonly type: 'refused'
  /** Which kind of refusal. */
  readonly reason: RefusalReason
  /** What the destination said, as a sentence. */
  readonly message: string
}

/** It is not known to have a request, and may take it later: it is sent again. */
export interface FailedRequest {
  /** Tells it from the others. */
  readonly type: 'failed'
  /** What happened, as a sentence without secrets. */
  readonly message: string
  /** How long the destination asked to be left alone, ms. @defaultValue not at all */
  readonly retryAfterMs?: number | undefined
}

/** A request on its way. Both promises always resolve. */
export interface Sending {
  /** When the next one may be handed over: `outcome` itself where it is to wait for that. Where it is later, it is not waited for. */
  readonly handedOver: Promise<unknown>
  /** What became of it. */
  readonly outcome: Promise<Outcome>
}

/** Where a sink sends to: all that is its own. */
export interface Destination {
  /**
   * About how many bytes a sample takes in a request; where it has no form at all, why. What is nothing there, such as a
   * stale marker, weighs 0.
   */
  weigh(sample: Sample): number | Omit<Refusal, 'sample'>
  /**
   * Sends samples in this order. Several may be under way where `handedOver` comes before `outcome`; then a failure of one fails
   * those behind it too, and none is ever `refused`: order could not be kept.
   */
  send(samples: readonly Sample[]): Sending
  /**
   * All that there will be was handed over: an outcome that is only waited for may come sooner. It may be called again, and after a
   * failure all that failed is sent again.
   */
  end?(): void
  /** Frees all; what is under way is given up. */
  close(): void
}
