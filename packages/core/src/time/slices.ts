import { presentTime } from './replace-time.ts'

/** Others wait this long at most, ms. */
const sliceMs = 5

const machine = presentTime()

/**
 * Lets others run before what follows. In virtual time by its next action, so that no time passes meanwhile; what is left of the
 * work is done before anything that is due later.
 */
export function giveWay(): Promise<void> {
  const time = presentTime()
  return new Promise((resolve) => {
    if (time.now === machine.now) setImmediate(resolve)
    else time.schedule(() => resolve(), 0)
  })
}

/** Long work in slices: gives way to others from time to time. What comes out must not depend on when. */
export class Slices {
  #until = performance.now() + sliceMs

  /** Begins a slice, after others could run. */
  begin(): void {
    this.#until = performance.now() + sliceMs
  }

  /** Whether it is time to {@link pause}. */
  get isOver(): boolean {
    return performance.now() >= this.#until
  }

  /** Lets others run, and begins a new slice. */
  async pause(): Promise<void> {
    await giveWay()
    this.begin()
  }
}
