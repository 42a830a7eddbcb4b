import { buildSeries, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  parsePrometheus,
  writeOpenMetrics,
  writePrometheus,
  type ExpositionFormat,
} from '../../src/prometheus/index.ts'
import { arrival, brief } from '../collect.ts'

const awkward = fc.constantFrom(
  '"',
  '\\',
  '\n',
  '{',
  '}',
  ',',
  '=',
  ' ',
  '#',
  'é',
  '😀',
  '.',
  'a',
  '_',
  '\\n',
  'total',
)
const text = fc.array(awkward, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
const name = fc.oneof(fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/), text)
const tags = fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), text), text, { maxKeys: 4 })

const number = fc.oneof(
  fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -30, max: 30 }))
    .map(([digits, power]) => Number(`${digits}e${power}`)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 2 ** 31, 2 ** 32, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE),
)
const exactBeyond = fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n })

const time = fc.oneof(fc.integer({ min: 0, max: 2_000_000_000_000 }), fc.constant(arrival))
const sample = fc
  .tuple(
    name,
    tags,
    time,
    fc.oneof(
      number.map((value) => ({ value })),
      exactBeyond.map((exact) => ({ value: Number(exact), exact })),
    ),
    fc.constantFrom('gauge', 'counter'),
  )
  .map(([metric, labels, at, numbers, kind]): Sample | undefined => {
    const built = buildSeries(kind === 'counter' ? `${metric}_total` : metric, labels)
    // There the family would have no name.
    if (!built.ok || built.value.metric === '_total') return undefined
    const value = kind === 'counter' ? Math.abs(numbers.value) : numbers.value
    return { ...numbers, series: built.value, time: at, value, kind }
  })
  .filter((one) => one !== undefined)
const samples = fc.uniqueArray(sample, { maxLength: 12, selector: ({ series }) => series.metric })

const writers = { prometheus: writePrometheus, openmetrics: writeOpenMetrics }
const formats: readonly ExpositionFormat[] = ['prometheus', 'openmetrics']
const read = (written: string, format: ExpositionFormat, histograms?: 'bins') => {
  const options = { format, time: arrival, maxLabels: 256, ...(histograms && { histograms }) }
  return parsePrometheus(Buffer.from(written), options)
}

describe.each(formats)('what is written in %s', (format) => {
  it('is read again as it was: names, labels, all digits, times and kinds', () => {
    fc.assert(
      fc.property(samples, (given) => {
        const { text: written, leftOut } = writers[format](given)
        const { failure, problems, samples: taken } = read(written, format)
        expect([failure, problems]).toEqual([undefined, []])
        expect(taken.length + leftOut).toBe(given.length)
        // The name is kept for itself, and in OpenMetrics a gauge may have a name of a counter's.
        const isTaken = new Set(taken.map(({ series }) => series.key))
        expect(taken.map(brief)).toEqual(given.filter(({ series }) => isTaken.has(series.key)).map(brief))
        expect(taken.map(({ value }) => Object.is(value, -0))).toEqual(
          given.filter(({ series }) => isTaken.has(series.key)).map(({ value }) => Object.is(value, -0)),
        )
      }),
      { examples: [[[]]] },
    )
  })

  it('leaves out nothing of names that differ by more than suffixes', () => {
    const given = fc.uniqueArray(sample, {
      maxLength: 12,
      selector: ({ series }) => series.metric.replace('_total', ''),
    })
    fc.assert(
      fc.property(given, (all) => {
        expect(writers[format](all).leftOut).toBe(
          all.filter(({ series }) => Object.hasOwn(series.tags, '__name__')).length,
        )
      }),
    )
  })

  it('has a histogram with all its bins', () => {
    const bin = fc.record({
      value: fc.integer({ min: 10, max: 99 }).chain((value) => fc.constantFrom(value, -value)),
      exponent: fc.integer({ min: -20, max: 20 }),
      count: fc.integer({ min: 1, max: 1_000_000 }),
    })
    const zero = fc.record({
      value: fc.constant(0),
      exponent: fc.constant(0),
      count: fc.integer({ min: 1, max: 9 }),
    })
    const place = ({ value, exponent }: { value: number; exponent: number }): number => value * 10 ** exponent
    const histogram = fc
      .uniqueArray(fc.oneof({ weight: 9, arbitrary: bin }, zero), {
        maxLength: 12,
        selector: (one) => `${one.value}e${one.exponent}`,
      })
      .map((bins) => ({ bins: bins.toSorted((one, other) => place(one) - place(other)) }))
    fc.assert(
      fc.property(histogram, (value) => {
        const built = buildSeries('a.b', { c: 'd' })
        if (!built.ok) throw new Error(built.message)
        const given: Sample = { series: built.value, time: arrival, value, kind: 'histogram' }
        const { failure, problems, samples: taken } = read(writers[format]([given]).text, format, 'bins')
        expect([failure, problems]).toEqual([undefined, []])
        expect(taken).toEqual([given])
      }),
    )
  })
})

describe.each(formats)('metadata in %s', (format) => {
  it('is written and read again, with the samples of each type', () => {
    const exposition: Readonly<Record<ExpositionFormat, string>> = {
      prometheus: `# HELP a Help "me" \\\\ \\n.
# TYPE a histogram
a_bucket{le="1"} 1 5
a_bucket{le="+Inf"} 3 5
a_sum 2.5 5
a_count 3 5
# TYPE b summary
b{quantile="0.5"} 1 5
b_sum 1 5
b_count 1 5
# HELP c_total
# TYPE c_total counter
c_total{x="y"} 1 5
`,
      openmetrics: `# HELP a Help \\"me\\" \\\\ \\n.
# TYPE a histogram
a_bucket{le="1"} 1 0.005
a_bucket{le="+Inf"} 3 0.005
a_sum 2.5 0.005
a_count 3 0.005
a_created 1 0.005
# TYPE b_seconds summary
# UNIT b_seconds seconds
b_seconds{quantile="0.5"} 1 0.005
b_seconds_sum 1 0.005
b_seconds_count 1 0.005
# TYPE c counter
c_total{x="y"} 1 0.005
# TYPE d gaugehistogram
d_bucket{le="+Inf"} 3 0.005
d_gcount 3 0.005
d_gsum 2 0.005
# TYPE e info
e_info{x="y"} 1 0.005
# TYPE f stateset
f{f="on"} 1 0.005
f{f="off"} 0 0.005
# TYPE g unknown
g 1 0.005
# EOF
`,
    }
    const first = read(exposition[format], format)
    expect(first.failure).toBeUndefined()
    const { text: written, leftOut } = writers[format](first.samples, { metadata: first.metadata })
    expect(leftOut).toBe(0)
    const again = read(written, format)
    expect(again).toEqual(first)
  })
})

describe('writing', () => {
  const of = (metric: string, kind: Sample['kind'], value: unknown, at = 5): Sample => {
    const built = buildSeries(metric)
    if (!built.ok) throw new Error(built.message)
    return { series: built.value, time: at, value, kind } as Sample
  }

  it('leaves out what the formats cannot say, and counts it', () => {
    const given = [of('a', 'text', 'x'), of('b', 'set', 'x'), of('c', 'delta', 1), of('d', 'observation', 1)]
    const more = [of('e', 'state', 'up'), of('f', 'stale', NaN), of('g', 'gauge', 1), of('g', 'counter', 1)]
    expect(writePrometheus([...given, ...more])).toEqual({ text: '# TYPE g gauge\ng 1 5\n', leftOut: 7 })
    expect(writeOpenMetrics([of('a', 'counter', -1)])).toEqual({ text: '# EOF\n', leftOut: 1 })
  })

  it('ends counters of OpenMetrics in _total', () => {
    const { text: written } = writeOpenMetrics([of('hits', 'counter', 3), of('state', 'state', 2)], {
      metadata: [{ name: 'hits', type: 'counter', help: 'Hits.' }],
    })
    expect(written).toBe(
      '# HELP hits Hits.\n# TYPE hits counter\nhits_total 3 0.005\n# TYPE state gauge\nstate 2 0.005\n# EOF\n',
    )
  })

  it('without times keeps the last of each series', () => {
    const given = [of('a', 'gauge', 1, 7), of('a', 'gauge', 2, 9), of('a', 'gauge', 3, 8)]
    expect(writePrometheus(given, { times: false })).toEqual({ text: '# TYPE a gauge\na 2\n', leftOut: 2 })
  })

  it('refuses wrong options at the call', () => {
    expect(() => writePrometheus([], { names: 'plain' as never })).toThrow('PROTOCOL_BAD_OPTION')
  })
})
