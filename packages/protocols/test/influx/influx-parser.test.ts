import { describe, expect, it } from 'vitest'

import { createInfluxParser, type InfluxParserOptions } from '../../src/influx/influx-parser.ts'
import { arrival, brief, collect } from '../collect.ts'

const parsed = (input: string | Uint8Array, options?: InfluxParserOptions): readonly string[] => {
  const { samples, problems } = collect(createInfluxParser(options), input)
  return [...samples.map(brief), ...problems.map(({ reason }) => reason)]
}

describe('a line', () => {
  it.each([
    ['cpu value=1', ['cpu gauge 1']],
    ['cpu user=1,system=2', ['cpu.user gauge 1', 'cpu.system gauge 2']],
    ['cpu,host=a,core=0 value=1', ['cpu|ST[core:0,host:a] gauge 1']],
    ['cpu,core=0,host=a value=1', ['cpu|ST[core:0,host:a] gauge 1']],
    ['  cpu   value=1   1700000000000000000  ', ['cpu gauge 1 @1700000000000']],
    ['c\\ p\\,u,a\\ b=c\\=d v\\ x=1', ['c p,u.v x|ST[b"YSBi":c=d] gauge 1']],
    ['a\\=b,c=d\\e value=1', ['a\\=b|ST[c:b"ZFxl"] gauge 1']],
    ['a v=1,v=2', ['a.v gauge 1', 'a.v gauge 2']],
    ['__proto__,constructor=a __proto__=1', ['__proto__.__proto__|ST[constructor:a] gauge 1']],
  ])('is read: %s', (line, expected) => {
    expect(parsed(line)).toEqual(expected)
    expect(parsed(`${line}\r\n\n# said\n${line}\r`)).toEqual([...expected, ...expected])
  })

  it.each([
    ...['cpu', 'cpu ', ',a=b v=1', 'cpu,a v=1', 'cpu,a= v=1', 'cpu,=a v=1', 'cpu, a=b v=1', 'cpu,a=b'],
    ...['cpu v', 'cpu v=', 'cpu =1', 'cpu v=1,', 'cpu v=1,, 1', 'cpu v=1, w=2', 'cpu v="a', 'cpu v="a"b'],
    ...['cpu v=1 1 1', 'cpu\tv=1', 'cpu,a=b\tc v=1', 'cpu v\u007f=1', '\rcpu v=1', 'cpu v=1\r1', '# a\tb'],
    ...['cpu,a=b,a=b v=1', 'cpu,a=b,a=c v=1', 'cpu,a=b=c v=1', '|ST[,a=b v=1', '\\  value=1'],
  ])('is refused whole where it is wrong: %j', (line) => {
    const taken = parsed(line)
    expect(taken).toHaveLength(1)
    expect(taken[0]).toMatch(/^(malformed|bad-name|bad-timestamp)$/)
    expect(parsed(`${line}\nnext value=1`).at(-1)).toMatch(line === 'cpu v="a' ? /malformed/ : /.+/)
  })

  it('is refused where a tag is longer than a series takes, each line of a header alike', () => {
    const line = `cpu,a=${'x'.repeat(256)} a=1,b=2\n`
    expect(parsed(line + line)).toEqual(['bad-name', 'bad-name'])
  })
})

const values: readonly (readonly [text: string, value: number | string])[] = [
  ...['1', '-1', '1.5', '.5', '5.', '-.5', '1e3', '1E-3', '1.e+2', '05', '1e-400', '-0'].map(
    (text) => [text, Number(text)] as const,
  ),
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => [text, 1] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => [text, 0] as const),
  ['1i', 1],
  ['-7i', -7],
  ['-0i', 0],
  ['007u', 7],
  ['9007199254740991i', 9007199254740991],
  ['""', ''],
  ['"a b,c=d"', 'a b,c=d'],
  ['"say \\"so\\" \\\\ \\x"', 'say "so" \\ \\x'],
  ['"a\nb"', 'a\nb'],
  ['"\\n\\r\\t\\\\n"', '\n\r\t\\n'],
  ['"été"', 'été'],
]

describe('a value', () => {
  it.each(values)('%j is %j', (text, value) => {
    const { samples, problems } = collect(createInfluxParser(), `m v=${text} 1`)
    expect(problems).toEqual([])
    expect(samples.map((sample) => [sample.kind, sample.value, sample.exact])).toEqual([
      [typeof value === 'string' ? 'text' : 'gauge', value, undefined],
    ])
  })

  it.each([
    ['9007199254740993i', 9007199254740993n],
    ['-9223372036854775808i', -(2n ** 63n)],
    ['9223372036854775807i', 2n ** 63n - 1n],
    ['18446744073709551615u', 2n ** 64n - 1n],
    [`${'0'.repeat(500)}9223372036854775807i`, 2n ** 63n - 1n],
  ])('%s has all its digits', (text, exact) => {
    expect(collect(createInfluxParser(), `m v=${text}`).samples).toMatchObject([
      { value: Number(exact), exact },
    ])
  })

  it.each([
    ...[
      '+1',
      'nan',
      'NaN',
      'inf',
      '-inf',
      '1e400',
      '0x10',
      '1_0',
      '.',
      '-',
      'e5',
      '1e',
      '1.1.1',
      'tru',
      'truex',
      'Tr',
      'x',
    ],
    ...['i', '-i', '1.0i', '1ii', '1e3i', '-1u', '9223372036854775808i', '-9223372036854775809i'],
    ...['18446744073709551616u', `${'9'.repeat(1000)}i`],
  ])('%s is none', (text) => {
    expect(parsed(`m v=${text},w=1`)).toEqual(['bad-value'])
  })

  it('is refused where a text is no UTF-8', () => {
    expect(parsed(Buffer.from('m v="\xff"', 'latin1'))).toEqual(['not-utf8'])
    expect(parsed(Buffer.from('m\xff v=1', 'latin1'))).toEqual(['not-utf8'])
  })
})

describe('a timestamp', () => {
  it.each([
    ['ns', '1700000000123456789', 1700000000123.457],
    ['ns', '-1', -0.0],
    ['ns', '-1500', -0.002],
    ['ns', '000', 0],
    ['ns', '9223372036854775807', 9223372036854.776],
    ['us', '1700000000123456', 1700000000123.456],
    ['ms', '1700000000123', 1700000000123],
    ['s', '1700000000', 1700000000000],
    ['m', '-28333333', -1699999980000],
    ['h', '472222', 1699999200000],
  ] as const)('in %s is read: %s', (precision, text, time) => {
    const { samples } = collect(createInfluxParser({ precision }), `m value=1 ${text}`)
    expect(samples.map((sample) => sample.time + 0)).toEqual([time + 0])
  })

  it.each([
    ['ns', '9223372036854775808'],
    ['ns', '-9223372036854775809'],
    ['us', '9223372036854776'],
    ['s', '9223372037'],
    ['h', '9'.repeat(400)],
    ['ns', '-'],
    ['ns', '1-'],
    ['ns', '--1'],
    ['ns', '1.5'],
    ['ns', '1e3'],
  ] as const)('in %s is refused: %s', (precision, text) => {
    expect(parsed(`m value=1 ${text}`, { precision })).toEqual(['bad-timestamp'])
  })

  it('is that of arrival where there is none, cut off to what is counted', () => {
    const at = (precision: 'ns' | 's' | 'h') =>
      collect(createInfluxParser({ precision }), 'm value=1').samples
    expect(at('ns')).toMatchObject([{ time: arrival }])
    expect(at('s')).toMatchObject([{ time: Math.floor(arrival / 1000) * 1000, receivedAt: arrival }])
    expect(at('h')).toMatchObject([{ time: Math.floor(arrival / 3_600_000) * 3_600_000 }])
  })
})

describe('what cannot be read', () => {
  it('ends at the first line feed outside of a text: what a sender puts into a text is never a line', () => {
    const smuggled = 'note="a\nadmin,role=root value=1\n" 1'
    for (const line of [
      `log,bad ${smuggled}`,
      `log ${smuggled} 2`,
      `log x=y,${smuggled}`,
      `log,a= ${smuggled}`,
    ])
      expect(parsed(`${line}\nnext value=2`)).toEqual(['next gauge 2', expect.any(String)])
  })

  it('is refused beyond its limit, to the byte, and what follows is read', () => {
    const line = 'm v="aaaa\naaaa"'
    expect(parsed(`${line}\nn value=1`, { maxLineBytes: line.length })).toEqual([
      'm.v text "aaaa\\naaaa"',
      'n gauge 1',
    ])
    expect(parsed(`${line}\nn value=1`, { maxLineBytes: line.length - 1 })).toEqual([
      'n gauge 1',
      'line-too-long',
    ])
    expect(parsed(`${'x'.repeat(50)} v=1\nn value=1`, { maxLineBytes: 40 })).toEqual([
      'n gauge 1',
      'line-too-long',
    ])
  })

  it('is told of with its place', () => {
    const { problems } = collect(createInfluxParser(), 'a value=1\n  b value\r\nc value=1')
    expect(problems.map(({ start, end }) => [start, end])).toEqual([[12, 20]])
  })
})

it('reads slices as it reads the whole, and says where it stopped', () => {
  const bytes = Buffer.from('a v=1,s="x\ny"\n\n# c\nb v=2\nbad\nc v=3')
  const whole = collect(createInfluxParser(), bytes)
  const parser = createInfluxParser()
  let slices = 0
  const sliced = collect(
    {
      parse(all, receivedAt, sink) {
        for (let at = 0; at < all.length; slices += 1)
          at = parser.parseSlice(all, at, at + 1, receivedAt, sink)
      },
    },
    bytes,
  )
  expect(sliced).toEqual(whole)
  expect(slices).toBe(6)
})

it.each([
  [{ maxLineBytes: 262_145 }, 'maxLineBytes'],
  [{ precision: 'days' as 'h' }, 'precision'],
])('refuses %o at the call', (options, named) => {
  expect(() => createInfluxParser(options)).toThrow(named)
})
