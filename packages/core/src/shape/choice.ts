import { Flaw, unlike } from './flaw.ts'
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
