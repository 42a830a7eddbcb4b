interface Window {
  startedAt: number
  shown: number
  suppressed: number
}

/** Lets the first problems of each reason in a second through and counts the rest. */
export interface ProblemLimiter<Reason> {
  /** How many were held back before this one, or `undefined` where this one is held back too. */
  admit(reason: Reason, time: number): number | undefined
}

const windowMs = 1000

/** A limiter for a closed set of reasons; holds one small record per reason. */
export function createProblemLimiter<Reason extends string>(perSecond: number): ProblemLimiter<Reason> {
  const windows = new Map<Reason, Window>()
  return {
    admit(reason, time) {
      let window = windows.get(reason)
      if (window === undefined) windows.set(reason, (window = { startedAt: time, shown: 0, suppressed: 0 }))
      // A clock that was set back starts a new window too, or nothing would be shown until it catches up.
      if (time - window.startedAt >= windowMs || time < window.startedAt) {
        window.startedAt = time
        window.shown = 0
      }
      if (window.shown >= perSecond) {
        window.suppressed += 1
        return undefined
      }
      window.shown += 1
      const { suppressed } = window
      window.suppressed = 0
      return suppressed
    },
  }
}
