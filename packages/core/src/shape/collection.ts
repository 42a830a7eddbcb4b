import { fieldStep, Flaw, unlike } from './flaw.ts'
import { isObject } from './object.ts'
import type { Shape } from './shape.ts'

/** An array of `min` to `max` items. One of another length is refused before its items are looked at. */
export function list<T>(
  item: Shape<T>,
  min: number,
  max: number,
  description = `an array of ${min} to ${max} items`,
): Shape<readonly T[]> {
  return {
    schema: { type: 'array', minItems: min, maxItems: max, items: item.schema, description },
    walk: (value, copies) => {
      if (!Array.isArray(value)) return unlike(description, value)
      const items: readonly unknown[] = value
      const { length } = items
      if (length < min || length > max) return unlike(description, value)
      const copy: T[] = []
      // By its index, which also finds holes.
      for (let index = 0; index < length; index++) {
        const result = item.walk(items[index], copies)
        if (result instanceof Flaw) return result.under(`[${index}]`)
        if (copies) copy.push(result)
      }
      return copies ? copy : (value as readonly T[])
    },
  }
}

/** An object as a map of at most `max` entries. Its copy has no prototype, so that any name is safe to look up. */
export function mapOf<T>(
  names: Shape<string>,
  item: Shape<T>,
  max: number,
  description = `an object of at most ${max} entries`,
): Shape<Readonly<Record<string, T>>> {
  return {
    schema: {
      type: 'object',
      maxProperties: max,
      propertyNames: names.schema,
      additionalProperties: item.schema,
      description,
    },
    walk: (value, copies) => {
      if (!isObject(value)) return unlike(description, value)
      const given = Object.keys(value)
      if (given.length > max) return new Flaw('', `must be ${description}, got ${given.length}`)
      const copy = Object.create(null) as Record<string, T>
      for (const name of given) {
        const field = value[name]
        if (field === undefined) continue
        const wrong = names.walk(name, false)
        if (wrong instanceof Flaw) return new Flaw('', `has a name that ${wrong.words}`)
        const result = item.walk(field, copies)
        if (result instanceof Flaw) return result.under(fieldStep(name))
        if (copies) copy[name] = result
      }
      return copies ? copy : (value as Readonly<Record<string, T>>)
    },
  }
}
