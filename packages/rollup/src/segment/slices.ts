import { setImmediate } from 'node:timers/promises'

/** Others wait this long at most, ms. */
const sliceMs = 5

/** Gives way to others from time to time. */
export class Slices {
  #until = performance.now() + sliceMs

  /** Whether it is time to {@link pause}. */
  get isOver(): boolean {
    return performance.now() >= this.#until
  }

  /** Lets others run, and begins a new slice. */
  async pause(): Promise<void> {
    await setImmediate()
    this.#until = performance.now() + sliceMs
  }
}
