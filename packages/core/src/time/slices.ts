import { presentTime } from './replace-time.ts'

/** Others wait this long at most, ms. */
const sliceMs = 2

const machine = presentTime()

/** Lets others run before what follows. In virtual time, where nobody waits for the machine, what follows comes at once. */
export function giveWay(): Promise<void> {
  const isVirtual = presentTime().now !== machine.now
  return new Promise((resolve) => (isVirtual ? resolve() : setImmediate(resolve)))
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
