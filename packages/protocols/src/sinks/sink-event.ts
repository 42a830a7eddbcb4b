import type { Refusal } from './destination.ts'

/** What a sink has taken and its destination does not have yet. */
export interface Held {
  /** How many samples. */
  readonly count: number
  /** Time of the oldest sample of the batch that waits longest, ms since the Unix epoch; none where none waits. */
  readonly oldest: number | undefined
}

interface Told {
  /** When, ms since the Unix epoch. */
  readonly time: number
  /** What is still waiting after that. */
  readonly held: Held
}

/** The destination has them: it answered so, or the connection stood long enough. */
export interface Delivered extends Told {
  /** Tells it from the others. */
  readonly type: 'delivered'
  /** How many samples. */
  readonly count: number
  /** About how many bytes they were. */
  readonly bytes: number
  /** From the first attempt until then, ms. */
  readonly durationMs: number
}

/** The destination will never have these. They are acknowledged: they would hold up all the others. */
export interface Refused extends Told {
  /** Tells it from the others. */
  readonly type: 'refused'
  /** Which, and why. */
  readonly refusals: readonly Refusal[]
}

/** An attempt failed, and is going to be repeated. */
export interface Failed extends Told {
  /** Tells it from the others. */
  readonly type: 'failed'
  /** What happened, as a sentence; no secret is in it. */
  readonly message: string
  /** How many failed since the last that did not: 1, 2, 3 … */
  readonly attempt: number
  /** Time until the next one, ms. */
  readonly delayMs: number
}

/**
 * The source gives no more batches until some are acknowledged, though there is more, and meanwhile the sink has nothing to send: so
 * much is lost in speed, and nothing else. Said once.
 */
export interface HeldUp extends Told {
  /** Tells it from the others. */
  readonly type: 'held-up'
  /** What happens and what to raise, as a sentence. */
  readonly message: string
}

/** What a sink says. */
export type SinkEvent = Delivered | Refused | Failed | HeldUp

/** Whether a destination takes what it is sent: `undefined` until it was tried. */
export interface Reachability {
  /** Whether its last word was yes. */
  readonly reachable: boolean | undefined
  /** Since when, ms since the Unix epoch. */
  readonly since: number
  /** What the last failure was; absent while it is reachable. */
  readonly message?: string
}
