import type { Sample } from '@tocsin/core'

import type { Check } from '../checks/check.ts'

/** One reading, as whoever takes it sees it. */
export interface ReadingLook<Reading> {
  /** Aborted at the time-out and when nobody asks any more; stop then and free everything. */
  readonly signal: AbortSignal
  /** Takes a part as soon as it is read: its samples are there also where the rest never comes. */
  readonly tell: (part: Reading) => void
}

/** Reads once: what it gives, and what it told before, are the parts of one reading. */
export type Reader<Reading> = (look: ReadingLook<Reading>) => PromiseLike<Reading>

/** What is read. */
export interface Readings<Reading> {
  /** What it is of, for sentences: `machine`. */
  readonly of: string
  /** Members of a reading that not all have. */
  readonly parts: readonly (keyof Reading & string)[]
  /** Begins to read for one runner, whose readings come one after another. */
  readonly begin: () => Reader<Reading>
  /** Of a part; `previous` is the whole reading before. */
  readonly samples: (part: Reading, previous: Reading | undefined, time: number) => readonly Sample[]
}

/** Told what comes of a reading, by whoever has more to say than one status. */
export interface ReadingListener {
  /** There is one value more. */
  measured(): void
  /** A value that is no finite number. */
  notFinite(key: string): void
  /** The parts that it lacks, if any, after each reading that came to its end. */
  lacks(parts: readonly string[]): void
}

/** A check that takes one reading a run. What is since the reading before is since that of the same runner. */
export function createReadingCheck<Reading extends object>(
  name: string,
  { parts, begin, samples }: Readings<Reading>,
  listener?: ReadingListener,
): Check {
  const runners = new WeakMap<object, { readonly read: Reader<Reading>; last?: Reading }>()
  return {
    name,
    async run({ runner, signal, found, now }) {
      const own = runners.get(runner) ?? { read: begin() }
      runners.set(runner, own)
      const previous = own.last
      let reading: Partial<Reading> = {}
      let isOver = false
      const tell = (part: Reading): void => {
        if (signal.aborted || isOver) return
        const measured = samples(part, previous, now())
        reading = { ...reading, ...part }
        own.last = reading as Reading
        for (const sample of measured) {
          if (Number.isFinite(sample.value)) {
            found.add([sample])
            listener?.measured()
          } else {
            // Counted in the status.
            found.gauge(sample.series.metric, Number.NaN, sample.series.tags)
            listener?.notFinite(sample.series.key)
          }
        }
      }
      try {
        tell(await own.read({ signal, tell }))
      } finally {
        // A reader may go on to tell, which would be counted with the next run.
        isOver = true
      }
      const lacking = parts.filter((part) => reading[part] === undefined)
      if (!signal.aborted) listener?.lacks(lacking)
      return found.good(lacking.length === 0 ? undefined : `good, but it does not tell ${lacking.join(', ')}`)
    },
  }
}
