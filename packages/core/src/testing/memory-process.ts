/** The process that uses a file system, which can be stopped as by a kill. */
export interface MemoryProcess {
  /** Operations so far that change something. */
  readonly operations: number
  /** How often something was made durable. */
  syncs: number
  stopAt(operation: number, stored: number): void
  /** Does what changes something at once; where the process is gone, never resolves. */
  change<T>(work: () => T, whenGone?: (stored: number) => void): Promise<T>
}

export function createProcess(): MemoryProcess {
  let operations = 0
  let stop = { operation: Infinity, stored: 0 }
  return {
    get operations() {
      return operations
    },
    syncs: 0,
    stopAt: (operation, stored) => {
      stop = { operation, stored }
    },
    change: async (work, whenGone) => {
      operations += 1
      if (operations < stop.operation) return work()
      whenGone?.(operations === stop.operation ? stop.stored : 0)
      return new Promise<never>(() => undefined)
    },
  }
}
