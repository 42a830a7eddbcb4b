/** How many batches one subscriber still has to acknowledge, and who waits for that. */
export interface Demand {
  /** Whether one more may be given to it; not after the end. */
  readonly hasRoom: boolean
  /** Calls once: at once while there is room, else in its turn when there is again; never after the end. */
  whenRoom(action: () => void): void
  /** One more is on its way. */
  take(): void
  /** One is acknowledged. */
  giveBack(): void
  /** Nobody is there any more. */
  end(): void
}

/** Counts up to so many; what waits for room is as many functions as were handed in. */
export function createDemand(maxInFlight: number): Demand {
  let inFlight = 0
  let over = false
  let calling = false
  let waiting: (() => void)[] = []
  const hasRoom = (): boolean => !over && inFlight < maxInFlight

  // One loop for all: an acknowledgement inside a call finds it running, so that no chain of calls grows deep.
  function callWaiting(): void {
    if (calling) return
    calling = true
    try {
      for (let action = next(); action !== undefined; action = next()) action()
    } finally {
      calling = false
    }
  }
  const next = (): (() => void) | undefined => (hasRoom() ? waiting.shift() : undefined)

  return {
    get hasRoom() {
      return hasRoom()
    },
    whenRoom(action) {
      if (over) return
      waiting.push(action)
      callWaiting()
    },
    take() {
      inFlight += 1
    },
    giveBack() {
      inFlight -= 1
      if (waiting.length > 0) callWaiting()
    },
    end() {
      over = true
      waiting = []
    },
  }
}
