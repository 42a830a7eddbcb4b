import { buildSeries, type Sample, type Series, type Tags } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

import { runs } from '../../../../../vitest.runs.ts'
import { createInfluxParser } from '../../../src/influx/influx-parser.ts'
import { createInfluxLines, type InfluxWriting } from '../../../src/sinks/influx/influx-lines.ts'
import { collect } from '../../collect.ts'

const seriesOf = (metric: string, tags: Tags = {}): Series => {
  const built = buildSeries(metric, tags)
  if (!built.ok) throw new Error(built.message)
  return built.value
}
const sampleOf = (more: object, series: Series = seriesOf('cpu')): Sample => ({
  series,
  time: 1_700_000_000_123,
  value: 1,
  kind: 'gauge',
  ...more,
})
const writing: InfluxWriting = { version: 1, fields: 'value', integers: 'exact' }
const written = (sample: Sample, how: Partial<InfluxWriting> = {}): string | undefined => {
  const lines = createInfluxLines({ ...writing, ...how })
  const weight = lines.weigh(sample)
  const line = lines.lineOf(sample)?.text
  if (typeof weight !== 'number') return `${weight.reason}: ${weight.message}`
  expect(weight === 0 ? undefined : Buffer.byteLength(line ?? '')).toBe(weight === 0 ? undefined : weight - 1)
  return line
}

describe('a sample becomes a line', () => {
  it.each([
    [sampleOf({}), 'cpu value=1 1700000000123'],
    [sampleOf({ value: -0 }), 'cpu value=-0 1700000000123'],
    [sampleOf({ value: 1.5e300, kind: 'delta' }), 'cpu value=1.5e+300 1700000000123'],
    [sampleOf({ value: 2 ** 60, exact: 2n ** 60n + 1n }), 'cpu value=1152921504606846977i 1700000000123'],
    [sampleOf({ value: 'a "b" \\\n', kind: 'text' }), 'cpu value="a \\"b\\" \\\\\n" 1700000000123'],
    [sampleOf({ value: 'up', kind: 'state' }), 'cpu value="up" 1700000000123'],
    [
      sampleOf({}, seriesOf('a b,c=d', { 'k l': 'v=w,x y' })),
      'a\\ b\\,c=d,k\\ l=v\\=w\\,x\\ y value=1 1700000000123',
    ],
    [sampleOf({ value: Number.NaN, kind: 'stale' }), undefined],
  ])('%#', (sample, line) => {
    expect(written(sample)).toBe(line)
  })

  it('has its last part as the field where that is asked for and comes back', () => {
    const lines = ['cpu.user', 'a.b.c', 'cpu', 'cpu.value', '.a', 'a.'].map((name) =>
      written(sampleOf({}, seriesOf(name)), { fields: 'last-part' }),
    )
    expect(lines.map((line) => line?.slice(0, -14))).toEqual([
      ...['cpu user=1', 'a.b c=1', 'cpu value=1', 'cpu.value value=1', '.a value=1', 'a. value=1'],
    ])
  })

  it('has integers where a counter is whole, if that is asked for', () => {
    const how = { integers: 'counters' } as const
    expect(written(sampleOf({ kind: 'counter' }), how)).toContain('=1i ')
    expect(written(sampleOf({ kind: 'counter', value: 1.5 }), how)).toContain('=1.5 ')
    expect(written(sampleOf({}), how)).toContain('=1 ')
  })
})

describe('a sample that InfluxDB has no line for is refused by name', () => {
  const large = { value: 2 ** 64, exact: 2n ** 64n - 1n }
  it.each([
    [sampleOf({ kind: 'histogram', value: { bins: [] } }), 'rollup()'],
    [sampleOf({ kind: 'set', value: 'ada' }), 'statsdAggregate()'],
    [sampleOf({ value: Number.NaN }), 'finite'],
    [sampleOf({ value: Infinity }), 'finite'],
    [sampleOf({ value: 'a\ud800', kind: 'text' }), 'Unicode'],
    [sampleOf(large), 'with a sign'],
    [sampleOf({ time: 9_223_372_036_855 }), '1677 to 2262'],
    [sampleOf({ time: Number.NaN }), '1677 to 2262'],
    [sampleOf({}, seriesOf('cpu', { host: '' })), 'host'],
    [sampleOf({}, seriesOf('cpu', { host: 'C:\\' })), 'backslash'],
    [sampleOf({}, seriesOf('cpu', { 'k\\': 'v' })), 'backslash'],
    [sampleOf({}, seriesOf('cpu\\')), 'backslash'],
    [sampleOf({}, seriesOf('cpu', { host: 'a\nb' })), 'control character'],
    [sampleOf({}, seriesOf('cpu', { time: 'x' })), 'time'],
    [sampleOf({}, seriesOf('#cpu')), 'comment'],
  ])('%#', (sample, why) => {
    expect(written(sample)).toMatch(/^unsupported: /)
    expect(written(sample)).toContain(why)
  })

  it('by the version', () => {
    expect(written(sampleOf(large), { version: 2 })).toContain('=18446744073709551615u ')
    expect(written(sampleOf({ ...large, exact: 2n ** 64n }), { version: 2 })).toContain('unsupported')
    const field = sampleOf({}, seriesOf('cpu', { _field: 'x' }))
    expect([written(field), written(field, { version: 2 })]).toEqual([
      expect.stringContaining('_field=x'),
      expect.stringContaining('unsupported'),
    ])
    expect(written(sampleOf({}, seriesOf('cpu.time')), { fields: 'last-part' })).toContain('unsupported')
  })
})

const piece = fc.constantFrom(
  'a',
  'b1',
  '.',
  ' ',
  ',',
  '=',
  '\\',
  '"',
  '#',
  'é',
  '𝄞',
  'value',
  '__proto__',
  '\n',
  '\t',
)
const part = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''))
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -30, max: 30 }))
    .map(([digits, exponent]) => Number(`${digits}e${exponent}`)),
)
const content = fc.oneof(
  number.map((value) => ({ value, kind: 'gauge' as const })),
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map((exact) => {
    const value = Number(exact)
    return { value, kind: 'gauge' as const, ...(Math.abs(value) > Number.MAX_SAFE_INTEGER && { exact }) }
  }),
  fc.array(piece, { maxLength: 5 }).map((pieces) => ({ value: pieces.join(''), kind: 'text' as const })),
)
const samples = fc.tuple(
  part,
  fc.dictionary(part, part, { maxKeys: 3, noNullPrototype: false }),
  content,
  fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }),
)

test('what is written reads back as it was, or is refused by name', () => {
  let read = 0
  fc.assert(
    fc.property(
      fc.array(samples, { maxLength: 5 }),
      fc.constantFrom('value', 'last-part'),
      (drawn, fields) => {
        const lines = createInfluxLines({ version: 2, fields, integers: 'exact' })
        const given = drawn.flatMap(([metric, tags, more, time]) => {
          const series = buildSeries(metric, tags)
          return series.ok ? [{ series: series.value, time, ...more }] : []
        })
        const sent = given.filter((sample) => typeof lines.weigh(sample) === 'number')
        const text = sent.map((sample) => `${lines.lineOf(sample)?.text ?? ''}\n`).join('')
        const { samples: back, problems } = collect(createInfluxParser({ precision: 'ms' }), text)
        read += back.length
        expect(problems).toEqual([])
        const shown = ({ series, time, value, kind, exact }: Sample): unknown => [
          series,
          time + 0,
          value,
          kind,
          exact,
        ]
        expect(back.map(shown)).toEqual(sent.map(shown))
      },
    ),
    runs(240),
  )
  expect(read).toBeGreaterThan(50)
})
