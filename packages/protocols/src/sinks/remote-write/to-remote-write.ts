import { oneOf, type Sample } from '@tocsin/core'

import { encodeSnappy } from '../../wire/binary/snappy.ts'
import type { Destination, Outcome, Refusal } from '../destination.ts'
import { createHttpPost, type HttpAnswer } from '../http/http-post.ts'
import { outcomeOf, sendingOf } from '../http/http-sending.ts'
import {
  defaultHttpSink,
  httpSinkChecks,
  type HttpSinkOptions,
  type ResolvedHttpSink,
} from '../http/http-sink-options.ts'
import { createSink, type Sink } from '../sink.ts'
import {
  defaultSinkOptions,
  type ResolvedSink,
  resolveSink,
  sinkChecks,
  type SinkOptions,
} from '../sink-options.ts'
import { createSeriesLabels, type LabelNames, type SeriesLabels } from './series-labels.ts'
import { encodeWriteRequest, sampleBytes, type SentSample } from './write-request.ts'

/** Where {@link toRemoteWrite} sends to, as whom, how much at once, and what it makes of names. */
export interface ToRemoteWriteOptions extends SinkOptions, HttpSinkOptions {
  /**
   * Names with more than letters, digits and `_` (metrics: also `:`): `'refuse'` refuses their samples and says so; `'underscored'` puts `_`
   * in place of each such character, so that `cpu.load` and `cpu_load` become one; `'utf8'` sends them as they are, to destinations that take
   * any name, as Prometheus from 3.0 and VictoriaMetrics do. Prometheus before that drops them and says nothing.
   * @defaultValue `'refuse'`
   */
  readonly names?: LabelNames | undefined
}

type ResolvedToRemoteWrite = ResolvedSink & ResolvedHttpSink & { readonly names: LabelNames }

/** The defaults of {@link ToRemoteWriteOptions}; the address has none. */
export const defaultToRemoteWriteOptions: Omit<ResolvedToRemoteWrite, 'url'> = Object.freeze({
  ...defaultSinkOptions,
  ...defaultHttpSink,
  name: 'remote-write',
  names: 'refuse',
})

/**
 * Sends samples on by Prometheus' remote write 1.0: to Prometheus with `--web.enable-remote-write-receiver`, to VictoriaMetrics, Mimir, Thanos
 * and whatever else takes it. A metric becomes the label `__name__`, each tag a label, a tag without value none. What all sinks do,
 * `sink` says.
 *
 * Numbers are sent as they are, of every kind: what came since the sample before (`delta`) and single measurements (`observation`) are no
 * series that Prometheus could add up, and are better counted before, as `statsdAggregate` does. `stale` becomes Prometheus' stale marker.
 * Texts, members of sets and histograms have no form in 1.0 and are refused (`unsupported`). Times are whole ms.
 *
 * Samples of a request are grouped by series, in the order in which they came, or in that of their times. A request that is answered 400 is sent
 * in halves until what is wrong stands alone: that is refused by name, such as a sample that is older than what the destination has of its series.
 * After a lost answer the same request is sent again: of that Prometheus takes the newest of each series twice without harm, and calls an
 * older one out of order though it has it. 429 and 5xx are tried again, not before `Retry-After`.
 *
 * - Emits: `SinkEvent`.
 * - Completes, errors: as `sink`; wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: that of `sink`, the labels of each series that is held, and one request, packed and not.
 * - Time: the scheduler's.
 *
 * Source: prometheus.io/docs/specs/prw/remote_write_spec.
 *
 * @example
 * ```ts
 * import { series, type Sample } from '@tocsin/protocols'
 * import { remoteWrite } from '@tocsin/protocols/remote-write'
 * import { toRemoteWrite } from '@tocsin/protocols/sinks/remote-write'
 * import { of } from 'rxjs'
 *
 * const receiver = remoteWrite({ port: 0 })
 * const listening = receiver.subscribe(({ series, value }) => console.log(series.key, value)) // => load|ST[host:web1] 0.5
 * receiver.listening.subscribe(({ port }) => {
 *   const sample: Sample = { series: series('load', { host: 'web1' }), time: 0, value: 0.5, kind: 'gauge' }
 *   of({ values: [sample], ack: () => listening.unsubscribe() })
 *     .pipe(toRemoteWrite({ url: `http://127.0.0.1:${port}/api/v1/write` }))
 *     .subscribe()
 * })
 * ```
 */
export function toRemoteWrite(options: ToRemoteWriteOptions): Sink {
  const resolved = resolveSink<ResolvedToRemoteWrite>({ ...defaultToRemoteWriteOptions, url: '' }, options, {
    ...sinkChecks,
    ...httpSinkChecks,
    names: oneOf('refuse', 'underscored', 'utf8'),
  })
  return createSink(() => createDestination(resolved), resolved)
}

const headers = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'tocsin',
}

function createDestination(options: ResolvedToRemoteWrite): Destination {
  const labelsOf = createSeriesLabels(options.names)
  const post = createHttpPost(options, options.scheduler)
  return {
    weigh(sample) {
      const wrong = refusalOf(sample)
      if (wrong !== undefined) return wrong
      const labels = labelsOf(sample.series)
      return 'bytes' in labels ? labels.bytes.length + sampleBytes : labels
    },
    send(samples) {
      const sent = samples.map((sample): SentSample => {
        const { series, time, value, kind } = sample
        return {
          // What has none is refused where it is weighed.
          labels: labelsOf(series) as SeriesLabels,
          time: Math.round(time),
          value: kind === 'stale' ? undefined : (value as number),
        }
      })
      const body = encodeSnappy(encodeWriteRequest(sent))
      return sendingOf(post.post(body, headers), (answer) => judge(answer, options.scheduler.now()))
    },
    close: () => post.close(),
  }
}

const refused = (message: string): Omit<Refusal, 'sample'> => ({ reason: 'unsupported', message })

const noText = refused('a text has no form in remote write, which is of numbers')
const noHistogram = refused(
  'a histogram has no form in remote write 1.0; make numbers of it in front of the sink, such as quantiles or counts',
)
const noTime = refused('a time is ms since the Unix epoch, of a date')

function refusalOf({ value, time }: Sample): Omit<Refusal, 'sample'> | undefined {
  if (typeof value === 'object') return noHistogram
  if (typeof value === 'string') return noText
  return Math.abs(time) <= 8.64e15 ? undefined : noTime
}

/** What Prometheus, Mimir and Thanos say of samples that they will never take, and what it means. */
const reasons: readonly (readonly [said: RegExp, meaning: string])[] = [
  [/out[- ]of[- ]order/i, 'out of order: it has a later sample of the series'],
  [/duplicate/i, 'duplicate: it has another value at this time'],
  [/out[- ]of[- ]bounds|too[- ]old|too[- ]far/i, 'out of bounds: the time is too far from the present'],
]

function judge(answer: HttpAnswer, now: number): Outcome {
  const outcome = outcomeOf(answer, now)
  if (outcome.type !== 'refused') return outcome
  const [, meaning] = reasons.find(([said]) => said.test(answer.text)) ?? []
  return meaning === undefined ? outcome : { ...outcome, message: `${meaning} (${outcome.message})` }
}
