import { series, type Sample, type SampleKind, type SampleValues, type Series } from '@tocsin/core'
import fc from 'fast-check'

import { decimal } from './decimals.ts'

export const minute = 60_000
export const hour = 3_600_000
export const day = 86_400_000

/** A sample of the series of this name. */
export const sample = <Kind extends SampleKind = 'gauge'>(
  metric: string,
  time: number,
  value: SampleValues[Kind],
  kind?: Kind,
  more: Pick<Partial<Sample>, 'weight' | 'exact' | 'receivedAt' | 'source'> = {},
): Sample<Series, Kind> =>
  ({ series: series(metric), time, value, kind: kind ?? 'gauge', ...more }) as Sample<Series, Kind>

/** Samples of a gauge, a counter and a text, at distinct moments of the first `spanMs`, in order of time. */
export const samplesWithin = (spanMs: number, maxLength: number): fc.Arbitrary<Sample[]> =>
  fc
    .uniqueArray(fc.tuple(fc.nat({ max: spanMs - 1 }), fc.nat({ max: 2 }), decimal), {
      maxLength,
      selector: ([time]) => time,
    })
    .map((points) =>
      points
        .sort(([a], [b]) => a - b)
        .map(([time, which, value]) => {
          if (which === 0) return sample('gauge', time, value)
          return which === 1
            ? sample('counter', time, Math.abs(value), 'counter')
            : sample('text', time, `state ${Math.floor(Math.abs(value)) % 5}`, 'text')
        }),
    )
