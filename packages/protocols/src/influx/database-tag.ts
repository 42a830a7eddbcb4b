import { seriesOfPairs, type Sample } from '@tocsin/core'

import type { ParseSink } from '../wire/parse-sink.ts'

/** Of so many databases the series are kept. */
const maxDatabases = 16

/** Gives the samples of a database to a sink, each with a tag of its name. */
export type TagDatabase = (database: string, sink: ParseSink) => ParseSink

/** Puts the database into the series under this category; one that a series has already stays. Memory: a series for each that the parser keeps. */
export function createDatabaseTag(category: string): TagDatabase {
  // A series that the parser has let go is let go here too.
  const known = new Map<string, WeakMap<Sample['series'], Sample['series'] | string>>()
  return (database, sink) => {
    const tagged = known.get(database) ?? new WeakMap<Sample['series'], Sample['series'] | string>()
    known.delete(database)
    known.set(database, tagged)
    for (const oldest of known.keys()) {
      if (known.size <= maxDatabases) break
      known.delete(oldest)
    }
    return {
      sample(sample) {
        let series = tagged.get(sample.series)
        if (series === undefined) {
          const { metric, tags } = sample.series
          const built =
            category in tags
              ? ({ ok: true, value: sample.series } as const)
              : seriesOfPairs(metric, [...Object.entries(tags), [category, database]])
          series = built.ok ? built.value : built.message
          tagged.set(sample.series, series)
        }
        if (typeof series !== 'string') sink.sample({ ...sample, series })
        else sink.problem({ reason: 'bad-name', message: series, start: 0, end: 0 })
      },
      problem: (problem) => sink.problem(problem),
    }
  }
}
