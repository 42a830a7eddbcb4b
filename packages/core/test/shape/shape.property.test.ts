import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import {
  check,
  either,
  Flaw,
  integer,
  list,
  mapOf,
  number,
  object,
  oneField,
  oneOf,
  optional,
  read,
  type Shape,
  text,
  variants,
} from '../../src/shape/index.ts'
import { accepts, known, leadsToFlaw } from './oracle.ts'

/** A shape that nobody knows the type of, and values that fit it. */
interface Case {
  readonly shape: Shape<never>
  readonly fits: fc.Arbitrary<unknown>
}

const names = fc.constantFrom('a', 'b', 'type', '__proto__', 'constructor', 'x.y', 'a "b" c', '')
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '|', '😀', '\ud800'), maxLength: 6 })
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(0, 1, 7, 2.5, -1, true),
  letters,
  fc.dictionary(names, fc.constantFrom(0, 'a'), { maxKeys: 3 }),
)
const caseOf = (shape: object, fits: fc.Arbitrary<unknown>): Case => ({ shape: shape as Shape<never>, fits })
const fromEntries = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries)

/** The field, most often as it should be, and sometimes anything or not there. */
const field = (name: string, { fits }: Case, mayMiss: boolean): fc.Arbitrary<[string, unknown][]> =>
  fc.oneof(
    { weight: 20, arbitrary: fits.map((value): [string, unknown][] => [[name, value]]) },
    { weight: 1, arbitrary: junk.map((value): [string, unknown][] => [[name, value]]) },
    { weight: mayMiss ? 8 : 1, arbitrary: fc.constant<[string, unknown][]>([]) },
  )

type FieldOf = readonly [name: string, of: Case, isOptional: boolean]

const valuesOf = (
  fields: readonly FieldOf[],
  more: fc.Arbitrary<[string, unknown][]>,
): fc.Arbitrary<unknown> =>
  fc
    .tuple(...fields.map(([name, of, isOptional]) => field(name, of, isOptional)), more)
    .map((parts) => fromEntries(parts.flat()))

const strangers = fc.oneof(
  { weight: 12, arbitrary: fc.constant<[string, unknown][]>([]) },
  { weight: 1, arbitrary: fc.tuple(names, junk).map((entry): [string, unknown][] => [entry]) },
)

const fieldsOf = (fields: readonly FieldOf[]): object =>
  fromEntries(fields.map(([name, { shape }, isOptional]) => [name, isOptional ? optional(shape) : shape]))

const shapeOf = (fields: readonly FieldOf[], open: boolean): Shape<never> =>
  object<never>(fieldsOf(fields) as never, { open })

const scalars: fc.Arbitrary<Case> = fc.oneof(
  fc.constant(caseOf(number(-2, 2.5), fc.double({ min: -2, max: 2.5, noNaN: true }))),
  fc.constant(caseOf(number(), fc.double({ noNaN: true, noDefaultInfinity: true }))),
  fc.constant(caseOf(integer(0, 5), fc.integer({ min: 0, max: 5 }))),
  fc.constant(caseOf(oneOf(['a', 1, true]), fc.constantFrom('a', 1, true))),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([min, more]) => caseOf(text(min, min + more), letters)),
  fc.constant(caseOf(text(0, 3, 'a text without |', '^[^|]*$'), letters)),
)

const { any } = fc.letrec<{ any: Case; deep: Case; object: Case }>((tie) => {
  const fields = fc.uniqueArray(fc.tuple(names, tie('any'), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
    selector: ([name]) => name,
  })
  return {
    any: fc.oneof({ maxDepth: 3, depthIdentifier: 'shape' }, scalars, tie('deep'), tie('object')),
    object: fc
      .tuple(fields, fc.boolean())
      .map(([of, open]) => caseOf(shapeOf(of, open), valuesOf(of, strangers))),
    deep: fc.oneof(
      fc.tuple(tie('any'), fc.nat(2)).map(([item, min]) => {
        const fits = fc.oneof({ weight: 9, arbitrary: item.fits }, { weight: 1, arbitrary: junk })
        return caseOf(list(item.shape, min, min + 2), fc.array(fits, { minLength: min, maxLength: min + 2 }))
      }),
      tie('any').map(({ shape, fits }) =>
        caseOf(mapOf(text(1, 9), shape, 2), fc.dictionary(names, fits, { maxKeys: 3 })),
      ),
      fields.map((of) =>
        caseOf(
          oneField<never>(fromEntries(of.map(([name, { shape }]) => [name, shape])) as never),
          fc.oneof(...of.map(([name, each]) => field(name, each, false).map(fromEntries))),
        ),
      ),
      tie('object').map(({ shape, fits }) =>
        caseOf(either(text(1, 2), shape), fc.oneof(fc.constantFrom('', 'a', 'abc'), fits)),
      ),
      fc.tuple(fields, fields, fc.boolean()).map(([x, y, open]) => {
        const ofX = x.filter(([name]) => name !== 'type')
        const ofY = y.filter(([name]) => name !== 'type')
        const typed = (type: string, of: readonly FieldOf[]): fc.Arbitrary<unknown> =>
          valuesOf([...of, ['type', caseOf(oneOf([type]), fc.constant(type)), false]], strangers)
        return caseOf(
          variants<never>({ x: fieldsOf(ofX), y: fieldsOf(ofY) }, open),
          fc.oneof(typed('x', ofX), typed('y', ofY)),
        )
      }),
    ),
  }
})

const shapesAndValues = any.chain(({ shape, fits }) =>
  fc.oneof({ weight: 9, arbitrary: fits }, { weight: 1, arbitrary: junk }).map((value) => ({ shape, value })),
)

describe('any shape', () => {
  it('takes what its JSON Schema takes and nothing else, and copies what the schema knows of it', () => {
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(shapesAndValues, ({ shape, value }) => {
        const isGood = accepts(shape.schema, value)
        seen[isGood ? 'taken' : 'refused'] += 1
        const result: unknown = read(shape, value, 'it')
        expect(check(shape, value, 'it') === undefined).toBe(isGood)
        expect(result instanceof Flaw).toBe(!isGood)
        if (isGood) expect(result).toEqual(known(shape.schema, value))
      }),
      runs(1000),
    )
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100)
  })

  it('names the place itself of what is wrong, in a sentence that begins with it', () => {
    const depths = new Set<boolean>()
    fc.assert(
      fc.property(shapesAndValues, ({ shape, value }) => {
        const flaw: unknown = read(shape, value, 'it')
        if (!(flaw instanceof Flaw)) return
        depths.add(flaw.path === 'it')
        expect(flaw.message.startsWith(`${flaw.path} `)).toBe(true)
        expect(flaw.path.startsWith('it')).toBe(true)
        expect(leadsToFlaw(shape.schema, value, flaw.path.slice(2)), flaw.message).toBe(true)
        expect(check(shape, value, 'it')).toEqual(flaw)
      }),
      runs(1000),
    )
    expect(depths.size).toBe(2)
  })
})
