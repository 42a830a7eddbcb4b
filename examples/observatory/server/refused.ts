import type { Refusal } from './wire.ts'

/** A request that is not done, and what its sender is told. */
export class Refused extends Error {
  readonly status: number
  readonly refusal: Refusal

  constructor(status: number, error: string, more: Omit<Refusal, 'error'> = {}) {
    super(error)
    this.status = status
    this.refusal = { error, ...more }
  }
}
