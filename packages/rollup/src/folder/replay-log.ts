import type { LogPlace } from '../log/log-place.ts'
import type { RawLog } from '../log/raw-log.ts'
import type { ReplaySink } from '../log/reading-sink.ts'
import type { SeriesNames } from '../names/series-names.ts'

/** Hands out the log from a place on, and learns the names that are in it. */
export async function replayLog(
  log: RawLog,
  from: LogPlace | undefined,
  names: SeriesNames,
  sink: ReplaySink,
): Promise<void> {
  const reserve = (series: number): void => {
    // Its name was in a record that is lost.
    if (series >= names.length) names.reserve(series)
  }
  await log.replay(from, {
    record: (record) => sink.record(record),
    name: (series, key) => {
      names.learn(series, key)
      sink.name(series, key)
    },
    number: (series, time, value, weight, total, event) => {
      reserve(series)
      sink.number(series, time, value, weight, total, event)
    },
    counter: (series, time, value, exact) => {
      reserve(series)
      sink.counter(series, time, value, exact)
    },
    text: (series, time, value, event) => {
      reserve(series)
      sink.text(series, time, value, event)
    },
  })
  names.logged(names.length)
}
