import { VirtualTimeScheduler } from 'rxjs'

/** One turn of the event loop: enough for everything that is promised without I/O. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Moves virtual time on, and lets promises have their turn at each moment at which something is due. */
export class Turns extends VirtualTimeScheduler {
  async to(time: number): Promise<void> {
    await turn()
    for (;;) {
      const due = this.actions.reduce((earliest, { delay }) => Math.min(earliest, delay), Infinity)
      if (due > time) break
      this.maxFrames = due
      this.flush()
      await turn()
    }
    this.frame = time
    this.maxFrames = time
  }

  /** Actions that wait. */
  get pending(): number {
    return this.actions.filter(({ closed }) => !closed).length
  }
}
