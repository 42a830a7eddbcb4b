import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type JsonSchema, parseRuleSets, ruleSet, ruleSetSchema } from '../src/index.ts'

/** The keywords of JSON Schema 2020-12 that the schema uses, read by themselves and each as its specification says. */
const keywords: Record<string, (rule: never, value: unknown, schema: JsonSchema) => boolean> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  type: (rule: string, value) => rule === typeOf(value),
  anyOf: (rule: JsonSchema[], value) => rule.some((schema) => accepts(schema, value)),
  enum: (rule: unknown[], value) => rule.includes(value),
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule, 'u').test(value),
  minLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length >= rule,
  maxLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length <= rule,
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  items: (rule: JsonSchema, value) => !Array.isArray(value) || value.every((item) => accepts(rule, item)),
  minProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length >= rule,
  maxProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length <= rule,
  required: (rule: string[], value) => !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (rule: Record<string, JsonSchema>, value) =>
    !isObject(value) ||
    Object.entries(rule).every(
      ([name, schema]) => !Object.hasOwn(value, name) || accepts(schema, value[name]),
    ),
  additionalProperties: (_: false, value, { properties = {} }) =>
    !isObject(value) || Object.keys(value).every((name) => Object.hasOwn(properties, name)),
}

const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object'
const typeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value

function accepts(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, rule]) => keywords[keyword]!(rule as never, value, schema))
}

/** What the parser checks beyond the shape. */
const beyondShape =
  /can never decide|must be unique|must be a tag query: |must be at most the duration|less than 2\^53|a regular expression: |cannot judge an average|make two rule sets/

function parses(json: unknown): 'yes' | 'no' | 'not in meaning' {
  try {
    parseRuleSets(json)
    return 'yes'
  } catch (error) {
    return beyondShape.test(String(error)) ? 'not in meaning' : 'no'
  }
}

const samples: unknown[] = [
  ruleSet('a').select('*').average('5m', '0s').above(1, 1).absentFor('1m', 2).build(),
  ruleSet('b').select('*').named('n').notes('').link('l').matches('a', 1).contains('b', 2).changed(5).build(),
  ruleSet('c').select('*').equals(1, 1).notEquals(2, 4).build(),
]

/** A good document with one value, somewhere in it, replaced, added or left out. */
const documents = fc
  .tuple(
    fc.subarray(samples),
    fc.array(fc.nat(7), { maxLength: 5 }),
    fc.oneof(
      fc.constantFrom<unknown>(
        0,
        1,
        5,
        6,
        '',
        'a|b',
        '5m',
        '0s',
        '00d',
        '5',
        'average',
        true,
        null,
        [],
        {},
        undefined,
      ),
      fc.constantFrom('x'.repeat(128), 'x'.repeat(129), '😀'.repeat(128), '😀'.repeat(129), 'y'.repeat(5000)),
      fc.jsonValue(),
    ),
    fc.constantFrom('above', 'below', 'equals', 'changed', 'minFill', 'severity', 'id', 'other', undefined),
  )
  .map(([sets, path, value, name]) => {
    const root = { document: structuredClone(sets) as unknown }
    let holder: Record<string, unknown> = root
    let key = 'document'
    for (const step of path) {
      const next = holder[key]
      if (typeof next !== 'object' || next === null) break
      const keys = Object.keys(next)
      if (keys.length === 0) break
      holder = next as Record<string, unknown>
      key = keys[step % keys.length]!
    }
    holder[name !== undefined && !Array.isArray(holder) && holder !== root ? name : key] = value
    return JSON.parse(JSON.stringify(root.document ?? null)) as unknown
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
      { numRuns: Number(process.env['FC_NUM_RUNS'] ?? 500) },
    )
    expect(seen.yes).toBeGreaterThan(0)
    expect(seen.no).toBeGreaterThan(0)
  })

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(ruleSetSchema))).toEqual(ruleSetSchema)
  })
})
