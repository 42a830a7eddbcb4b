/** When ends count as too many, in ms. */
export interface FlappingLimits {
  readonly ends: number
  readonly withinMs: number
  readonly settleMs: number
}

/** Counts the ends of each source, see `sourceMark`. */
export interface Flapping {
  /** Notes an end, and says how long it must last before it is told, ms: 0 unless there were too many before it. */
  ended(source: number, now: number): number
}

/**
 * Only the ends of the last `withinMs` are kept, of a source at most so many as are needed. Ends that seem to come from the future, as after
 * the clock was set back, count as long as they are no further away than that.
 */
export function createFlapping(limits: FlappingLimits | undefined): Flapping {
  if (limits === undefined) return { ended: () => 0 }
  const { ends, withinMs, settleMs } = limits
  // The order of the map is that of the latest ends.
  const latest = new Map<number, readonly number[]>()
  const isNear = (at: number, now: number): boolean => Math.abs(now - at) < withinMs
  return {
    ended: (source, now) => {
      const before = (latest.get(source) ?? []).filter((at) => isNear(at, now))
      latest.delete(source)
      latest.set(source, [...before, now].slice(-ends))
      for (const [old, times] of latest) {
        if (times.some((at) => isNear(at, now))) break
        latest.delete(old)
      }
      return before.length >= ends ? settleMs : 0
    },
  }
}
