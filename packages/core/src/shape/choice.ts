import { fieldStep, Flaw, unlike } from './flaw.ts'
import { type Fields, isObject, object } from './object.ts'
import { oneOf } from './scalar.ts'
import type { Shape } from './shape.ts'

/** One of two shapes that differ in kind, such as a text or an object. */
export function either<A, B>(
  first: Shape<A>,
  second: Shape<B>,
  description = `${first.schema.description}, or ${second.schema.description}`,
): Shape<A | B> {
  return {
    schema: { anyOf: [first.schema, second.schema], description },
    walk: (value, copies) => {
      const a = first.walk(value, copies)
      if (!(a instanceof Flaw)) return a
      const b = second.walk(value, copies)
      if (!(b instanceof Flaw)) return b
      // A flaw further inside is of the one that was meant.
      return [a, b].find(({ path }) => path !== '') ?? unlike(description, value)
    },
  }
}

/** The member of a union that a value of the field `type` belongs to, without that field. */
type Variant<T, Type> = T extends { readonly type: infer Own }
  ? Type extends Own
    ? Omit<T, 'type'>
    : never
  : never

/** One of several objects, told apart by their field `type`: the other fields of each, by its type. */
export function variants<T extends { readonly type: string }>(
  fields: NoInfer<{ readonly [Type in T['type']]: Fields<Variant<T, Type>> }>,
  open = false,
): Shape<T> {
  const byType = new Map(
    Object.entries(fields as Readonly<Record<string, object>>).map(([type, others]) => [
      type,
      object({ type: oneOf([type]), ...others }, { open }) as Shape<unknown>,
    ]),
  )
  const type = oneOf([...byType.keys()])
  const description = `an object whose type is ${type.schema.description}`
  return {
    schema: { anyOf: [...byType.values()].map(({ schema }) => schema), description },
    walk: (value, copies) => {
      if (!isObject(value)) return unlike(description, value)
      const given = type.walk(Object.hasOwn(value, 'type') ? value['type'] : undefined, copies)
      if (given instanceof Flaw) return given.under('.type')
      return byType.get(given)?.walk(value, copies) as T | Flaw
    },
  }
}

/**
 * One of several objects, told apart by a field that only one of them has: each by the name of that field. Fields that several
 * of them have may stand beside it.
 */
export function byField<S extends Readonly<Record<string, unknown>>>(
  shapes: { readonly [Name in keyof S]: Shape<S[Name]> },
  description = `an object with exactly one of ${Object.keys(shapes).join(', ')}`,
): Shape<S[keyof S]> {
  const byName = new Map<string, Shape<S[keyof S]>>(Object.entries(shapes))
  const names = [...byName.keys()]
  const schemas = [...byName.values()].map(({ schema }) => schema)
  const known = new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties)))
  return {
    schema: { anyOf: schemas, description },
    walk: (value, copies) => {
      if (!isObject(value)) return unlike(description, value)
      const given = names.filter((name) => Object.hasOwn(value, name) && value[name] !== undefined)
      const [first] = given
      const own = given.length === 1 && first !== undefined ? byName.get(first) : undefined
      if (own !== undefined) return own.walk(value, copies)
      const stranger = Object.keys(value).find((name) => !known.has(name) && value[name] !== undefined)
      return stranger !== undefined && first === undefined && known.size > 0
        ? new Flaw(fieldStep(stranger), `is not known here; known are ${names.join(', ')}`)
        : unlike(description, value)
    },
  }
}
