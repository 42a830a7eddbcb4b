/** Where the present comes from; a test or a replay hands in its own. Every rxjs scheduler is one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}
