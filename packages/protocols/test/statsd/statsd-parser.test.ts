import { describe, expect, it } from 'vitest'

import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import type { StatsdParserOptions } from '../../src/statsd/statsd-options.ts'
import { brief, collect } from '../collect.ts'

const read = (input: string, options?: StatsdParserOptions): readonly string[] => {
  const { samples, problems } = collect(createStatsdParser(options), input)
  return [...samples.map(brief), ...problems.map(({ reason }) => `! ${reason}`)]
}

describe('etsy statsd', () => {
  it.each([
    ['a counter', 'gorets:1|c', ['gorets delta 1']],
    ['a sampled counter', 'gorets:1|c|@0.1', ['gorets delta 10']],
    ['a counter that falls', 'gorets:-2|c', ['gorets delta -2']],
    ['a timer', 'glork:320|ms|@0.1', ['glork observation 320 x10']],
    [
      'a sampled gauge beyond 2^53',
      'g:9007199254740993|g|@0.5',
      ['g gauge 9007199254740992 =9007199254740993'],
    ],
    ['a gauge', 'gaugor:333|g', ['gaugor gauge 333']],
    ['a set', 'uniques:765|s', ['uniques set "765"']],
    ['a set of nothing', 'uniques:|s', ['uniques set ""']],
    ['several lines', 'a:1|c\nb:2|g\r\n\nc:3|ms\n', ['a delta 1', 'b gauge 2', 'c observation 3']],
    ['several bits', 'a:1|c:2|ms:3|g', ['a delta 1', 'a observation 2', 'a gauge 3']],
    ['several sampled bits', 'a:1|c|@0.5:2|c|@0.1', ['a delta 2', 'a delta 20']],
    ['a name as it was sent', 'a b/c$:1|c', ['a b/c$ delta 1']],
    [
      'a whole number beyond 2^53',
      'a:18446744073709551615|c',
      ['a delta 18446744073709552000 =18446744073709551615'],
    ],
    ['a rate of one', 'a:1|c|@1', ['a delta 1']],
  ])('takes %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it('adds + and - to the last value of the gauge, from 0 on', () => {
    expect(read('g:333|g\ng:-10|g\ng:+4|g\nnew:-5|g\nnew:+5|g')).toEqual([
      'g gauge 333',
      'g gauge 323',
      'g gauge 327',
      'new gauge -5',
      'new gauge 0',
    ])
  })

  it.each([
    ['no value', 'foo', 'malformed'],
    ['no type', 'foo:1', 'malformed'],
    ['an empty type', 'daemon:666|', 'malformed'],
    ['no number', 'daemon:|g', 'bad-value'],
    ['no name', ':666|g', 'bad-name'],
    ['a name of control characters', '\u0001:666|g', 'bad-name'],
    ['another type', 'daemon:1|x', 'unknown-type'],
    ['a word as value', 'a:one|c', 'bad-value'],
    ['hexadecimal', 'a:0x10|c', 'bad-value'],
    ['infinity', 'a:Infinity|g', 'bad-value'],
    ['not a number', 'a:NaN|g', 'bad-value'],
    ['an underscore', 'a:1_000|c', 'bad-value'],
    ['a space in a number', 'a:1 1|c', 'bad-value'],
    ['blanks for a number', 'a: \t|c', 'bad-value'],
    ['hexadecimal between blanks', 'a: 0x10 |c', 'bad-value'],
    ['blanks for a type', 'a:1| ', 'malformed'],
    ['blanks for a rate', 'a:1|c|@ ', 'bad-rate'],
    ['a number beyond doubles', 'a:1e999|g', 'bad-value'],
    ['a negative timer', 'a:-1|ms', 'bad-value'],
    ['rate 0', 'a:1|c|@0', 'bad-rate'],
    ['a rate above 1', 'a:1|c|@1.5', 'bad-rate'],
    ['a negative rate', 'a:1|c|@-0.5', 'bad-rate'],
    ['an infinite rate', 'a:1|c|@Infinity', 'bad-rate'],
    ['an empty rate', 'a:1|c|@', 'bad-rate'],
    ['a quotient beyond doubles', 'a:1e300|c|@1e-300', 'bad-value'],
  ])('gives one problem and no sample for %s', (_, input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
  })

  it.each(['a:1|c ', 'a: 1|c', 'a:1 |c', 'a:1| c', 'a:\t1\t|\tc\t', 'a:1|c|@1 ', 'a:1|c| @ 1 ', ' a :1|c'])(
    'passes over blanks around values, types and rates: %j',
    (input) => {
      expect(read(input)).toEqual(['a delta 1'])
    },
  )

  it('takes the values of a line one by one: a bad one is one problem', () => {
    expect(read('a:1|c:x|c:2|c')).toEqual(['a delta 1', 'a delta 2', '! bad-value'])
    expect(read('a:1|c:2|zz:3|ms:4|c|@7:5|c:6')).toEqual([
      'a delta 1',
      'a observation 3',
      'a delta 5',
      '! unknown-type',
      '! bad-rate',
      '! malformed',
    ])
    expect(read('a:1:x:3|ms')).toEqual(['a observation 1', 'a observation 3', '! bad-value'])
    expect(read('g:5|g\ng:+1|g:x|g\ng:+1|g')).toEqual(['g gauge 5', 'g gauge 6', 'g gauge 7', '! bad-value'])
  })

  it('says which piece of a line it did not take', () => {
    const pieces = (input: string): readonly string[] =>
      collect(createStatsdParser(), input).problems.map(({ start, end }) => input.slice(start, end))
    expect(pieces('a:1|c:x|c|@0.5:2|c:9|zz')).toEqual(['x|c|@0.5', '9|zz'])
    expect(pieces('a:1:x:3|ms')).toEqual(['x'])
    // Of these nothing is taken.
    expect(pieces('b:1|c\na:x|c|@0.5')).toEqual(['a:x|c|@0.5'])
    expect(pieces('b:1|c\na:1|c:2|c|T0')).toEqual(['a:1|c:2|c|T0'])
  })

  // Each of these ends or corrupts etsy's daemon 0.10.2 with one datagram.
  it.each([
    ['a:1|c|@+1', ['a delta 1']],
    ['constructor:1|ms', ['constructor observation 1']],
    ['toString:5|s', ['toString set "5"']],
    ['__proto__:1|c', ['__proto__ delta 1']],
    ['constructor:1|c', ['constructor delta 1']],
    ['a:1|c|@2e-1', ['a delta 5']],
    ['a:1|c|#x:1|@0.1', ['a|ST[x:1] delta 10']],
    ['a:1|c|#__proto__:x,constructor:y', ['a|ST[__proto__:x,constructor:y] delta 1']],
    ['x:1|ms|@1e-9', ['x observation 1 x999999999.9999999']],
  ])('survives %s', (input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it('does not change what every object inherits', () => {
    read('__proto__:1|c\na;__proto__=polluted:1|c\na:1|c|#__proto__:polluted')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('DogStatsD', () => {
  it.each([
    ['tags and flags', 'a:1|c|#env:prod,flag,url:http://x', ['a|ST[env:prod,flag:,url:http://x] delta 1']],
    ['packed values', 'a:1:2:3|ms', ['a observation 1', 'a observation 2', 'a observation 3']],
    ['packed values with a gap', 'a:21::22|h', ['a observation 21', 'a observation 22']],
    ['packed values and several bits', 'a:1:2|c:3|g', ['a delta 1', 'a delta 2', 'a gauge 3']],
    ['a set with colons', 'a:x:y:z|s', ['a set "x:y:z"']],
    ['a distribution', 'a:1.5|d|@0.5', ['a observation 1.5 x2']],
    ['a timestamp', 'a:1|g|T1656581400', ['a gauge 1 @1656581400000']],
    [
      'fields in any order',
      'a:1|c|#b:c|T1656581400|card:low|c:ci-83c0|e:it-false|@0.5',
      ['a|ST[b:c,container_id:83c0] delta 2 @1656581400000'],
    ],
    ['fields that are not known', 'a:1|c|zzz|#b:c|', ['a|ST[b:c] delta 1']],
    [
      'names in any script',
      'каунтер:1|c|#город:Київ',
      ['каунтер|ST[b"0LPQvtGA0L7QtA==":b"0JrQuNGX0LI="] delta 1'],
    ],
    ['empty tags', 'a:1|c|#,,x:1,', ['a|ST[x:1] delta 1']],
    ['no tags at all', 'a:1|c|#', ['a delta 1']],
    ['a repeated tag', 'a:1|c|#x:2,x:1,x:2', [`a|ST[x:b"${btoa('1,2')}"] delta 1`]],
    ['graphite tags', 'a;x=1;y=2:1|c', ['a|ST[x:1,y:2] delta 1']],
    ['Influx tags', 'a,x=1,y=2:1|c', ['a|ST[x:1,y:2] delta 1']],
    ['tags in name and field', 'a,x=1:1|c|#y:2', ['a|ST[x:1,y:2] delta 1']],
  ])('takes %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['packed values that are all empty', 'a:::|ms', 'bad-value'],
    ['timestamp 0', 'a:1|g|T0', 'bad-timestamp'],
    ['a timestamp with a fraction', 'a:1|g|T1.5', 'bad-timestamp'],
    ['a timestamp that is none', 'a:1|g|Tuesday', 'bad-timestamp'],
    ['a graphite tag without =', 'a;x:1|c', 'bad-name'],
    ['an Influx tag without =', 'a,x:1|c', 'bad-name'],
    ['a tag without category', 'a:1|c|#:x', 'bad-name'],
    ['a tag over the limit', `a:1|c|#${'x'.repeat(300)}:y`, 'bad-name'],
  ])('gives one problem and no sample for %s', (_, input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
  })

  it('keeps the arrival time beside a timestamp', () => {
    const { samples } = collect(createStatsdParser(), 'a:1|g|T1656581400')
    expect(samples[0]).toMatchObject({ time: 1_656_581_400_000, receivedAt: 1_700_000_000_500 })
  })
})

describe('a gauge with a sign', () => {
  const lines = 'g:5|g\ng:-3|g\nt:-3|g|#a:b\nt:-3|g|#a:b\nt:+4|g|#a:b'
  const values = (options?: StatsdParserOptions): readonly unknown[] =>
    collect(createStatsdParser(options), lines).samples.map(({ value }) => value)

  it('is a change to etsy, and a number where the line is one of DogStatsD', () => {
    expect(values()).toEqual([5, 2, -3, -3, 4])
    expect(read('g:5|g\ng:-3|g|c:x')).toEqual(['g gauge 5', 'g|ST[container_id:x] gauge -3'])
    expect(read('g:-3|g|T1700000000\ng:-3|g|card:low\ng:-3|g|e:\ng:-3|g#\ng:-3|g')).toEqual([
      'g gauge -3 @1700000000000',
      'g gauge -3',
      'g gauge -3',
      'g gauge -3',
      // What was absolute is what a change is added to.
      'g gauge -6',
    ])
  })

  it('is what gaugeSign says', () => {
    expect(values({ gaugeSign: 'delta' })).toEqual([5, 2, -3, -6, -2])
    expect(values({ gaugeSign: 'absolute' })).toEqual([5, -3, -3, -3, 4])
    expect(() => createStatsdParser({ gaugeSign: 'both' as 'delta' })).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('tags', () => {
  it.each([
    ['graphite', 'foo;tag1=x;tag2=y:100|c'],
    ['InfluxDB', 'foo,tag1=x,tag2=y:100|c'],
    ['Librato', 'foo#tag1=x,tag2=y:100|c'],
    ['SignalFX', 'foo[tag1=x,tag2=y]:100|c'],
    ['SignalFX, in front', '[tag1=x,tag2=y]foo:100|c'],
    ['SignalFX, in the middle', 'fo[tag1=x,tag2=y]o:100|c'],
    ['DogStatsD', 'foo:100|c|#tag1:x,tag2:y'],
    ["DogStatsD's client for PHP", 'foo:100|c|#tag1:x,#tag2:y'],
    ['DogStatsD, with blanks', 'foo:100|c|# tag1:x, tag2:y '],
    ['reconnoiter', 'foo:100|c#tag1:x,tag2:y'],
    ['reconnoiter, behind a rate', 'foo:10|c|@0.1#tag1:x,tag2:y'],
    ['several, each in its place', 'foo;tag1=x:100|c|#tag2:y'],
  ])('of %s are read', (_, input) => {
    expect(read(input)).toEqual(['foo|ST[tag1:x,tag2:y] delta 100'])
  })

  it.each([
    ['dd:60|g#foo', 'dd|ST[foo:] gauge 60'],
    ['dd:60|g#foo:', 'dd|ST[foo:] gauge 60'],
    ['dd:60|g|#foo', 'dd|ST[foo:] gauge 60'],
    ['a;k=abc==:1|c', 'a|ST[k:abc==] delta 1'],
    ['a;k=#fff:1|c', 'a|ST[k:#fff] delta 1'],
    ['a,k=v,:1|c', 'a|ST[k:v] delta 1'],
    [
      'a:1|c|c:ci-1,in-2|e:it-true,cn-web,pu-7',
      'a|ST[container_id:1,container_inode:2,container_name:web,init_container:true,pod_uid:7] delta 1',
    ],
    [
      'a:1|c|e:it-false,cn-web|#x:1|T1700000000|c:1',
      'a|ST[container_id:1,container_name:web,x:1] delta 1 @1700000000000',
    ],
    ['a:1|c|e:opaque|card:high', 'a|ST[external_data:opaque] delta 1'],
  ])('%s is %s', (input, expected) => {
    expect(read(input)).toEqual([expected])
  })

  it.each([
    'foo[tag1=x:100|c',
    'footag1=x]:100|c',
    'foo]tag1=x[:100|c',
    'foo[a=1][b=2]:100|c',
    'foo[a=1],b=2:100|c',
    'foo,b=2[a=1]:100|c',
    'foo#a=1;b=2:100|c',
    'foo;a=1,b=2:100|c',
    'foo,a=1;b=2:100|c',
    'foo,a=1,#b=2:100|c',
    'foo#a:100|c',
    'foo[a]:100|c',
    'foo,=1:100|c',
  ])('of no style, or of two, refuse the line, which is never half read: %s', (input) => {
    expect(read(input)).toEqual(['! bad-name'])
  })
})

describe('what hot-shots sends', () => {
  // Written as its client writes them, a datagram each.
  it('is taken whole', () => {
    const packets = [
      'my_counter:1|c|#env:prod,host:web1\nmy_counter:-1|c|#env:prod,host:web1',
      'response_time:42.75|ms|@0.25|#env:prod',
      'my.histogram:42|h\nmy.distribution:42|d\nmy_gauge:123.45|g\nmy_unique:foobar|s\nmy_unique:foobarbaz|s',
      'my_counter:1|c|T1700000000|#foo:bar|c:3b1f',
    ]
    expect(packets.flatMap((packet) => read(packet))).toEqual([
      'my_counter|ST[env:prod,host:web1] delta 1',
      'my_counter|ST[env:prod,host:web1] delta -1',
      'response_time|ST[env:prod] observation 42.75 x4',
      'my.histogram observation 42',
      'my.distribution observation 42',
      'my_gauge gauge 123.45',
      'my_unique set "foobar"',
      'my_unique set "foobarbaz"',
      'my_counter|ST[container_id:3b1f,foo:bar] delta 1 @1700000000000',
    ])
  })
})

describe('limits', () => {
  it('refuses a line over the limit and takes its neighbours', () => {
    const parser = createStatsdParser({ maxLineBytes: 10 })
    const { samples, problems } = collect(parser, `a:1|c\n${'x'.repeat(11)}\nb:2|c`)
    expect(samples.map(brief)).toEqual(['a delta 1', 'b delta 2'])
    expect(problems).toMatchObject([{ reason: 'line-too-long', start: 6, end: 17 }])
  })

  it('refuses a change that takes a gauge beyond doubles, and keeps its last value', () => {
    expect(read('g:1e308|g\ng:+1e308|g\ng:-1e307|g')).toEqual([
      'g gauge 1e+308',
      'g gauge 9e+307',
      '! bad-value',
    ])
  })

  it('refuses wrong options at the call', () => {
    expect(() => createStatsdParser({ maxNameBytes: 1e12 })).toThrow(
      'PROTOCOL_BAD_OPTION: option "maxNameBytes"',
    )
    expect(() => createStatsdParser({ maxLineBytes: Number.NaN })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('reports names and members that are not UTF-8', () => {
    const bytes = Buffer.from('a\xff:1|c\nb:\xff|s\nc:1|c|#\xff', 'latin1')
    const { samples, problems } = collect(createStatsdParser(), bytes)
    expect(samples).toEqual([])
    expect(problems.map(({ reason }) => reason)).toEqual(['not-utf8', 'not-utf8', 'not-utf8'])
  })

  it('gives one series object for the same header, also when the cache is far too small', () => {
    const parser = createStatsdParser()
    const [first, second] = collect(parser, 'a:1|c|#x:1\na:2|c|#x:1').samples
    expect(first?.series).toBe(second?.series)
    const tiny = createStatsdParser({ maxNameBytes: 500 })
    const lines = Array.from({ length: 200 }, (_, at) => `metric${at % 50}:1|c`).join('\n')
    expect(collect(tiny, lines).samples.map(({ series }) => series.key)).toEqual(
      Array.from({ length: 200 }, (_, at) => `metric${at % 50}`),
    )
  })

  it('keeps one last value for a gauge, however its tags are written', () => {
    const lines = 'g:5|g|#x:1,y:2\ng:+1|g|#y:2,x:1\ng;x=1;y=2:+1|g\ng:+1|g|#x:1,y:2\ng:-1|g|#x:1'
    const { samples } = collect(createStatsdParser({ gaugeSign: 'delta' }), lines)
    expect(samples.map(({ value }) => value)).toEqual([5, 6, 7, 8, -1])
  })

  it('takes the last of several tag fields', () => {
    expect(read('abcd:1|c|#x:1|#y:2\nabcd:1|c|#x:1|#\nabcd:1|c|#y:2')).toEqual([
      'abcd|ST[y:2] delta 1',
      'abcd delta 1',
      'abcd|ST[y:2] delta 1',
    ])
  })

  it('does not mix up a name and its tags with another split of the same bytes', () => {
    const { samples } = collect(createStatsdParser(), 'ab:1|c|#c\na:1|c|#bc\nabc:1|c')
    expect(samples.map(({ series }) => series.key)).toEqual(['ab|ST[c:]', 'a|ST[bc:]', 'abc'])
  })
})
