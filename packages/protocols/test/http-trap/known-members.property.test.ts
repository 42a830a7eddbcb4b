import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createSpellings } from '../../src/http-trap/json/spellings.ts'
import { createKnownMembers } from '../../src/http-trap/known-members.ts'
import { createNameTree } from '../../src/http-trap/name-tree.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { arrival, brief, collectBody } from '../collect.ts'

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('0', '-0', '1.0', '1e2', '01', '1.', '-', '9007199254740993', '1e999', '4294967295', '-1'),
)
const member = fc.oneof(
  number.map((text) => `"_value":${text}`),
  fc.constantFrom('n', 'i', 'I', 'l', 'L', 's', 'h', 'q', 'nn', '').map((type) => `"_type":"${type}"`),
  fc
    .constantFrom('0', '-5', '0.5', '1700000000000', `${arrival}`, '9e15', '"7"', 'null', '1700000000000.9')
    .map((time) => `"_ts": ${time}`),
  fc.constantFrom('"_tags":["a:b"]', '"_fl":"+"', '"x":1', '"_value":null', '"_value":[1,2]', '"_typ":"n"'),
)
const leaf = fc
  .tuple(number, fc.array(member, { maxLength: 4 }), fc.nat({ max: 3 }), fc.constantFrom(',', ', ', ' ,\n'))
  .map(([value, others, place, comma]) => {
    const members = [...others]
    members.splice(place, 0, `"_value":${value}`)
    return `{${members.join(comma)}}`
  })
const value = fc.oneof(
  { arbitrary: number, weight: 3 },
  { arbitrary: leaf, weight: 3 },
  fc.constantFrom('null', 'true', '"up"', '[1,{"_value":2}]', '{"a":1,"b":{"_value":3}}', '{}'),
)
const name = fc.constantFrom('a', 'b', 'ab', 'abc', 'metric_of_a_host', 'é', '_v', 'a\\"b', '')

interface Shape {
  readonly names: readonly string[]
  readonly space: string
}
const shape: fc.Arbitrary<Shape> = fc.record({
  names: fc.array(name, { minLength: 1, maxLength: 6 }),
  space: fc.constantFrom('', ' ', '\n\t'),
})
const bodyOf = ({ names, space }: Shape, values: readonly string[]): string =>
  `{${names.map((each, at) => `${space}"${each}":${space}${values[at % values.length] ?? '1'}`).join(`${space},`)}}`

const values = fc.array(value, { minLength: 1, maxLength: 6 })
const edits = fc.array(
  fc.record({
    at: fc.nat({ max: 300 }),
    removed: fc.nat({ max: 2 }),
    put: fc.constantFrom('', '"', ',', '}', '{', ':', '0', '\\', ' ', '_', '\u0001'),
  }),
  { maxLength: 2 },
)
const spoil = (body: string, changes: readonly { at: number; removed: number; put: string }[]): string =>
  changes.reduce((text, { at, removed, put }) => {
    const from = at % (text.length + 1)
    return text.slice(0, from) + put + text.slice(from + removed)
  }, body)

describe('a body with the names of the one before', () => {
  it('gives the samples, problems and outcome that a parser gives to whom it is new, spoilt or not, within all limits', () => {
    fc.assert(
      fc.property(
        shape,
        values,
        fc.array(values, { minLength: 1, maxLength: 3 }),
        edits,
        fc.record({ maxDepth: fc.integer({ min: 1, max: 4 }), maxValues: fc.integer({ min: 1, max: 9 }) }),
        (names, first, later, changes, limits) => {
          const used = createHttpTrapParser(limits)
          collectBody(used, bodyOf(names, first))
          for (const next of later) {
            const body = Buffer.from(spoil(bodyOf(names, next), changes))
            const known = collectBody(used, body)
            const fresh = collectBody(createHttpTrapParser(limits), body)
            expect(known).toEqual(fresh)
            expect(known.samples.map(brief)).toEqual(fresh.samples.map(brief))
            expect(known.samples.map((sample) => Object.keys(sample))).toEqual(
              fresh.samples.map((sample) => Object.keys(sample)),
            )
          }
        },
      ),
      runs(1000),
    )
  })
})

/** How many values of a body behind `{` are read without the whole grammar, and what is left. */
function readKnown(text: string, bounds = {}): readonly [number, string] {
  const tree = createNameTree(100_000)
  const spellings = createSpellings()
  const node = tree.begin()
  const names = { left: 1000, made: 0 }
  let last: typeof node | undefined
  for (const each of ['a', 'a name', 'c']) {
    const child = tree.child(node, each, names)
    const spelt = Buffer.from(`"${each}"`)
    child.spelling = spellings.add(spelt, 0, spelt.length)
    tree.series(child)
    if (last === undefined) node.first = child
    else last.next = child
    last = child
  }
  const bytes = new Uint8Array(Buffer.from(text))
  const view = new DataView(bytes.buffer)
  const sink = { sample: () => undefined, problem: () => undefined }
  const known = createKnownMembers(bytes, view, spellings, arrival, sink)
  const all = { until: bytes.length, values: 100, nests: true, ...bounds }
  const end = known.read({ node, previous: undefined }, 1, true, all)
  return [known.taken, text.slice(end)]
}

describe('known members', () => {
  it.each([
    ['numbers', '{"a":1,"a name":-2.5,"c":3e2}', 3, '}'],
    ['with space', '{ "a" : 1 , "a name": 2,\n"c":3 }', 3, ' }'],
    ['typed values', '{"a":{"_value":1},"a name":{"_type":"L","_value":2,"_ts":3},"c":1}', 3, '}'],
    ['up to another name', '{"a":1,"b":2,"c":3}', 1, ',"b":2,"c":3}'],
    ['up to a text', '{"a":1,"a name":"2","c":3}', 1, ',"a name":"2","c":3}'],
    ['up to more digits than a double has', '{"a":9007199254740993}', 0, '"a":9007199254740993}'],
    ['up to a list', '{"a":1,"a name":{"_value":[2]}}', 1, ',"a name":{"_value":[2]}}'],
    ['up to the end', '{"a":1,"a name":2', 2, ''],
  ])('are read by themselves: %s', (_, text, taken, rest) => {
    expect(readKnown(text)).toEqual([taken, rest])
  })

  it('stop at each bound', () => {
    const text = '{"a":1,"a name":{"_value":2},"c":3}'
    expect(readKnown(text, { values: 1 })[0]).toBe(1)
    expect(readKnown(text, { nests: false })[0]).toBe(1)
    expect(readKnown(text, { until: 6 })[0]).toBe(1)
  })
})
