import type { Journal } from '@tocsin/journal'
import { filter, firstValueFrom, map } from 'rxjs'

/** As exactly as it is found out, ms. */
const exactMs = 1000
const longestMs = 10 * 365 * 86_400_000

/**
 * A moment at which the last run is known to have written, not more than a second before its last one; `undefined` where nothing is
 * known. By the writer's clock: samples may have any time. Asks without a subscriber, which would let go of what is before it.
 */
export async function lastWritten(
  journal: Pick<Journal<unknown>, 'readFrom'>,
  now: number,
): Promise<number | undefined> {
  const isWrittenSince = (time: number): Promise<boolean> =>
    firstValueFrom(
      journal.readFrom({ time }, { maxRecords: 1, maxInFlight: 1 }).pipe(
        filter(({ values }) => values.length > 0),
        map(() => true),
      ),
      { defaultValue: false },
    )
  let [since, not] = [exactMs, 0]
  while (!(await isWrittenSince(now - since))) {
    if (since > longestMs) return undefined
    ;[since, not] = [2 * since, since]
  }
  while (since - not > exactMs) {
    const middle = Math.floor((since + not) / 2)
    if (await isWrittenSince(now - middle)) since = middle
    else not = middle
  }
  return now - since
}

/** The time from the end of the last run to this start, where that is longer than `leastMs`. */
export function pauseBefore(
  written: readonly (number | undefined)[],
  now: number,
  leastMs: number,
): { readonly from: number; readonly to: number } | undefined {
  const times = written.filter((time) => time !== undefined)
  if (times.length === 0) return undefined
  // Of a clock that was set back nothing can be said: then the difference is negative.
  const from = Math.max(...times)
  return now - from >= leastMs ? { from, to: now } : undefined
}
