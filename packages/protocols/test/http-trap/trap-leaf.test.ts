import { describe, expect, it } from 'vitest'

import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { brief, collectBody } from '../collect.ts'

const read = (input: string): readonly string[] => {
  const { samples, problems } = collectBody(createHttpTrapParser(), input)
  return [...samples.map(brief), ...problems.map(({ reason }) => `! ${reason}`)]
}

describe('a value with something wrong beside it', () => {
  it.each([
    ['a time that is none', '{"a":{"_value":1,"_ts":"now"}}', ['a gauge 1', '! bad-timestamp']],
    ['a time beyond all', '{"a":{"_value":1,"_ts":1e300}}', ['a gauge 1', '! bad-timestamp']],
    ['a list of times', '{"a":{"_value":1,"_ts":[5]}}', ['a gauge 1', '! bad-timestamp']],
    ['tags that are no list', '{"a":{"_tags":"x:y","_value":1}}', ['a gauge 1', '! malformed']],
    ['a tag that is no text', '{"a":{"_tags":["x:y",5],"_value":1}}', ['a gauge 1', '! malformed']],
    ['a bad tag', '{"a":{"_value":1,"_tags":["x y"]}}', ['a gauge 1', '! bad-name']],
    [
      'tags that contradict each other',
      '{"a":{"_value":1,"_tags":["x:1","x:2"]}}',
      ['a gauge 1', '! bad-name'],
    ],
    ['several things', '{"a":{"_value":1,"_tags":5,"_ts":{},"_fl":[]}}', ['a gauge 1', '! malformed']],
    [
      'nothing that counts',
      '{"a":{"_fl":5,"_value":1},"b":{"_fl":"x","_value":2}}',
      ['a gauge 1', 'b gauge 2'],
    ],
    ['flags that nest', '{"a":{"_fl":{"x":[1,{}]},"_value":1}}', ['a gauge 1']],
    ['null', '{"a":{"_type":null,"_ts":null,"_tags":null,"_fl":null,"_value":1}}', ['a gauge 1']],
  ])('is taken, with one problem at most: %s', (_, input, expected) => {
    expect(read(input)).toEqual(expected)
    expect(collectBody(createHttpTrapParser(), input).outcome).toEqual({ filtered: 0 })
  })

  it('has its own place in the body, whatever is wrong', () => {
    const body = '{"é":[0,{"_value":1,"_ts":"now"}]}'
    const { problems } = collectBody(createHttpTrapParser(), body)
    expect(problems.map(({ start, end }) => Buffer.from(body).subarray(start, end).toString())).toEqual([
      '{"_value":1,"_ts":"now"}',
    ])
  })
})

describe('the time of a value', () => {
  it.each([
    ['a number', '1700000000123', 1_700_000_000_123],
    ['text', '"1700000000123"', 1_700_000_000_123],
    ['text with blanks and a fraction', '" 1700000000123.9 "', 1_700_000_000_123],
    ['a number with a fraction', '1700000000123.9', 1_700_000_000_123],
    ['a number with an exponent', '1.7e12', 1_700_000_000_000],
    ['0, which is none', '0', 1_700_000_000_500],
    ['-1, which is none', '"-1"', 1_700_000_000_500],
  ])('is taken as %s', (_, ts, time) => {
    const { samples, problems } = collectBody(createHttpTrapParser(), `{"a":{"_ts":${ts},"_value":1}}`)
    expect([samples.map((sample) => sample.time), problems]).toEqual([[time], []])
  })
})

describe('a list in _value', () => {
  it.each([
    ['numbers, whose mean is a number of any type', '{"_type":"L","_value":[1,2]}', ['a gauge 1.5']],
    ['a second _value', '{"_type":"L","_value":1,"_value":2}', ['a gauge 1.5']],
    ['numbers as text, booleans and null', '{"_value":["1"," 2 ",true,null,0]}', ['a gauge 1']],
    ['one element, which stays what it is', '{"_type":"s","_value":["x"]}', ['a text "x"']],
    [
      'one long whole number',
      '{"_type":"L","_value":[18446744073709551614]}',
      ['a gauge 18446744073709552000 =18446744073709551614'],
    ],
    ['nothing', '{"_type":"n","_value":[]}', []],
    ['nothing but null', '{"_type":"n","_value":[null,null]}', []],
  ])('holds %s', (_, leaf, expected) => {
    expect(read(`{"a":${leaf}}`)).toEqual(expected)
  })
})

describe('the flags of a value', () => {
  it.each([
    ['+ makes it what came since the one before', '{"_type":"L","_value":125,"_fl":"+"}', ['a delta 125']],
    ['+ adds up a list', '{"_type":"n","_value":[0.1,0.2,0.3],"_fl":"+"}', ['a delta 0.6']],
    [
      '+ keeps all digits',
      '{"_type":"L","_value":"9007199254740993","_fl":"+"}',
      ['a delta 9007199254740992 =9007199254740993'],
    ],
    ['+ does nothing to a text', '{"_type":"s","_value":"x","_fl":"+"}', ['a text "x"']],
    ['~ is ignored', '{"_type":"n","_value":[1,3],"_fl":"~"}', ['a gauge 2']],
    ['the last sign counts', '{"_type":"n","_value":[1,3],"_fl":"+~"}', ['a gauge 2']],
    ['other signs are ignored', '{"_type":"n","_value":1,"_fl":"x+y"}', ['a delta 1']],
  ])('%s', (_, leaf, expected) => {
    expect(read(`{"a":${leaf}}`)).toEqual(expected)
  })
})

it('takes what stands beside a value in its object as values of their own', () => {
  expect(read('{"a":{"b":2,"_value":1,"c":{"_value":3}}}')).toEqual([
    'a`b gauge 2',
    'a`c gauge 3',
    'a gauge 1',
  ])
  expect(read('{"a":{"b":2,"_ts":5}}')).toEqual(['a`b gauge 2', '! malformed'])
  expect(read('{"a":{"\\u005fvalue":1}}')).toEqual(['a gauge 1'])
  expect(read('{"a":{"_values":1,"_":2}}')).toEqual(['a`_values gauge 1', 'a`_ gauge 2'])
})
