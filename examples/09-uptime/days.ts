import type { RollupStore } from '@tocsin/rollup/store'

/** One day of one target. */
export interface Day {
  /** Its begin in UTC, ms since the Unix epoch. */
  readonly start: number
  /** How much of it, so far, anything is known of: from 0 to 1. */
  readonly known: number
  /** For how much of what is known the target was up: from 0 to 1; `NaN` where nothing is known. */
  readonly available: number
}

/** What the store has of each hour. */
export interface Hours {
  /** Begin of the first one, of a day. */
  readonly start: number
  /** The average of `up`; `NaN` where there is none. */
  readonly available: ArrayLike<number>
  /** How many looks could tell. */
  readonly knew: ArrayLike<number>
  /** How many looks were due. */
  readonly due: ArrayLike<number>
}

export const dayCount = 90
const hour = 3_600_000
const day = 24 * hour

/** The days of a target by its hours. An hour that nobody has looked in is unknown, and takes no part in how available it was. */
export function daysOf(hours: Hours, now: number): readonly Day[] {
  return Array.from({ length: dayCount }, (_, index) => {
    const start = hours.start + index * day
    const begun = Math.min(24, Math.ceil((now - start) / hour))
    let known = 0
    let available = 0
    for (let at = index * 24; at < index * 24 + begun; at += 1) {
      const due = hours.due[at] ?? NaN
      const knew = hours.knew[at] ?? NaN
      const share = due > 0 && knew > 0 ? Math.min(1, knew / due) : 0
      if (share === 0) continue
      known += share
      available += share * (hours.available[at] ?? 0)
    }
    return { start, known: begun > 0 ? known / begun : 0, available: available / known }
  })
}

/** How available a target was over all days, as far as they are known; `NaN` where nothing is. */
export function availabilityOf(days: readonly Day[]): number {
  const seen = days.filter(({ known }) => known > 0)
  const known = seen.reduce((sum, one) => sum + one.known, 0)
  return seen.reduce((sum, one) => sum + one.known * one.available, 0) / known
}

/** The last days of every target that the store knows, by the name of its check. */
export async function readDays(
  store: Pick<RollupStore, 'fetch'>,
  now: number,
): Promise<ReadonlyMap<string, readonly Day[]>> {
  const to = Math.floor(now / day) * day + day
  const from = to - dayCount * day
  const hours = { from, to, period: '1h' } as const
  const [available, knew, due] = await Promise.all([
    store.fetch({ ...hours, select: '__name:up', value: 'average' }),
    store.fetch({ ...hours, select: '__name:up', value: 'count' }),
    store.fetch({ ...hours, select: '__name:state', value: 'count' }),
  ])
  const byName = (fetched: typeof due): ReadonlyMap<string, ArrayLike<number>> =>
    new Map(fetched.map(({ series, values }) => [series.tags['check'] ?? '', values]))
  const [availables, knews] = [byName(available), byName(knew)]
  return new Map(
    [...byName(due)].map(([name, counts]) => {
      const one = {
        start: from,
        available: availables.get(name) ?? [],
        knew: knews.get(name) ?? [],
        due: counts,
      }
      return [name, daysOf(one, now)]
    }),
  )
}
