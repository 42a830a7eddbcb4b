import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { arrival, brief, collect } from '../collect.ts'

const read = (input: string): readonly string[] => {
  const { samples, problems } = collect(createGraphiteParser(), input)
  return [...samples.map(brief), ...problems.map(({ reason }) => `! ${reason}`)]
}

describe('graphite', () => {
  it.each([
    ['a line', 'servers.web1.cpu 42.5 1700000000', ['servers.web1.cpu gauge 42.5 @1700000000000']],
    ['a fraction of a second', 'a 1 1700000000.25', ['a gauge 1 @1700000000250']],
    ['arrival time', 'a 1 -1', ['a gauge 1']],
    ['tabs and runs of spaces', ' a\t 1   1700000000 \r\n', ['a gauge 1 @1700000000000']],
    [
      'tags',
      'disk.used;rack=a1;datacenter=dc1 5 1700000000',
      ['disk.used|ST[datacenter:dc1,rack:a1] gauge 5 @1700000000000'],
    ],
    ['the last of a repeated tag', 'a;x=1;x=2 5 -1', ['a|ST[x:2] gauge 5']],
    ['a number beyond 2^53', 'a 9007199254740993 -1', ['a gauge 9007199254740992 =9007199254740993']],
    ['the epoch', 'a 1 0', ['a gauge 1 @0']],
    ['any blanks that Python splits at', '\v a\f1\x1c\x1f1700000000\t\r\n', ['a gauge 1 @1700000000000']],
    ['the last second of 32 bits', 'a 1 4294967295', ['a gauge 1 @4294967295000']],
    ['braces', 'foo{tag="v"} 1 2', ['foo|ST[tag:v] gauge 1 @2000']],
    [
      'several tags in braces, the last of each',
      'foo{b="x",a="1",b="y"} 1 2',
      ['foo|ST[a:1,b:y] gauge 1 @2000'],
    ],
    [
      'quotes in a tag',
      String.raw`foo{a="say\"hi\"",b="\\"} 1 2`,
      [String.raw`foo|ST[a:say"hi",b:b"XA=="] gauge 1 @2000`],
    ],
    ['braces that are no tags', 'foo{a=b} 1 2', ['foo{a=b} gauge 1 @2000']],
    ['names of objects', '__proto__;constructor=x 1 -1', ['__proto__|ST[constructor:x] gauge 1']],
  ])('takes %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['no timestamp', 'a 1', 'malformed'],
    ['a name alone', 'a', 'malformed'],
    ['a fourth part', 'a 1 1700000000 x', 'malformed'],
    ['spaces alone', '   ', 'malformed'],
    ['nan', 'a nan 1700000000', 'bad-value'],
    ['inf', 'a -inf 1700000000', 'bad-value'],
    ['an underscore', 'a 1_000 1700000000', 'bad-value'],
    ['a bad timestamp', 'a 1 now', 'bad-timestamp'],
    ['a negative timestamp', 'a 1 -2', 'bad-timestamp'],
    ['a timestamp after the end of time', 'a 1 1e15', 'bad-timestamp'],
    ['a tag without value', 'a;x= 1 -1', 'bad-name'],
    ['a tag without =', 'a;x 1 -1', 'bad-name'],
    ['a tag that starts with ~', 'a;x=~y 1 -1', 'bad-name'],
    ['a tag with a forbidden character', 'a;x!=y 1 -1', 'bad-name'],
    ['a timestamp of milliseconds', 'foo 1 1557101182262', 'bad-timestamp'],
    ['the first second beyond 32 bits', 'a 1 4294967296', 'bad-timestamp'],
    ['a separator in a braced value', 'foo{a="x;y"} 1 2', 'bad-name'],
    ['an empty braced value', 'foo{a=""} 1 2', 'bad-name'],
    ['a braced tag without quotes', 'foo{a=1,b="2"} 1 2', 'bad-name'],
    ['what stands between braced tags', 'foo{a="1"x,b="2"} 1 2', 'bad-name'],
    ['a brace alone', 'foo{"} 1 2', 'bad-name'],
    ['a second brace', 'foo{a="1"}{b="2"} 1 2', 'bad-name'],
    ['braces without a name', '{a="1"} 1 2', 'bad-name'],
    ['tags without a name', ';x=y 1 -1', 'bad-name'],
  ])('gives one problem and no sample for %s', (_, input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
  })

  it('says how milliseconds are read, and reads them so', () => {
    const line = 'foo 1 1557101182262'
    expect(collect(createGraphiteParser(), line).problems[0]?.message).toMatch(/timestamps: "milliseconds"/)
    const parser = createGraphiteParser({ timestamps: 'milliseconds' })
    expect(collect(parser, `${line}\nfoo 2 -1\nfoo 3 1557101182262.25`).samples.map(brief)).toEqual([
      'foo gauge 1 @1557101182262',
      'foo gauge 2',
      'foo gauge 3 @1557101182262.25',
    ])
    expect(collect(parser, 'foo 1 1557101182').problems).toMatchObject([
      { reason: 'bad-timestamp', message: expect.stringMatching(/timestamps: "seconds"/) },
    ])
  })

  it('refuses options that are none', () => {
    expect(() => createGraphiteParser({ timestamps: 'nanoseconds' as never })).toThrow(
      'PROTOCOL_BAD_OPTION: option "timestamps" must be one of seconds, milliseconds',
    )
  })

  it('keeps the arrival time beside the time of the line', () => {
    expect(collect(createGraphiteParser(), 'a 1 1700000000').samples[0]?.receivedAt).toBe(arrival)
  })

  it('gives a sample or exactly one problem for each line that is not blank, whatever the bytes', () => {
    const part = fc.constantFrom(
      'a',
      ';',
      'k=v',
      ' ',
      '\t',
      '1',
      '-1',
      '1700000000',
      'nan',
      '\r',
      '\xff',
      '__proto__',
    )
    const line = fc.array(part, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''), 'latin1'))
    fc.assert(
      fc.property(fc.oneof(line, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const lines = Buffer.from(bytes).toString('latin1').split('\n')
        const { samples, problems } = collect(
          createGraphiteParser({ maxLineBytes: 30, maxNameBytes: 2000 }),
          bytes,
        )
        expect(samples.length + problems.length).toBe(lines.filter((text) => !/^\r?$/.test(text)).length)
      }),
    )
  })
})
