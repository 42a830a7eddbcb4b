import type { JsonSchema } from '@tocsin/core/shape'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { ruleSetSchema } from '../../src/model/rule-set-shape.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { anyRuleSet } from '../../src/testing/any-rule-sets.ts'

/** The keywords of JSON Schema 2020-12 that the schema uses, read by themselves and each as its specification says. */
const keywords: Record<string, (rule: never, value: unknown, schema: JsonSchema) => boolean> = {
  $schema: () => true,
  $defs: () => true,
  $ref: (rule: string, value) => accepts(ruleSetSchema.$defs![rule.replace('#/$defs/', '')]!, value),
  title: () => true,
  description: () => true,
  type: (rule: string, value) => rule === typeOf(value) || (rule === 'integer' && Number.isInteger(value)),
  anyOf: (rule: JsonSchema[], value) => rule.some((schema) => accepts(schema, value)),
  enum: (rule: unknown[], value) => rule.includes(value),
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule, 'u').test(value),
  minimum: (rule: number, value) => typeof value !== 'number' || value >= rule,
  maximum: (rule: number, value) => typeof value !== 'number' || value <= rule,
  minLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length >= rule,
  maxLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length <= rule,
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  items: (rule: JsonSchema, value) => !Array.isArray(value) || value.every((item) => accepts(rule, item)),
  maxProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length <= rule,
  propertyNames: (rule: JsonSchema, value) =>
    !isObject(value) || Object.keys(value).every((name) => accepts(rule, name)),
  required: (rule: string[], value) => !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (rule: Record<string, JsonSchema>, value) =>
    !isObject(value) ||
    Object.entries(rule).every(
      ([name, schema]) => !Object.hasOwn(value, name) || accepts(schema, value[name]),
    ),
  additionalProperties: (rule: false | JsonSchema, value, { properties = {} }) =>
    !isObject(value) ||
    Object.keys(value).every(
      (name) => Object.hasOwn(properties, name) || (rule !== false && accepts(rule, value[name])),
    ),
}

const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object'
const typeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value

function accepts(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, rule]) => keywords[keyword]!(rule as never, value, schema))
}

/** What the parser checks beyond the shape. */
const beyondShape = new RegExp(
  [
    'must be unique',
    'tag query, got "[^"]*": ',
    'regular expression, got .*: ',
    'must be at (most|least) ',
    'must be at most the window',
    'less than 2\\^53',
    '(from 1s to|at most) 400d, got \\d+m?[smhd]$',
    'from 1s to 400d, or a whole number of samples from 1 to 32, got "(?!0+[a-z])\\d+m?[smhd]"$',
    'an IANA time zone',
    'each weekday once',
    'a moment with its zone, such as "[^"]*", got "\\d{4}-\\d\\d-',
    'must be after start',
    'nested at most 16 deep',
    'at most 100 comparisons',
    'is only for (groups|a term)',
    'looks at the last value of a group',
    'compares a text, and',
    'has no members itself',
    'is not for members',
    'cannot clear',
    'exactly the tags',
    'for which a rule waits',
    'cannot judge',
    'must be a finite number, which',
    'is not known here: ',
    'and __name is the name',
    'bytes of it, got',
  ].join('|'),
  'u',
)

function parses(json: unknown): 'yes' | 'no' | 'not in meaning' {
  try {
    parseRuleSets(json)
    return 'yes'
  } catch (error) {
    return beyondShape.test(String(error)) ? 'not in meaning' : 'no'
  }
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    2.5,
    5,
    6,
    '',
    'a|b',
    '5m',
    '0s',
    '00d',
    '5',
    '50%',
    '101%',
    'average',
    true,
  ),
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    undefined,
    '02:00',
    'mon',
    '2026-02-30T00:00:00Z',
    { above: 1 },
    { last: true },
  ),
  fc.constantFrom('x'.repeat(128), 'x'.repeat(129), '😀'.repeat(128), '😀'.repeat(129), 'y'.repeat(5000)),
  fc.jsonValue(),
)
const names = [
  'above',
  'until',
  'equals',
  'changed',
  'minFill',
  'severity',
  'of',
  'some',
  'over',
  'id',
  'by',
  'other',
]

/** Good documents with one value, somewhere in them, replaced, added or left out. */
const documents = fc
  .tuple(
    fc.uniqueArray(anyRuleSet(), { maxLength: 3, selector: ({ id }) => id }),
    fc.array(fc.nat(7), { maxLength: 9 }),
    odd,
    fc.constantFrom(...names, undefined, undefined),
  )
  .map(([sets, path, value, name]) => {
    const root: Record<string, unknown> = { document: structuredClone(sets) }
    let holder = root
    let key = 'document'
    for (const step of path) {
      const next = holder[key]
      if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break
      const keys = Object.keys(next)
      holder = next as Record<string, unknown>
      key = keys[step % keys.length]!
    }
    holder[name !== undefined && !Array.isArray(holder) && holder !== root ? name : key] = value
    return JSON.parse(JSON.stringify(root['document'] ?? null)) as unknown
  })

describe('any rule set', () => {
  it('is taken by the parser and by the schema, and is the same when it is read again', () => {
    fc.assert(
      fc.property(anyRuleSet(), (ruleSet) => {
        const parsed = parseRuleSets([ruleSet])
        expect(parsed).toEqual([ruleSet])
        expect(parseRuleSets(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed)
        expect(accepts(ruleSetSchema, JSON.parse(JSON.stringify([ruleSet])))).toBe(true)
      }),
      runs(300),
    )
  })
})

describe('the schema', () => {
  it('takes the shapes that parseRuleSets takes, and no other', () => {
    const seen = { yes: 0, no: 0, 'not in meaning': 0 }
    fc.assert(
      fc.property(documents, (json) => {
        const verdict = parses(json)
        seen[verdict] += 1
        expect(accepts(ruleSetSchema, json)).toBe(verdict !== 'no')
      }),
      runs(1000),
    )
    expect(Math.min(seen.yes, seen.no, seen['not in meaning'])).toBeGreaterThan(5)
  })

  it('is plain JSON, and tells conditions once', () => {
    const json = JSON.stringify(ruleSetSchema)
    expect(JSON.parse(json)).toEqual(ruleSetSchema)
    expect(json.split('"#/$defs/condition"').length - 1).toBeGreaterThan(5)
    expect(Object.keys(ruleSetSchema.$defs ?? {})).toEqual(['condition'])
  })
})
