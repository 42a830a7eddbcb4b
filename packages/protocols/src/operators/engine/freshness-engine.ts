/** What is to be told of a source. */
export interface Availability {
  readonly source: string
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** Nothing where the source is forgotten. */
  readonly available: 0 | 1 | undefined
}

/** Bounds of a {@link FreshnessEngine}, ms and sources. */
export interface FreshnessBounds {
  readonly silentAfterMs: number
  readonly forgetAfterMs: number
  readonly maxSources: number
}

/**
 * Knows who sent when. `now` is the present, ms since the Unix epoch; all decisions are by `elapsed`, ms of a clock that never
 * jumps, so that a clock that is set makes nobody silent.
 */
export interface FreshnessEngine {
  /** A sample came. Gives what that changes; `full` where there is no room for another source. */
  seen(source: string, now: number, elapsed: number): readonly Availability[] | 'full'
  /** Gives what became silent, was silent for so long that it is forgotten, and was not told of for `silentAfterMs`. */
  advance(now: number, elapsed: number): readonly Availability[]
  /** When to call `advance`, by `elapsed`; `Infinity` while there is nobody. */
  nextDue(): number
}

interface Source {
  readonly name: string
  readonly isExpected: boolean
  /** Of one that is expected and never came, when the wait for it began. */
  lastAt: number
  isSeen: boolean
}

const nothing: readonly Availability[] = []

/** An engine that waits for the expected sources from the beginning; what it hears of besides, from then on. */
export function createFreshnessEngine(
  { silentAfterMs, forgetAfterMs, maxSources }: FreshnessBounds,
  expected: readonly string[],
  beginning: number,
): FreshnessEngine {
  // Each in the order of when they were last heard of: only the first of them can be due.
  const fresh = new Map<string, Source>()
  const silent = new Map<string, Source>()
  // Those of them that are expected, and so not forgotten.
  const missing = new Map<string, Source>()
  let repeatAt = beginning + silentAfterMs
  for (const name of expected) fresh.set(name, { name, isExpected: true, lastAt: beginning, isSeen: false })

  const first = (sources: ReadonlyMap<string, Source>): Source | undefined => sources.values().next().value
  const toldNow = new Set<string>()

  return {
    seen(name, now, elapsed) {
      const known = fresh.get(name)
      if (known !== undefined) {
        const { isSeen } = known
        if (known.lastAt === elapsed && isSeen) return nothing
        known.lastAt = elapsed
        known.isSeen = true
        fresh.delete(name)
        fresh.set(name, known)
        return isSeen ? nothing : [{ source: name, time: now, available: 1 }]
      }
      const isExpected = missing.delete(name)
      const isBack = silent.delete(name) || isExpected
      const count = fresh.size + silent.size + missing.size
      if (!isBack && count >= maxSources) return 'full'
      if (!isBack && count === 0) repeatAt = elapsed + silentAfterMs
      fresh.set(name, { name, isExpected, lastAt: elapsed, isSeen: true })
      return [{ source: name, time: now, available: 1 }]
    },
    advance(now, elapsed) {
      const told: Availability[] = []
      const timeOf = (moment: number): number => Math.round(now - elapsed + moment)
      toldNow.clear()
      for (
        let one = first(fresh);
        one !== undefined && one.lastAt + silentAfterMs <= elapsed;
        one = first(fresh)
      ) {
        fresh.delete(one.name)
        const rest = one.isExpected ? missing : silent
        rest.set(one.name, one)
        toldNow.add(one.name)
        told.push({ source: one.name, time: timeOf(one.lastAt + silentAfterMs), available: 0 })
      }
      for (const one of silent.values()) {
        if (one.lastAt + forgetAfterMs > elapsed) break
        silent.delete(one.name)
        toldNow.add(one.name)
        told.push({ source: one.name, time: timeOf(one.lastAt + forgetAfterMs), available: undefined })
      }
      if (repeatAt > elapsed) return told
      repeatAt = elapsed + silentAfterMs
      const repeat = (sources: ReadonlyMap<string, Source>, available: 0 | 1): void => {
        for (const { name } of sources.values())
          if (!toldNow.has(name)) told.push({ source: name, time: now, available })
      }
      repeat(fresh, 1)
      repeat(silent, 0)
      repeat(missing, 0)
      return told
    },
    nextDue() {
      if (fresh.size + silent.size + missing.size === 0) return Infinity
      const silence = (first(fresh)?.lastAt ?? Infinity) + silentAfterMs
      return Math.min(repeatAt, silence, (first(silent)?.lastAt ?? Infinity) + forgetAfterMs)
    },
  }
}
