import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { histogramBin } from '@tocsin/core'

import {
  bytesField,
  doubleField,
  type HistogramFields,
  newerRequest,
  numberField,
  olderRequest,
  staleNan,
  zigzag,
} from './messages.ts'
import { arrival, readNewer, readOlder, type Read } from './reading.ts'

const labels = [['__name__', 'took']] as const
const older = (histogram: HistogramFields, maxValues?: number): Read =>
  readOlder(olderRequest([{ labels, histograms: [{ time: arrival, ...histogram }] }]), { maxValues })
const newer = (histogram: HistogramFields): Read =>
  readNewer(newerRequest([{ labels, histograms: [{ time: arrival, ...histogram }] }]))

describe.each([
  ['1.0', older],
  ['2.0', newer],
])('a native histogram of %s', (_, read) => {
  it.each<readonly [string, HistogramFields, string]>([
    [
      'has each bucket in the bin of its middle, in order',
      {
        ...{ count: 11, schema: 0, zeroCount: 1, zeroThreshold: 0.001, sum: 3 },
        // From 2 to 4 above and below zero, 0.5 to 1, 1 to 2, and 8 to 16.
        negative: { spans: [[1, 2]], counts: [3, -2] },
        positive: {
          spans: [
            [0, 2],
            [2, 1],
          ],
          counts: [2, 0, 0],
        },
      },
      '-30e-1x1 -15e-1x3 0e-1x1 75e-2x2 15e-1x2 12e0x2',
    ],
    [
      'has negative buckets before positive ones',
      {
        count: 2,
        schema: 0,
        negative: { spans: [[0, 1]], counts: [1] },
        positive: { spans: [[0, 1]], counts: [1] },
      },
      '-75e-2x1 75e-2x1',
    ],
    [
      'puts buckets together that are of one bin',
      { count: 6, schema: 8, positive: { spans: [[1, 3]], counts: [1, 1, 1] } },
      '10e-1x6',
    ],
    [
      'leaves out empty buckets',
      { count: 1, schema: 3, positive: { spans: [[0, 3]], counts: [0, 1, -1] } },
      '10e-1x1',
    ],
    ['may be empty', { count: 0, schema: 3 }, ''],
    ['may have nothing but zeros', { count: 7, schema: 3, zeroCount: 7 }, '0e-1x7'],
    [
      'may be as coarse as can be',
      { count: 1, schema: -4, positive: { spans: [[1, 1]], counts: [1] } },
      '32e3x1',
    ],
    [
      'may count less than it has where its sum is no number',
      { count: 3, sum: Number.NaN, schema: 0, zeroCount: 2 },
      '0e-1x2',
    ],
    [
      'may have decimal counts, which are rounded',
      {
        decimalCount: 4.2,
        schema: 0,
        decimalZeroCount: 0.4,
        positive: { spans: [[0, 2]], counts: [1.5, 2.3] },
      },
      '75e-2x2 15e-1x2',
    ],
    [
      'may have bounds of its own',
      {
        count: 9,
        schema: -53,
        bounds: [-1, 0, 1, 10],
        positive: { spans: [[0, 5]], counts: [1, 0, 2, -2, 2] },
      },
      // Up to -1, -1 to 0, 0 to 1, 1 to 10, beyond 10.
      '-10e-1x1 -50e-2x1 50e-2x3 55e-1x1 10e0x3',
    ],
    [
      'takes half of a lowest bound',
      { count: 1, schema: -53, bounds: [5], positive: { spans: [[0, 1]], counts: [1] } },
      '25e-1x1',
    ],
  ])('%s', (__, histogram, bins) => {
    const { lines, problems, outcome } = read(histogram)
    expect(problems).toEqual([])
    expect(lines).toEqual([`took histogram ${bins}`])
    expect(outcome).toEqual({ filtered: 0, samples: 0, histograms: 1 })
  })

  const whole: HistogramFields = { schema: -53, count: 2, positive: { spans: [[0, 1]], counts: [2] } }
  it.each<readonly [string, HistogramFields, readonly string[]]>([
    ['with a sum', { ...whole, sum: 2.5 }, ['took_count counter 2', 'took_sum counter 2.5']],
    ['of sum nothing', whole, ['took_count counter 2', 'took_sum counter 0']],
    ['of a sum that is not known', { ...whole, sum: Number.NaN }, ['took_count counter 2']],
    [
      'of counts with decimals',
      { schema: -53, decimalCount: 1.5, sum: 3, positive: { spans: [[0, 1]], counts: [1.5] } },
      ['took_count counter 1.5', 'took_sum counter 3'],
    ],
    ['but none without a measurement', { schema: -53, count: 0 }, ['took histogram ']],
  ])('without any bound has no bins, but count and sum: %s', (__, histogram, expected) => {
    const { lines, problems, outcome, samples } = read(histogram)
    expect([lines, problems]).toEqual([expected, []])
    expect(samples.map(({ time }) => time)).toEqual(expected.map(() => arrival))
    expect(outcome).toEqual({ filtered: 0, samples: 0, histograms: 1 })
  })

  it('without any bound whose counters could have no name is told of', () => {
    const name = 'x'.repeat(4095)
    const request = read === older ? olderRequest : newerRequest
    const { samples, problems } = (read === older ? readOlder : readNewer)(
      request([{ labels: [['__name__', name]], histograms: [{ ...whole, time: arrival }] }]),
    )
    expect([samples, problems]).toMatchObject([[], [{ reason: 'bad-name' }]])
  })

  it('that says so is gone', () => {
    const { samples, outcome } = read({ count: 0, sum: staleNan })
    expect(samples).toMatchObject([{ kind: 'stale', value: Number.NaN }])
    expect(outcome).toMatchObject({ histograms: 1 })
  })

  it.each<readonly [string, HistogramFields, string]>([
    ['of a schema beyond 8', { count: 0, schema: 9 }, 'the schema'],
    ['of a schema below -4', { count: 0, schema: -5 }, 'the schema'],
    [
      'of fewer buckets than its spans',
      { count: 1, schema: 0, positive: { spans: [[0, 2]], counts: [1] } },
      'the spans',
    ],
    [
      'of more buckets than its spans',
      { count: 1, schema: 0, positive: { spans: [[0, 1]], counts: [1, 0] } },
      'the spans',
    ],
    [
      'of spans that go back',
      {
        count: 2,
        schema: 0,
        positive: {
          spans: [
            [0, 1],
            [-1, 1],
          ],
          counts: [1, 0],
        },
      },
      'the spans',
    ],
    [
      'of a span of 4 billion buckets',
      { count: 1, schema: 0, positive: { spans: [[0, 2 ** 32 - 1]], counts: [1] } },
      'the spans',
    ],
    ['that counts otherwise than its buckets', { count: 3, sum: 1, schema: 0, zeroCount: 2 }, 'the count'],
    [
      'that counts less than its buckets',
      { count: 1, sum: Number.NaN, schema: 0, zeroCount: 2 },
      'the count',
    ],
    [
      'with a bucket of less than nothing',
      { count: 0, schema: 0, positive: { spans: [[0, 2]], counts: [1, -2] } },
      'at least none',
    ],
    [
      'with a bucket that is no number',
      { decimalCount: 1, positive: { spans: [[0, 1]], counts: [Number.NaN] } },
      'at least none',
    ],
    [
      'with more than a double counts',
      { decimalCount: 1, positive: { spans: [[0, 1]], counts: [1e300] } },
      'at least none',
    ],
    [
      'with whole and decimal counts',
      { count: 0, schema: 0, also: bytesField(13, Buffer.alloc(8)) },
      'not both',
    ],
    ['of decimals with whole counts', { decimalCount: 0, also: bytesField(12, zigzag(1)) }, 'not both'],
    [
      'of measurements beyond any bin',
      { count: 1, schema: 0, positive: { spans: [[500, 1]], counts: [1] } },
      '1e128',
    ],
    ['with bounds that fall', { count: 0, schema: -53, bounds: [2, 1] }, 'rise'],
    ['with a bound that is no number', { count: 0, schema: -53, bounds: [Number.NaN] }, 'rise'],
    ['with an infinite bound', { count: 0, schema: -53, bounds: [1, Infinity] }, 'rise'],
    ['with bounds and a schema that needs none', { count: 0, schema: 0, bounds: [1] }, 'rise'],
    [
      'with more buckets than bounds',
      { count: 1, schema: -53, bounds: [1], positive: { spans: [[2, 1]], counts: [1] } },
      'as many as',
    ],
    [
      'with bounds and a bucket before them',
      { count: 1, schema: -53, bounds: [1], positive: { spans: [[-1, 1]], counts: [1] } },
      'as many as',
    ],
    [
      'with bounds and zeros',
      { count: 1, schema: -53, bounds: [1], zeroCount: 1 },
      'neither negative nor zero',
    ],
    [
      'with bounds and negative buckets',
      { count: 1, schema: -53, bounds: [1], negative: { spans: [[0, 1]], counts: [1] } },
      'neither negative nor zero',
    ],
    ['whose count is a text', { also: bytesField(1, Buffer.from('x')) }, 'no message'],
    ['whose sum is a number', { also: numberField(3, 1) }, 'no message'],
    ['whose span is a number', { also: numberField(11, 1) }, 'no message'],
    ['whose span is of texts', { also: bytesField(11, bytesField(1, Buffer.from('x'))) }, 'no message'],
    ['whose deltas are doubles', { also: doubleField(12, 1) }, 'no message'],
    ['whose deltas are cut off', { also: bytesField(12, Buffer.of(0x80)) }, 'no message'],
    ['whose counts are cut off', { decimalCount: 1, also: bytesField(13, Buffer.alloc(7)) }, 'no message'],
    ['whose counts are numbers', { decimalCount: 1, also: numberField(13, 7) }, 'no message'],
    ['that is cut off', { also: Buffer.of(0x0a) }, 'no message'],
  ])('%s is refused', (__, histogram, message) => {
    const { samples, problems, outcome } = read(histogram)
    expect(samples).toEqual([])
    expect(problems).toMatchObject([{ message: expect.stringContaining(message) }])
    expect(outcome).toEqual({ filtered: 1, samples: 0, histograms: 0 })
  })

  it('later than it can be is refused', () => {
    expect(read({ count: 0, time: arrival + 600_001 }).problems).toMatchObject([{ reason: 'bad-timestamp' }])
  })
})

describe('a native histogram', () => {
  it('may have its numbers in a field each', () => {
    const also = Buffer.concat([Buffer.of(12 << 3), zigzag(1), Buffer.of(12 << 3), zigzag(-1)])
    expect(older({ count: 1, schema: 0, positive: { spans: [[0, 2]], counts: [] }, also }).lines).toEqual([
      'took histogram 75e-2x1',
    ])
    const decimals = Buffer.concat([doubleField(13, 1), doubleField(13, 2)])
    expect(
      older({ decimalCount: 3, positive: { spans: [[0, 2]], counts: [] }, also: decimals }).lines,
    ).toEqual(['took histogram 75e-2x1 15e-1x2'])
  })

  it('of more buckets than there may be values stops the request', () => {
    const { outcome, samples } = older(
      { count: 0, schema: 0, positive: { spans: [[0, 50]], counts: Array.from({ length: 50 }, () => 0) } },
      20,
    )
    expect([samples, outcome.stopped]).toMatchObject([[], { reason: 'too-many-values' }])
  })

  it('counts in each bin what the buckets have whose middle is in it', () => {
    const side = fc.array(fc.tuple(fc.nat(5), fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 })), {
      maxLength: 4,
    })
    const shape = fc.record({
      schema: fc.integer({ min: -4, max: 8 }),
      first: fc.integer({ min: -20, max: 20 }),
      negative: side,
      positive: side,
      zeros: fc.nat(5),
    })
    fc.assert(
      fc.property(shape, ({ schema, first, negative, positive, zeros }) => {
        const expected = new Map<string, number>()
        const add = (value: number, count: number): void => {
          const bin = histogramBin(value)
          if (count === 0 || bin === undefined) return
          const key = `${bin.value}e${bin.exponent - 1}`
          expected.set(key, (expected.get(key) ?? 0) + count)
        }
        add(0, zeros)
        let count = zeros
        const sideOf = (spans: typeof negative, sign: number) => {
          let index = first
          let before = 0
          const deltas: number[] = []
          for (const [at, [gap, counts]] of spans.entries()) {
            if (at > 0) index += gap
            for (const own of counts) {
              const upper = 2 ** (index * 2 ** -schema)
              const lower = 2 ** ((index - 1) * 2 ** -schema)
              add((sign * (lower + upper)) / 2, own)
              deltas.push(own - before)
              before = own
              count += own
              index += 1
            }
          }
          return {
            spans: spans.map(([gap, counts], at) => [at === 0 ? first : gap, counts.length] as const),
            counts: deltas,
          }
        }
        const [below, above] = [sideOf(negative, -1), sideOf(positive, 1)]
        const { samples, problems } = older({
          count,
          schema,
          zeroCount: zeros,
          negative: below,
          positive: above,
        })
        if (problems.length > 0) {
          expect(problems[0]?.message).toContain('1e128')
          return
        }
        const [sample] = samples
        const bins = sample?.kind === 'histogram' ? sample.value.bins : []
        expect(new Map(bins.map((bin) => [`${bin.value}e${bin.exponent - 1}`, bin.count]))).toEqual(expected)
        const places = bins.map(({ value, exponent }) => value * 10 ** exponent)
        expect(places).toEqual(places.toSorted((one, other) => one - other))
      }),
    )
  })
})
