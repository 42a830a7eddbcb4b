import { seriesOfPairs, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createInfluxParser } from '../../src/influx/influx-parser.ts'
import { arrival, collect } from '../collect.ts'
import { readPoint, type GrammarPoint } from './grammar.ts'

const mark = fc.constantFrom(
  ' ',
  ',',
  '=',
  '\\',
  '"',
  '\\ ',
  '\\,',
  '\\=',
  '\\\\',
  '#',
  '.',
  'é',
  '𝄞',
  '\t',
  '\u007f',
  '\r',
)
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'cpu', 'host', 'value', 'v1', '__proto__', 'x.y') },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(mark, fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('')),
  },
)
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc
    .tuple(fc.bigInt(-(2n ** 65n), 2n ** 65n), fc.constantFrom('i', 'u', ''))
    .map(([whole, type]) => `${whole}${type}`),
  fc.constantFrom(
    '.5',
    '5.',
    '-.5e3',
    '1e',
    '-',
    '1.2.3',
    '+1',
    't',
    'TRUE',
    'False',
    'tRUE',
    'NaN',
    '1e999',
    '007i',
    '-0',
  ),
)
const textValue = fc
  .array(fc.oneof(mark, fc.constantFrom('a', '\n', '\\"', '\\n', '\\x', 'b=1\n')), { maxLength: 5 })
  .map((parts) => `"${parts.join('')}"`)
const value = fc.oneof({ weight: 3, arbitrary: number }, textValue)
const gap = fc.constantFrom(' ', ' ', ' ', '  ', '')
const time = fc.oneof(
  fc.constant(''),
  fc.bigInt(-(2n ** 64n), 2n ** 64n).map(String),
  fc.constantFrom('1700000000000000000', '9223372036854775807', '9223372036854775808', '-1', '1x'),
)
const line = fc
  .tuple(
    ...([gap, word, fc.array(fc.tuple(word, word), { maxLength: 3 }), gap] as const),
    fc.array(fc.tuple(word, value), { minLength: 1, maxLength: 3 }),
    ...([gap, time, fc.constantFrom('', '', ' ', '\r')] as const),
  )
  .map(([lead, measurement, tags, before, fields, after, stamp, end]) => {
    const pairs = tags.map(([key, to]) => `,${key}=${to}`).join('')
    return `${lead}${measurement}${pairs} ${before}${fields.map((pair) => pair.join('=')).join(',')}${after}${stamp}${end}`
  })

/** Nanoseconds as ms, to the nearest microsecond. */
function msOf(ns: bigint): number {
  const micros = Number(((ns < 0n ? -ns : ns) + 500n) / 1000n) / 1000
  return ns < 0n ? 0 - micros : micros
}

function expected({ measurement, tags, fields, time: at }: GrammarPoint): readonly unknown[] | undefined {
  const samples: unknown[] = []
  for (const [key, given] of fields) {
    const series = seriesOfPairs(key === 'value' ? measurement : `${measurement}.${key}`, tags)
    if (!series.ok) return undefined
    const isLarge = typeof given === 'bigint' && (given > 2n ** 53n - 1n || given < 1n - 2n ** 53n)
    samples.push([
      ...[
        series.value.key,
        at === undefined ? arrival : msOf(at),
        typeof given === 'string' ? 'text' : 'gauge',
      ],
      ...[typeof given === 'string' ? given : Number(given), isLarge ? given : undefined],
    ])
  }
  return samples
}

const seen = ({ series, time: at, kind, value: given, exact }: Sample): unknown => [
  series.key,
  at,
  kind,
  given,
  exact,
]

test('a line gives what the grammar says, or one problem', () => {
  let [taken, refused] = [0, 0]
  const parser = createInfluxParser()
  fc.assert(
    fc.property(line, (text) => {
      // Comments and empty lines are none of the grammar's.
      fc.pre(!/^ *(#|\r?$)/.test(text))
      const point = readPoint(text)
      const wanted = point === undefined ? undefined : expected(point)
      const { samples, problems } = collect(parser, text)
      if (wanted === undefined) {
        refused += 1
        // What stands behind a line feed outside of a text is a line of its own, which the grammar of one line does not see.
        if (!text.includes('\n')) expect([samples, problems.length]).toEqual([[], 1])
      } else {
        taken += 1
        expect([samples.map(seen), problems]).toEqual([wanted, []])
      }
    }),
    runs(3000),
  )
  // Both are reached.
  expect(Math.min(taken, refused)).toBeGreaterThan(100)
})

test('lines together give what each gives alone, whatever was refused before', () => {
  fc.assert(
    fc.property(
      fc.array(
        line.filter((text) => !text.includes('"')),
        { maxLength: 6 },
      ),
      (lines) => {
        const together = collect(createInfluxParser(), lines.join('\n'))
        const alone = lines.map((one) => collect(createInfluxParser(), one))
        expect(together.samples.map(seen)).toEqual(alone.flatMap(({ samples }) => samples.map(seen)))
        expect(together.problems.map(({ reason }) => reason)).toEqual(
          alone.flatMap(({ problems }) => problems.map(({ reason }) => reason)),
        )
      },
    ),
  )
})
