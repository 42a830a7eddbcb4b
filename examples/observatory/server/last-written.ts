import type { Journal } from '@tocsin/journal'
import { firstValueFrom, map, of, timeout } from 'rxjs'

/** How long a start waits for the last frame of a journal, ms. */
const patienceMs = 5000

/** When the last run wrote into a journal for the last time, as far as it can be known. */
export async function lastWritten<T>(journal: Journal<T>): Promise<number | undefined> {
  const { lastSeq } = journal.recovery
  if (lastSeq === 0) return undefined
  const name = 'end of the last run'
  const reader = await journal.subscriber(name, { transient: true, from: { seq: lastSeq } })
  try {
    // Its samples may have any time; the frame has that of the writer. One that is damaged has none.
    return await firstValueFrom(
      reader.frames().pipe(
        map(({ time }) => (time > 0 ? time : undefined)),
        timeout({ first: patienceMs, with: () => of(undefined) }),
      ),
      { defaultValue: undefined },
    )
  } finally {
    await journal.removeSubscriber(name)
  }
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
