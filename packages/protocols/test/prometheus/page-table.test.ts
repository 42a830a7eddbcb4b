import { series, type Sample, type SampleKind } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parsePrometheus, type PageOptions } from '../../src/prometheus/index.ts'
import { defaultPageOptions } from '../../src/prometheus/page/page-options.ts'
import { createPageTable } from '../../src/prometheus/page/page-table.ts'

const of = (
  name: string,
  kind: SampleKind,
  value: unknown,
  more: Partial<Sample> & { tags?: Record<string, string> } = {},
): Sample => {
  const { tags = {}, ...rest } = more
  return { series: series(name, tags), time: 1, value, kind, ...rest } as Sample
}
const tableOf = (options: PageOptions = {}) =>
  createPageTable({ ...defaultPageOptions, ...options } as typeof defaultPageOptions)
/** The lines with values, without what is said of the families. */
const shown = (samples: readonly Sample[], options: PageOptions = {}): readonly string[] => {
  const table = tableOf(options)
  for (const sample of samples) table.take(sample, 0)
  return table
    .render('openmetrics', 0)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

describe('what becomes of a kind', () => {
  it.each<[string, readonly Sample[], readonly string[]]>([
    ['a gauge', [of('a', 'gauge', 1), of('a', 'gauge', -2.5)], ['a -2.5']],
    ['a numeric state', [of('a', 'state', 2)], ['a 2']],
    ['a state in words', [of('a', 'state', 'up')], []],
    ['a counter', [of('a', 'counter', 1), of('a', 'counter', 7)], ['a_total 7']],
    ['a counter that says so', [of('a_total', 'counter', 1)], ['a_total 1']],
    [
      'all digits of a counter',
      [of('a', 'counter', 2 ** 64, { exact: 2n ** 64n - 1n })],
      ['a_total 18446744073709551615'],
    ],
    ['increments', [of('a', 'delta', 0.1), of('a', 'delta', 0.2), of('a', 'delta', 0.3)], ['a_total 0.6']],
    ['increments behind a total', [of('a', 'counter', 5), of('a', 'delta', 2)], ['a_total 7']],
    [
      'increments beyond 2^53',
      [
        of('a', 'delta', 2 ** 53),
        of('a', 'delta', 1),
        of('a', 'counter', 0),
        of('b', 'delta', 2 ** 53),
        of('b', 'delta', 1),
      ],
      ['a_total 0', 'b_total 9007199254740993'],
    ],
    [
      'increments behind exact ones',
      [
        of('a', 'counter', 2 ** 64, { exact: 2n ** 64n - 1n }),
        of('a', 'delta', 2),
        of('a', 'delta', 2 ** 60, { exact: 2n ** 60n + 1n }),
      ],
      [`a_total ${2n ** 64n + 1n + 2n ** 60n + 1n}`],
    ],
    [
      'observations, as often as their weight',
      [of('a', 'observation', 1, { weight: 4 }), of('a', 'observation', 3), of('a', 'observation', 0.5)],
      ['a_bucket{le="1"} 5', 'a_bucket{le="2"} 5', 'a_bucket{le="+Inf"} 6', 'a_count 6', 'a_sum 7.5'],
    ],
    [
      'bins, in the bucket that holds all of one, without a sum',
      [
        of('a', 'histogram', {
          bins: [
            { value: -10, exponent: 0, count: 1 },
            { value: 99, exponent: -1, count: 2 },
            { value: 10, exponent: 0, count: 4 },
            { value: 30, exponent: 5, count: 8 },
          ],
        }),
      ],
      ['a_bucket{le="1"} 3', 'a_bucket{le="2"} 7', 'a_bucket{le="+Inf"} 15'],
    ],
    [
      'measurements beyond all sums, without one',
      [of('a', 'observation', 1e308), of('a', 'observation', 1e308)],
      ['a_bucket{le="1"} 0', 'a_bucket{le="2"} 0', 'a_bucket{le="+Inf"} 2'],
    ],
    [
      'increments beyond all sums',
      [of('a', 'delta', 1.5e308), of('a', 'delta', 1.5e308), of('a', 'delta', 1)],
      ['a_total +Inf'],
    ],
    ['a text and a member of a set', [of('a', 'text', 'x'), of('b', 'set', 'x')], []],
    [
      'a stale series',
      [of('a', 'gauge', 1), of('b', 'gauge', 2), of('a', 'stale', NaN), of('c', 'stale', NaN)],
      ['b 2'],
    ],
    [
      'an older value',
      [of('a', 'gauge', 1, { time: 5 }), of('a', 'gauge', 2, { time: 4 }), of('a', 'gauge', 3, { time: 5 })],
      ['a 3'],
    ],
  ])('%s', (_, samples, lines) => {
    expect(shown(samples, { buckets: [1, 2] })).toEqual(lines)
  })

  it('is the latest histogram where that is told', () => {
    const bins = (count: number) => ({ bins: [{ value: 10, exponent: 0, count }] })
    const given = [
      of('a', 'histogram', bins(1), { time: 1 }),
      of('a', 'histogram', bins(5), { time: 3 }),
      of('a', 'histogram', bins(3), { time: 2 }),
    ]
    expect(shown(given, { buckets: [2], histograms: 'latest' })).toEqual([
      'a_bucket{le="2"} 5',
      'a_bucket{le="+Inf"} 5',
    ])
  })
})

describe('a sample is refused, and the page stays valid', () => {
  it.each<[string, readonly Sample[], string]>([
    ['of another type', [of('a', 'gauge', 1), of('a', 'counter', 1)], 'unsupported'],
    [
      'of a family of another type',
      [of('a', 'gauge', 1), of('a', 'counter', 1, { tags: { b: 'c' } })],
      'unsupported',
    ],
    [
      'whose family has a name of a counter',
      [of('a', 'counter', 1), of('a_total', 'gauge', 1)],
      'unsupported',
    ],
    [
      'whose histogram has a name of a gauge',
      [of('a_sum', 'gauge', 1), of('a', 'observation', 1)],
      'unsupported',
    ],
    ['whose name is that of another', [of('a.b', 'gauge', 1), of('a-b', 'gauge', 1)], 'repeated'],
    ['whose tags have one name', [of('a', 'gauge', 1, { tags: { 'b.c': '1', b_c: '2' } })], 'bad-name'],
    ['whose tag is kept for buckets', [of('a', 'observation', 1, { tags: { le: '2' } })], 'bad-name'],
    ['that falls', [of('a', 'delta', -1)], 'bad-value'],
    ['that is below nothing', [of('a', 'counter', -1)], 'bad-value'],
    ['that is no number', [of('a', 'observation', Infinity)], 'bad-value'],
    ['that is an endless increment', [of('a', 'delta', 1), of('a', 'delta', Infinity)], 'bad-value'],
    ['that is an endless total', [of('a', 'counter', Infinity)], 'bad-value'],
  ])('%s', (_, samples, reason) => {
    const table = tableOf()
    const faults = samples.map((sample) => table.take(sample, 0)?.reason)
    expect(faults.at(-1)).toBe(reason)
    expect(table.stats.refused).toBe(1)
    const page = Buffer.from(table.render('openmetrics', 0))
    expect(parsePrometheus(page, { format: 'openmetrics', time: 0 })).toMatchObject({ problems: [] })
    expect(parsePrometheus(page, { format: 'openmetrics', time: 0 }).failure).toBeUndefined()
  })

  it('and a name is free again once its series are gone', () => {
    const table = tableOf()
    for (const sample of [of('a', 'gauge', 1), of('a', 'stale', NaN)]) table.take(sample, 0)
    expect(table.take(of('a', 'counter', 1), 0)).toBeUndefined()
  })
})

describe('silence', () => {
  it('takes a series off the page after expireAfterMs', () => {
    const table = tableOf({ expireAfterMs: 100 })
    table.take(of('a', 'gauge', 1), 0)
    table.take(of('b', 'gauge', 1), 50)
    expect(table.render('prometheus', 100)).toContain('\na 1\n')
    expect(table.render('prometheus', 101)).not.toContain('\na 1\n')
    expect(table.render('prometheus', 150)).toContain('\nb 1\n')
    table.take(of('b', 'gauge', 2), 150)
    expect(table.render('prometheus', 250)).toContain('\nb 2\n')
    expect(table.render('prometheus', 251)).toBe('')
    expect(table.stats).toMatchObject({ series: 0, bytes: 0, expired: 2 })
  })
})

describe('bounds', () => {
  it('refuse new series beyond maxBytes, count them, and go on with those that are there', () => {
    const table = tableOf({ maxBytes: 10_000, expireAfterMs: 100 })
    for (let index = 0; index < 1000; index += 1)
      table.take(of('a', 'gauge', index, { tags: { index: String(index) } }), 0)
    const { series: count, bytes, overflow } = table.stats
    expect(count + overflow).toBe(1000)
    expect(bytes).toBeLessThanOrEqual(10_000)
    expect(count).toBeGreaterThan(3)
    expect(table.take(of('a', 'gauge', 7, { tags: { index: '0' } }), 0)).toBeUndefined()
    // What is over makes room.
    expect(table.take(of('b', 'gauge', 7), 101)?.reason).toBe('too-many-series')
    expect(table.take(of('b', 'gauge', 7), 101)).toBeUndefined()
  })
})

describe('help', () => {
  it('is the name of the metric, or what is told of it', () => {
    const table = tableOf({ metadata: [{ name: 'queue.bytes', help: 'A "long"\nhelp', unit: 'bytes' }] })
    table.take(of('queue.bytes', 'gauge', 1), 0)
    table.take(of('hits', 'counter', 1), 0)
    expect(table.render('prometheus', 0)).toBe(
      '# HELP queue_bytes A "long"\\nhelp\n# TYPE queue_bytes gauge\nqueue_bytes 1\n# HELP hits_total hits\n# TYPE hits_total counter\nhits_total 1\n',
    )
    expect(table.render('openmetrics', 0)).toBe(
      '# HELP queue_bytes A \\"long\\"\\nhelp\n# TYPE queue_bytes gauge\n# UNIT queue_bytes bytes\nqueue_bytes 1\n# HELP hits hits\n# TYPE hits counter\nhits_total 1\n# EOF\n',
    )
  })
})

it('is always valid OpenMetrics, and equal whether it was rendered before or not', () => {
  const kinds = ['gauge', 'counter', 'delta', 'observation', 'stale', 'text', 'state', 'histogram'] as const
  const sample = fc
    .record({
      name: fc.constantFrom('a', 'a_total', 'a.sum', 'a_bucket', 'b', 'b-c', 'b.c', '9', 'a_created'),
      kind: fc.constantFrom(...kinds),
      tag: fc.constantFrom('', 'x', 'y"', 'le'),
      value: fc.integer({ min: -5, max: 50 }),
      time: fc.nat(5),
    })
    .map(({ name, kind, tag, value, time }) =>
      of(
        name,
        kind,
        kind === 'histogram' ? { bins: [{ value: 10 + Math.abs(value), exponent: 0, count: 3 }] } : value,
        {
          time,
          tags: tag === '' ? {} : { [tag === 'le' ? 'le' : 't']: tag },
        },
      ),
    )
  fc.assert(
    fc.property(fc.array(fc.tuple(sample, fc.nat(20)), { maxLength: 40 }), (steps) => {
      const [often, once] = [tableOf({ expireAfterMs: 60 }), tableOf({ expireAfterMs: 60 })]
      let now = 0
      for (const [one, wait] of steps) {
        now += wait
        often.take(one, now)
        once.take(one, now)
        often.render('openmetrics', now)
        once.render('openmetrics', now)
        const { failure, problems } = parsePrometheus(Buffer.from(often.render('openmetrics', now)), {
          format: 'openmetrics',
          time: 0,
        })
        expect([failure, problems]).toEqual([undefined, []])
      }
      expect(often.render('prometheus', now)).toBe(once.render('prometheus', now))
    }),
  )
})
