import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { arrival, brief, collectBody } from '../collect.ts'

const read = (input: string, options = {}): readonly string[] => {
  const { samples, problems, outcome } = collectBody(createHttpTrapParser(options), input)
  return [
    ...samples.map(brief),
    ...problems.map(({ reason }) => `! ${reason}`),
    ...(outcome.stopped === undefined ? [] : [`stopped: ${outcome.stopped.reason}`]),
  ]
}

describe('HTTPTrap', () => {
  it.each([
    ['nested objects', '{"a":{"b":{"c":1}},"d":2}', ['a`b`c gauge 1', 'd gauge 2']],
    ['arrays by index', '{"a":[1,{"b":2},[3]]}', ['a`0 gauge 1', 'a`1`b gauge 2', 'a`2`0 gauge 3']],
    ['booleans', '{"up":true,"down":false}', ['up gauge 1', 'down gauge 0']],
    ['text', '{"version":"v1.2.3","free":"12 foo"}', ['version text "v1.2.3"', 'free text "12 foo"']],
    [
      'strings that are numbers',
      '{"a":"12","b":" -1.5 ","c":"99%","d":"1.5e+3"}',
      ['a gauge 12', 'b gauge -1.5', 'c gauge 99', 'd gauge 1500'],
    ],
    [
      'strings that only look like numbers',
      '{"a":"007","b":"1e5","c":"","d":"%"}',
      ['a text "007"', 'b text "1e5"', 'c text ""', 'd text "%"'],
    ],
    ['a typed value', '{"a":{"_type":"n","_value":"1e5"}}', ['a gauge 100000']],
    [
      'a typed value with its time',
      '{"a":{"_type":"L","_value":7,"_ts":1700000000123}}',
      ['a gauge 7 @1700000000123'],
    ],
    ['a value with a time alone', '{"a":{"_value":7,"_ts":1700000000123}}', ['a gauge 7 @1700000000123']],
    ['text by type', '{"a":{"_type":"s","_value":12.50}}', ['a text "12.50"']],
    [
      '64 bits by type',
      '{"a":{"_type":"L","_value":"18446744073709551614"}}',
      ['a gauge 18446744073709552000 =18446744073709551614'],
    ],
    [
      'a list beyond 2^53',
      '{"a":{"_type":"L","_value":[18446744073709551614]}}',
      ['a gauge 18446744073709552000 =18446744073709551614'],
    ],
    [
      'a rounded mean beyond 2^53',
      '{"a":{"_value":[9007199254740992,9007199254740995]}}',
      ['a gauge 9007199254740994'],
    ],
    [
      'a mean that is whole, though a sum of doubles is not',
      '{"a":{"_type":"i","_value":[0.1,0.2,2.7]}}',
      ['a gauge 1'],
    ],
    [
      'a mean that is only whole when it is rounded',
      '{"a":{"_type":"L","_value":[4503599627370497,4503599627370497,4503599627370498]},"b":1}',
      ['a gauge 4503599627370497', 'b gauge 1'],
    ],
    [
      'a mean of numbers whose sum no double holds',
      '{"a":{"_value":[1.7e308,1.7e308]}}',
      ['a gauge 1.7e+308'],
    ],
    ['64 bits without type', '{"a":-9007199254740993}', ['a gauge -9007199254740992 =-9007199254740993']],
    ['the mean of a list', '{"a":{"_type":"n","_value":[1,2]}}', ['a gauge 1.5']],
    [
      'tags beside the value',
      '{"a":{"_value":1,"_type":"n","_tags":["x:1","b\\"eQ==\\":2"]}}',
      ['a|ST[x:1,y:2] gauge 1'],
    ],
    ['canonical names', '{"a|ST[y:2,x:1]":1}', ['a|ST[x:1,y:2] gauge 1']],
    ['several documents', '{"a":1}{"a":2}\n{"b":3}', ['a gauge 1', 'a gauge 2', 'b gauge 3']],
    ['escapes', '{"a\\u0041\\n":"\\"x\\\\"}', ['aA text "\\"x\\\\"']],
    [
      'names of objects',
      '{"__proto__":1,"constructor":{"prototype":2}}',
      ['__proto__ gauge 1', 'constructor`prototype gauge 2'],
    ],
    ['an empty object', '{}', []],
  ])('takes %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['a value outside its type', '{"a":{"_type":"I","_value":-1}}', 'bad-value'],
    ['a fraction for a whole number', '{"a":{"_type":"i","_value":1.5}}', 'bad-value'],
    ['a word for a number', '{"a":{"_type":"n","_value":"x"}}', 'bad-value'],
    ['a number beyond doubles', '{"a":1e999}', 'bad-value'],
    ['an unknown type', '{"a":{"_type":"q","_value":1}}', 'unknown-type'],
    ['a type that is no string', '{"a":{"_type":1,"_value":1}}', 'malformed'],
    ['a type without value', '{"a":{"_type":"n"}}', 'malformed'],
    ['an object as value', '{"a":{"_value":{"x":1},"_type":"n"}}', 'malformed'],
    ['a list with text', '{"a":{"_value":[1,"x"],"_type":"n"}}', 'bad-value'],
    ['a list of texts', '{"a":{"_value":["x","y"],"_type":"s"}}', 'bad-value'],
    ['a list in a list', '{"a":{"_value":[1,[2]]}}', 'malformed'],
    [
      'a value inside a name over the limit',
      `{"${'x'.repeat(4090)}":{"${'y'.repeat(9)}":{"z":1}}}`,
      'bad-name',
    ],
    ['a digit for each of many bytes', `{"a":${'1'.repeat(5000)}}`, 'text-too-long'],
    ['no name', '12', 'bad-name'],
    ['a name over the limit', `{"${'x'.repeat(5000)}":1}`, 'bad-name'],
    ['a text over the limit', `{"a":"${'x'.repeat(5000)}"}`, 'text-too-long'],
    ['half a surrogate pair', '{"a":"\\ud800"}', 'bad-value'],
  ])('leaves out, with a problem, %s', (_, input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
    expect(collectBody(createHttpTrapParser(), input).outcome.filtered).toBe(1)
  })

  it('counts null and reports no problem', () => {
    const { samples, problems, outcome } = collectBody(
      createHttpTrapParser(),
      '{"a":null,"b":{"_type":"n","_value":null}}',
    )
    expect([samples, problems, outcome]).toEqual([[], [], { filtered: 2 }])
  })

  it.each([
    ['nothing', ''],
    ['space', ' \n'],
    ['a word', '{"a":1,"b":nope}'],
    ['an object that does not end', '{"a":1,'],
    ['a string that does not end', '{"a":1,"b":"x'],
    ['a comma too many', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['a leading zero', '{"a":1,"b":012}'],
    ['a bare fraction', '{"a":1,"b":.5}'],
    ['a control character', '{"a":1,"b":"x\ny"}'],
    ['a bad escape', '{"a":1,"b":"\\x"}'],
    ['rubbish behind the document', '{"a":1} x'],
  ])('stops at %s and keeps what came before', (_, input) => {
    expect(read(input).filter((line) => line !== 'a gauge 1')).toEqual(['stopped: bad-json'])
    expect(read(input).length).toBe(input.includes('"a":1') ? 2 : 1)
  })

  it('stops at a depth and at a number of values', () => {
    expect(read('{"a":1,"b":{"c":{"d":2}}}', { maxDepth: 2 })).toEqual(['a gauge 1', 'stopped: too-deep'])
    expect(read(`{"a":1,"b":${'['.repeat(100_000)}`)).toEqual(['a gauge 1', 'stopped: too-deep'])
    expect(read('{"_value":[[[[]]]]}', { maxDepth: 2 })).toEqual(['stopped: too-deep'])
    expect(read('[1,2,3]', { maxValues: 2 })).toEqual(['0 gauge 1', '1 gauge 2', 'stopped: too-many-values'])
  })

  it.each([
    ['a value', Buffer.from('{"a":"\xff","b":1}', 'latin1'), 1],
    ['a value cut in a character', Buffer.from('{"a":"\xe2\x82","b":1}', 'latin1'), 1],
    ['a surrogate', Buffer.from('{"a":"\xed\xa0\x80","b":1}', 'latin1'), 1],
    ['what is in a name', Buffer.from('{"\xff":{"c":1,"d":[2]},"b":1}', 'latin1'), 2],
    ['a _value', Buffer.from('{"a":{"_value":["\xff"]},"b":1}', 'latin1'), 1],
  ])('leaves out what is not UTF-8 and goes on: %s', (_, body, filtered) => {
    const { samples, problems, outcome } = collectBody(createHttpTrapParser(), body)
    expect(samples.map(brief)).toEqual(['b gauge 1'])
    expect([problems.length, outcome]).toEqual([filtered, { filtered }])
  })

  it('says in bytes where a problem is', () => {
    const { problems } = collectBody(createHttpTrapParser(), '{"é":1,"b":1e999,"ü":{"c":1e999}}')
    const body = Buffer.from('{"é":1,"b":1e999,"ü":{"c":1e999}}')
    expect(problems.map(({ start, end }) => body.subarray(start, end).toString())).toEqual(['1e999', '1e999'])
  })

  it('keeps the arrival time beside a time of its own', () => {
    const { samples } = collectBody(createHttpTrapParser(), '{"a":{"_value":7,"_ts":5}}')
    expect(samples[0]).toMatchObject({ time: 5, receivedAt: arrival })
  })

  it('keeps names as far as there is room, and begins anew with the next body where there is none', () => {
    const parser = createHttpTrapParser({ maxNameBytes: 1000 })
    const seriesOf = (body: string) => collectBody(parser, body).samples.map(({ series }) => series)
    const [a, , c, again] = seriesOf('{"a":1,"b":1,"c":1}{"c":2}')
    expect(again).not.toBe(c)
    expect(again).toEqual(c)
    const [later] = seriesOf('{"a":1}')
    expect(later).not.toBe(a)
    expect(seriesOf('{"a":1}')[0]).toBe(later)
  })

  it('flattens as a plain walk over JSON.parse does', () => {
    const flatten = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, child]) =>
            flatten(child, path === '' ? key : `${path}\`${key}`),
          )
        : [`${path}=${JSON.stringify(value)}`]
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/)
    const leaf = fc.oneof(fc.integer(), fc.array(fc.integer(), { maxLength: 3 }))
    const tree = fc.object({ key: name, values: [leaf], maxDepth: 4, maxKeys: 5 })
    fc.assert(
      fc.property(tree, fc.boolean(), (document, pretty) => {
        const { samples, outcome } = collectBody(
          createHttpTrapParser(),
          JSON.stringify(document, null, pretty ? 2 : 0),
        )
        expect(samples.map(({ series, value }) => `${series.key}=${JSON.stringify(value)}`)).toEqual(
          flatten(document, ''),
        )
        expect(outcome).toEqual({ filtered: 0 })
      }),
    )
  })

  it('places a text that ends in a backslash inside the body', () => {
    const { outcome } = collectBody(createHttpTrapParser(), '"a\\')
    expect(outcome.stopped).toMatchObject({ reason: 'bad-json', start: 3, end: 3 })
  })

  it('never throws, whatever the bytes, and stops exactly where JSON.parse does not read a document', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"a"',
      '"_value"',
      '"_type"',
      ':',
      ',',
      '1',
      '-',
      '.5',
      'null',
      ' ',
      '\\',
    )
    const text = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(text, fc.json()), (input) => {
        const { outcome } = collectBody(createHttpTrapParser(), input)
        let valid = true
        try {
          JSON.parse(input)
        } catch {
          valid = false
        }
        if (valid) expect(outcome.stopped).toBeUndefined()
      }),
      runs(300),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void collectBody(createHttpTrapParser(), bytes)))
  })
})
