import { oneOf, type Checks, type Defined, type Sample } from '@tocsin/core'

import { defaultNameBytes, nameBytesLimit } from '../option-checks.ts'
import type { Header } from '../wire/header.ts'
import { createHeaderSeries, type HeaderFault } from '../wire/header-series.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { readGraphiteSeries } from './graphite-series.ts'

/** What the timestamps of a sender count since the Unix epoch. */
export type GraphiteTimestamps = 'seconds' | 'milliseconds'

/** How points are read, whatever brings them. */
export interface PointOptions {
  /**
   * What timestamps count. Those that can only be of the other unit are refused: below 2^32 they are seconds (until the year 2106),
   * from there on milliseconds (since February 1970).
   * @defaultValue `'seconds'`, as carbon has them
   */
  readonly timestamps?: GraphiteTimestamps | undefined
  /**
   * Most bytes of memory for the cache of series.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

/** All of {@link PointOptions}, resolved. */
export type ResolvedPoints = Defined<PointOptions>

/** The defaults of {@link PointOptions}. */
export const defaultPointOptions: ResolvedPoints = Object.freeze({
  timestamps: 'seconds',
  maxNameBytes: defaultNameBytes,
})

/** What {@link PointOptions} allow. */
export const pointChecks: Checks<PointOptions> = {
  timestamps: oneOf('seconds', 'milliseconds'),
  maxNameBytes: nameBytesLimit,
}

/** What is wrong with a point. */
export type PointFault = HeaderFault

/** For `readName` where the end of the name is known. */
export const noByte = -1

// The first second that is beyond the four bytes of a whisper file.
const endOfSeconds = 2 ** 32
const badValue: PointFault = { reason: 'bad-value', message: 'a value is a finite decimal number' }
const badTimestamp: Readonly<Record<GraphiteTimestamps, PointFault>> = {
  seconds: {
    reason: 'bad-timestamp',
    message:
      'a timestamp is seconds since the Unix epoch below 2^32, or -1 for the time of arrival; option timestamps: "milliseconds" takes milliseconds',
  },
  milliseconds: {
    reason: 'bad-timestamp',
    message:
      'a timestamp is milliseconds since the Unix epoch from 2^32, or -1 for the time of arrival; option timestamps: "seconds" takes seconds',
  },
}

/** Hands a point on as a sample, or says what is wrong with it; `header` is that of its name, NaN is a number that is none. */
export type TakePoint = (
  bytes: Uint8Array,
  header: Header,
  timestamp: number,
  value: number,
  exact: bigint | undefined,
  receivedAt: number,
  sink: ParseSink,
) => PointFault | undefined

/** What a line and a pickle have in common: a name, a time and a value. */
export function createPoints({ maxNameBytes, timestamps }: ResolvedPoints): TakePoint {
  const findSeries = createHeaderSeries(maxNameBytes, readGraphiteSeries)
  const [from, end, micros] =
    timestamps === 'seconds' ? [0, endOfSeconds, 1e6] : [endOfSeconds, endOfSeconds * 1000, 1000]
  return (bytes, header, timestamp, value, exact, receivedAt, sink) => {
    if (!Number.isFinite(value)) return badValue
    if (timestamp !== -1 && !(timestamp >= from && timestamp < end)) return badTimestamp[timestamps]
    const series = findSeries(bytes, header)
    if (!('key' in series)) return series
    const time = timestamp === -1 ? receivedAt : Math.round(timestamp * micros) / 1000
    const sample: Sample =
      time === receivedAt
        ? { series, time, value, kind: 'gauge' }
        : { series, time, value, kind: 'gauge', receivedAt }
    sink.sample(exact === undefined ? sample : { ...sample, exact })
    return undefined
  }
}
