import { buildSeries, type Sample, type Series, text } from '@tocsin/core'
import { concatMap, defer, type OperatorFunction } from 'rxjs'

import { badOption } from '../errors.ts'
import type { SinkEvent } from './sink-event.ts'

/**
 * What a sink says, as samples, so that rules judge it and pages show it: of each event `sink_held` (samples that the destination does not
 * have yet), `sink_age` (ms from the oldest of them to now, 0 where none waits), `sink_reachable` (1, or 0 after a failed attempt), and as
 * counters `sink_delivered`, `sink_refused`, `sink_failed`; all with the tag `sink`.
 *
 * - Emits: at once, for each event; while a destination is down at least once in `maxDelayMs` of the sink.
 * - Completes, errors: as its source. Memory: six series. Time: that of the events.
 *
 * @param name - the value of the tag
 */
export function sinkSamples(name: string): OperatorFunction<SinkEvent, Sample> {
  const known = (metric: string): Series => {
    const built = text()(name) === undefined ? buildSeries(metric, { sink: name }) : undefined
    if (built?.ok !== true) throw badOption('the name of a sink must be usable as the value of a tag')
    return built.value
  }
  const [held, age, reachable] = [known('sink_held'), known('sink_age'), known('sink_reachable')]
  const [delivered, refused, failed] = [known('sink_delivered'), known('sink_refused'), known('sink_failed')]
  return (events) =>
    defer(() => {
      const totals = { delivered: 0, refused: 0, failed: 0 }
      return events.pipe(
        concatMap((event) => {
          const { time } = event
          if (event.type === 'delivered') totals.delivered += event.count
          else if (event.type === 'refused') totals.refused += event.refusals.length
          else if (event.type === 'failed') totals.failed += 1
          const { count, oldest = time } = event.held
          return [
            gauge(held, time, count),
            gauge(age, time, Math.max(0, time - oldest)),
            ...(hasAnswered(event) ? [gauge(reachable, time, event.type === 'failed' ? 0 : 1)] : []),
            counter(delivered, time, totals.delivered),
            counter(refused, time, totals.refused),
            counter(failed, time, totals.failed),
          ]
        }),
      )
    })
}

const gauge = (series: Series, time: number, value: number): Sample => ({
  series,
  time,
  value,
  kind: 'gauge',
})
const counter = (series: Series, time: number, value: number): Sample => ({
  series,
  time,
  value,
  kind: 'counter',
})

/** What was refused before it was sent says nothing of the destination, nor does what is said of the source. */
const hasAnswered = (event: SinkEvent): boolean =>
  event.type === 'delivered' ||
  event.type === 'failed' ||
  (event.type === 'refused' && event.refusals.some(({ reason }) => reason === 'refused'))
