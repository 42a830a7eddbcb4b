import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import {
  byField,
  check,
  integer,
  list,
  object,
  optional,
  read,
  recursive,
  schemaOf,
  type Shape,
} from '../../src/shape/index.ts'
import { accepts } from './oracle.ts'

interface Near {
  readonly near?: number
}
interface Leaf extends Near {
  readonly leaf: number
}
interface All extends Near {
  readonly all: readonly Tree[]
}
type Tree = Leaf | All

const near = optional(integer(0, 9))
const tree = recursive<Tree>('tree', 'a tree', 4, (self) => {
  const leaf: Shape<Leaf> = object({ leaf: integer(0, 9), near })
  const all: Shape<All> = object({ all: list(self, 1, 3), near })
  return byField({ leaf, all })
})
const message = (value: unknown): string | undefined => check(tree, value, 'it')?.message
const nested = (depth: number): unknown => (depth === 1 ? { leaf: 1 } : { all: [nested(depth - 1)] })

describe('a shape that holds itself', () => {
  it('goes as deep as it may, and names the place where it is too deep', () => {
    expect(read(tree, nested(4), 'it')).toEqual(nested(4))
    expect(message(nested(5))).toBe('it.all[0].all[0].all[0].all[0] must be nested at most 4 deep')
    expect(message(nested(4))).toBeUndefined()
  })

  it('ends where a value holds itself', () => {
    const circle: Record<string, unknown> = {}
    circle['all'] = [circle]
    expect(message(circle)).toContain('must be nested at most 4 deep')
  })

  it('counts depth anew after a value that throws where it is read', () => {
    const throwing = {
      all: [
        {
          get leaf(): number {
            throw new Error('gone')
          },
        },
      ],
    }
    for (let time = 0; time < 5; time++) expect(message(throwing)).toContain('throws where it is read')
    expect(message(nested(4))).toBeUndefined()
  })

  it('is a definition that its schema refers to', () => {
    const schema = schemaOf(list(tree, 0, 2), 'Trees', tree.definition)
    expect(schema.items?.$ref).toBe('#/$defs/tree')
    expect(Object.keys(schema.$defs ?? {})).toEqual(['tree'])
    expect(accepts(schema, [nested(3)])).toBe(true)
    expect(accepts(schema, [{ all: [{ leaf: 'x' }] }])).toBe(false)
  })

  it('takes what its schema takes, where that is not too deep', () => {
    const schema = schemaOf(tree, 'Tree', tree.definition)
    const { tree: trees } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.record({ leaf: fc.oneof({ weight: 8, arbitrary: fc.nat(9) }, fc.constant('x')) }),
        fc.record(
          { all: fc.array(tie('tree'), { maxLength: 2 }), near: fc.nat(12), leaf: fc.nat(3) },
          { requiredKeys: ['all'] },
        ),
      ),
    }))
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(trees, (value) => {
        const isGood = accepts(schema, value)
        seen[isGood ? 'taken' : 'refused'] += 1
        expect(message(value) === undefined).toBe(isGood)
      }),
      runs(1000),
    )
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(20)
  })
})

describe('one of several objects, told apart by a field', () => {
  it.each([
    [{}, 'it must be an object with exactly one of leaf, all, got an empty object'],
    [
      { leaf: 1, all: [] },
      'it must be an object with exactly one of leaf, all, got an object with leaf, all',
    ],
    [{ near: 1 }, 'it must be an object with exactly one of leaf, all, got an object with near'],
    [{ laef: 1 }, 'it.laef is not known here; known are leaf, all'],
    [{ leaf: 1, far: 1 }, 'it.far is not known here; known are leaf, near'],
    [[], 'it must be an object with exactly one of leaf, all, got an array of 0'],
    [null, 'it must be an object with exactly one of leaf, all, got null'],
    [{ leaf: 1, near: 10 }, 'it.near must be a whole number from 0 to 9, got 10'],
  ])('says of %j what is wrong', (value, sentence) => {
    expect(message(value)).toBe(sentence)
  })

  it('takes a field that is undefined as one that is not there, and no field from a prototype', () => {
    expect(read(tree, { leaf: 1, all: undefined }, 'it')).toEqual({ leaf: 1 })
    expect(message(Object.create({ leaf: 1 }))).toContain('exactly one of leaf, all')
  })
})
