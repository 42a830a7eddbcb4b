/**
 * How far event time is: the newest sample's, and while none comes, on from there at the pace of the clock. A sample that is ahead
 * of the clock moves nothing, or one sender whose clock is fast would close the windows of all others.
 */
export class EventTime {
  readonly #maxDisorderMs: number
  #newest = -Infinity
  /** How far the newest sample was behind the clock, as a negative number. */
  #lead = -Infinity
  #watermark = -Infinity

  constructor(maxDisorderMs: number) {
    this.#maxDisorderMs = maxDisorderMs
  }

  /** Samples before it come late; it never goes back. */
  get watermark(): number {
    return this.#watermark
  }

  /** Hears of a sample. */
  see(time: number, now: number): void {
    if (time > now) {
      // Where all clocks are ahead, the one here decides.
      if (this.#lead === -Infinity) this.#lead = 0
      return
    }
    if (time <= this.#newest) return
    this.#newest = time
    this.#lead = time - now
  }

  /** Moves the watermark to where it is at this time of the clock. */
  advance(now: number): void {
    this.#watermark = Math.max(this.#watermark, now + this.#lead - this.#maxDisorderMs)
  }

  /** When the clock brings the watermark to `time`, unless samples bring it there sooner. */
  clockAt(time: number): number {
    return time - this.#lead + this.#maxDisorderMs
  }
}
