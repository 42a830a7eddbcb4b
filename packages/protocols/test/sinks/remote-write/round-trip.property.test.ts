import { seriesOfPairs, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createSeriesLabels, type SeriesLabels } from '../../../src/sinks/remote-write/series-labels.ts'
import { encodeWriteRequest } from '../../../src/sinks/remote-write/write-request.ts'
import { decodeSnappy, encodeSnappy } from '../../../src/wire/binary/snappy.ts'
import { readOlder } from '../../remote-write/reading.ts'

const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,9}$/),
  fc.constantFrom('__proto__', 'constructor', 'le', 'été', '\uff5e', '\u{1f600}', 'A', 'data-center'),
)
const series = fc
  .tuple(
    fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:.]{0,20}$/),
    fc.dictionary(name, fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), { maxKeys: 6 }),
  )
  .map(([metric, tags]) => seriesOfPairs(metric, Object.entries(tags)))
  .filter((built) => built.ok)
  .map(({ value }) => value)
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, 0.1),
)
const sample = fc.record({
  which: fc.nat(5),
  time: fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.integer({ min: 1_699_999_999_990, max: 1_700_000_000_000 }),
  ),
  value: fc.option(double, { nil: undefined }),
})

it('what is written is read again: each series with its values, in the order of their times', () => {
  fc.assert(
    fc.property(
      fc.array(series, { minLength: 1, maxLength: 6 }),
      fc.array(sample, { maxLength: 40 }),
      (all, given) => {
        const labelsOf = createSeriesLabels('utf8')
        const sent = given.map(({ which, time, value }) => {
          const own = all[which % all.length]!
          return { own, labels: labelsOf(own) as SeriesLabels, time, value }
        })
        const packed = encodeSnappy(encodeWriteRequest(sent))
        const bytes = decodeSnappy(packed, 1 << 20) as Uint8Array
        const { samples, problems } = readOlder(bytes, { maxFutureMs: Number.MAX_SAFE_INTEGER })
        expect(problems).toEqual([])
        const keys = [...new Set(sent.map(({ own }) => own.key))]
        const expected = keys.flatMap((key) =>
          sent
            .filter(({ own }) => own.key === key)
            .sort((one, next) => one.time - next.time)
            .map(({ time, value }) => [key, time, value ?? Number.NaN]),
        )
        expect(samples.map((one: Sample) => [one.series.key, one.time, one.value])).toEqual(expected)
        expect(samples.filter(({ kind }) => kind === 'stale')).toHaveLength(
          sent.filter(({ value }) => value === undefined).length,
        )
      },
    ),
  )
})
