import { describe, expect, it } from 'vitest'

import { parsePerfdata, type PerfdataOptions } from '../../src/nagios/perfdata.ts'
import type { PerfdataItem } from '../../src/nagios/perfdata-item.ts'

const brief = ({ label, value, unit }: PerfdataItem): string => `${label}=${value ?? 'U'}${unit}`
const read = (input: string | Uint8Array, options?: PerfdataOptions): readonly string[] => {
  const { items, problems } = parsePerfdata(input, options)
  return [...items.map(brief), ...problems.map(({ reason, start, end }) => `! ${reason} ${start}-${end}`)]
}
const only = (input: string): PerfdataItem => {
  const { items, problems } = parsePerfdata(input)
  expect(problems).toEqual([])
  expect(items).toHaveLength(1)
  return items[0]!
}

describe('performance data', () => {
  it.each([
    ['nothing', '', []],
    ['blanks', ' \t\r\n ', []],
    ['an item', 'test=123456', ['test=123456']],
    ['several', 'a=1 b=2  c=3\td=4', ['a=1', 'b=2', 'c=3', 'd=4']],
    ['a unit', 'test=123456B', ['test=123456B']],
    ['a folder', '/var/log=818MB;970;975;0;980', ['/var/log=818MB']],
    ['quotes', "'hello world'=123456", ['hello world=123456']],
    ['a quote in quotes', "'it''s'=1 'a'''=2", ["it's=1", "a'=2"]],
    [
      'quotes in quotes, as some write them',
      "'Security 'Internet' in_bps'=330368;15;19;",
      ["Security 'Internet' in_bps=330368"],
    ],
    ['= in quotes', "'a=b'=5", ['a=b=5']],
    ['= without quotes: the last counts', 'total=123039MB;used_=5', ['total=123039MB;used_=5']],
    ['a bar in quotes', "'a|b'=5", ['a|b=5']],
    [
      'blanks in a label without quotes, as of Windows',
      'd:\\ Used Space=75.48Gb;90.00;95.00 5 min avg Load=59%;80',
      ['d:\\ Used Space=75.48Gb', '5 min avg Load=59%'],
    ],
    [
      'a % in a label',
      'c: free=201.06451GB;0.97656 c: free %=71%;0;0;0;100',
      ['c: free=201.06451GB', 'c: free %=71%'],
    ],
    ['a blank before =', 'a =1', ['a=1']],
    ['what was not determined', 'a=U;1;2 b=2', ['a=U', 'b=2']],
    ['exponents', 'a=1.5e3 b=1E-3s c=2e+2', ['a=1500', 'b=0.001s', 'c=200']],
    ['units that start as exponents', 'a=10Eb b=10e c=1.5E3B', ['a=10Eb', 'b=10e', 'c=1500B']],
    ['signs and bare points', 'a=-1 b=+.5 c=5.', ['a=-1', 'b=0.5', 'c=5']],
    ['micro seconds in both letters', 'min=34385μs avg=130925µs', ['min=34385μs', 'avg=130925µs']],
    ['compound units', 'a=5B/s b=3m2', ['a=5B/s', 'b=3m2']],
    ['a bar between items', 'a=1|b=2 | c=3', ['a=1', 'b=2', 'c=3']],
    ['names of objects', '__proto__=1 constructor=2', ['__proto__=1', 'constructor=2']],
    [
      'labels of check_multi',
      'test::a=3 b=4 other::c=5 d=6',
      ['test::a=3', 'test::b=4', 'other::c=5', 'other::d=6'],
    ],
  ])('takes %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['a comma', 'time=6,049175s;;;0,000000 size=555B', ['size=555B', '! bad-value 0-25']],
    ['a comma behind the value', 'a=8926, b=1', ['b=1', '! bad-value 0-7']],
    ['no value', 'a= b=2 c=;;;', ['b=2', '! bad-value 0-2', '! bad-value 7-12']],
    ['no label', '=3;;;; b=2', ['b=2', '! bad-name 0-6']],
    ['an empty label', "''=3 b=2", ['b=2', '! bad-name 0-4']],
    ['a label that no series could have', `${'x'.repeat(4096)}=1 b=2`, ['b=2', '! bad-name 0-4098']],
    ['a text', 'state=UP;; b=2', ['b=2', '! bad-value 0-10']],
    ['words', 'nothing here', ['! malformed 0-12']],
    ['words behind the items', 'a=1 and so on  ', ['a=1', '! malformed 4-13']],
    ['words before a label in quotes', "and so on 'a b'=1", ['a b=1', '! malformed 0-9']],
    ['words before a bar', 'some text | x=3', ['x=3', '! malformed 0-9']],
    ['a quote that nothing closes', "'foo bar=5 baz=6", ['baz=6', '! malformed 0-10']],
    [
      'numbers of another base',
      'a=0x1 b=-0XfF;1 c=0o17 d=0b1 e=0B f=0x g=0',
      [
        'e=0B',
        'f=0x',
        'g=0',
        '! bad-value 0-5',
        '! bad-value 6-15',
        '! bad-value 16-22',
        '! bad-value 23-28',
      ],
    ],
    [
      'thresholds of another base',
      'a=5;0x10;0x1:0x2;0x0;0xff',
      ['a=5', '! bad-value 4-8', '! bad-value 9-16', '! bad-value 17-20', '! bad-value 21-25'],
    ],
    ['two points', 'a=1.2.3 b=1', ['b=1', '! bad-value 0-7']],
    [
      'what is not finite',
      'a=inf b=nan c=1e999 d=1',
      ['d=1', '! bad-value 0-5', '! bad-value 6-11', '! bad-value 12-19'],
    ],
    [
      'a bad threshold, and not the value',
      'a=5;10%;1:2:3;x;4;5',
      ['a=5', '! bad-value 4-7', '! bad-value 8-13', '! bad-value 14-15', '! malformed 18-19'],
    ],
    ['a range that ends before it starts', 'a=5;10:5', ['a=5', '! bad-value 4-8']],
    ['ranges of nothing', 'a=5;@;:;~', ['a=5', '! bad-value 4-5', '! bad-value 6-7', '! bad-value 8-9']],
    [
      'of telegraf: nothing that is one',
      ' =3;;;; dgasdg =;;;; sff=;;;;',
      ['! bad-name 1-7', '! bad-value 8-20', '! bad-value 21-29'],
    ],
  ])('tells of %s, and keeps all else', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it('says how a comma is read, and reads it so', () => {
    expect(parsePerfdata('time=6,049175s').problems[0]?.message).toContain('decimalComma')
    const { items, problems } = parsePerfdata('time=6,049175s;1,5:2;;0,000000;10,000000', {
      decimalComma: true,
    })
    expect([items, problems]).toEqual([
      [
        {
          label: 'time',
          value: 6.049175,
          unit: 's',
          warning: { start: 1.5, end: 2, inside: false },
          min: 0,
          max: 10,
        },
      ],
      [],
    ])
  })

  it('leaves labels alone where they are none of check_multi', () => {
    expect(read('Foo::bar=1 total=2', { multiLabels: false })).toEqual(['Foo::bar=1', 'total=2'])
  })

  it('reads what is no UTF-8 as a problem of its item, but for micro', () => {
    const input = Buffer.concat([
      Buffer.from('a=5'),
      Buffer.of(0xb5),
      Buffer.from('s b'),
      Buffer.of(0xff),
      Buffer.from('=1 c=1'),
    ])
    expect(read(input)).toEqual(['a=5µs', 'c=1', '! not-utf8 6-10'])
  })

  it('keeps what is beyond 2^53', () => {
    expect(only('a=18446744073709551615c')).toEqual({
      label: 'a',
      value: 2 ** 64,
      exact: 18446744073709551615n,
      unit: 'c',
    })
  })

  it.each([
    ['10', { start: 0, end: 10, inside: false }],
    ['10:', { start: 10, inside: false }],
    ['~:10', { end: 10, inside: false }],
    ['10:20', { start: 10, end: 20, inside: false }],
    ['@10:20', { start: 10, end: 20, inside: true }],
    ['@0:6', { start: 0, end: 6, inside: true }],
    ['-5:-1.5', { start: -5, end: -1.5, inside: false }],
    [':5', { start: 0, end: 5, inside: false }],
    ['~:', { inside: false }],
    ['1e3', { start: 0, end: 1000, inside: false }],
    ['20ms', { start: 0, end: 20, inside: false }],
  ])('reads the range %s', (text, range) => {
    expect(only(`a=1ms;${text};${text}`)).toEqual({
      label: 'a',
      value: 1,
      unit: 'ms',
      warning: range,
      critical: range,
    })
  })

  it('reads fields that are empty or not determined as absent', () => {
    expect(only('x=5;;10;U;;')).toEqual({
      label: 'x',
      value: 5,
      unit: '',
      critical: { start: 0, end: 10, inside: false },
    })
  })

  it('takes the time of its bytes, whatever they are', () => {
    const size = 300_000
    for (const part of ["'a ", "'=", "''=", "a '", '=', "' =", '|', "a 'b'' ", '::=1 ']) {
      const { items, problems } = parsePerfdata(part.repeat(size / part.length))
      expect(items.length + problems.length).toBeGreaterThanOrEqual(part === '|' ? 0 : 1)
    }
  })

  it('looks for the next = once, however many bars stand before it', () => {
    // Looked for at each bar it would take hours.
    const bars = 1_500_000
    const { items, problems } = parsePerfdata(`${'a|'.repeat(bars)}x=1`)
    expect([items.map(brief), problems.length]).toEqual([['x=1'], bars])
  })

  it('gives a long beginning of a label to none of those behind it, each of which would be as long', () => {
    expect(read(`${'p'.repeat(254)}::a=1 b=2`)).toEqual([
      `${'p'.repeat(254)}::a=1`,
      `${'p'.repeat(254)}::b=2`,
    ])
    expect(read(`d::z=0 ${'p'.repeat(255)}::a=1 b=2`)).toEqual(['d::z=0', `${'p'.repeat(255)}::a=1`, 'b=2'])
  })

  it('refuses options that are none', () => {
    expect(() => parsePerfdata('', { decimalComma: 1 as never })).toThrow('PROTOCOL_BAD_OPTION')
  })
})
