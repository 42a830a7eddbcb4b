import { Flaw, found } from './flaw.ts'
import type { Shape } from './shape.ts'

/** Adds meaning that JSON Schema cannot say. `find` gets a value of the right shape; paths of its flaws begin there. */
export const refine = <T>(shape: Shape<T>, find: (value: T) => Flaw | undefined): Shape<T> => ({
  schema: shape.schema,
  walk: (value, copies) => {
    const result = shape.walk(value, copies)
    return result instanceof Flaw ? result : (find(result) ?? result)
  },
})

/** Of the items, none has the same value in a field as another. */
export const unique = <Name extends string, T extends { readonly [N in Name]: string }>(
  items: Shape<readonly T[]>,
  name: Name,
): Shape<readonly T[]> =>
  refine(items, (list) => {
    const places = new Map<string, number>()
    for (const [index, { [name]: value }] of list.entries()) {
      const twin = places.get(value)
      if (twin !== undefined) {
        return new Flaw(`[${index}].${name}`, `must be unique, but [${twin}].${name} is ${found(value)} too`)
      }
      places.set(value, index)
    }
    return undefined
  })

/** Adds to what is wrong with a value itself, and not with a part of it, what to write instead. */
export const advise = <T>(shape: Shape<T>, advice: (value: unknown) => string | undefined): Shape<T> => ({
  schema: shape.schema,
  walk: (value, copies) => {
    const result = shape.walk(value, copies)
    if (!(result instanceof Flaw) || result.path !== '') return result
    const words = advice(value)
    return words === undefined ? result : new Flaw('', `${result.words}; ${words}`)
  },
})
