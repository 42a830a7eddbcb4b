import { Flaw } from './flaw.ts'
import type { JsonSchema } from './json-schema.ts'

/**
 * One description of a value, which the type of `T`, the check and the JSON Schema share. A description that is annotated,
 * `const routeShape: Shape<Route> = object({...})`, compiles only where it says neither more nor less than the type.
 */
export interface Shape<in out T> {
  /** The same for editors and forms. What `refine` adds, it cannot say. */
  readonly schema: JsonSchema
  /**
   * Goes through a value once: what is wrong with it, or else the value; where `copies`, a copy with the known fields only,
   * without those that are `undefined`. As deep as the description, at most as long as its bounds.
   */
  walk(value: unknown, copies: boolean): T | Flaw
}

/** A copy of a value of unknown origin, or what is wrong with it. `path` is what the sentence calls the value. */
export function read<T>(shape: Shape<T>, value: unknown, path: string): T | Flaw {
  const result = walk(shape, value, true)
  return result instanceof Flaw ? result.under(path) : result
}

/** What is wrong with a value of unknown origin, `undefined` when all is well. Copies nothing. */
export function check<T>(shape: Shape<T>, value: unknown, path: string): Flaw | undefined {
  const result = walk(shape, value, false)
  return result instanceof Flaw ? result.under(path) : undefined
}

/** A field of a value of unknown origin, by the names of the way to it; `undefined` where it is not there, or not what it must be. */
export function readField<T>(shape: Shape<T>, value: unknown, ...way: readonly string[]): T | undefined {
  try {
    let field: unknown = value
    for (const name of way) field = isObject(field) && Object.hasOwn(field, name) ? field[name] : undefined
    const result = shape.walk(field, true)
    return result instanceof Flaw ? undefined : result
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function walk<T>(shape: Shape<T>, value: unknown, copies: boolean): T | Flaw {
  try {
    return shape.walk(value, copies)
  } catch {
    // Getters and proxies are programs of their own.
    return new Flaw('', 'must be plain data, but throws where it is read')
  }
}

/** The JSON Schema of a shape as a document of its own, with the definitions of the recursive shapes in it. */
export const schemaOf = <T>(
  shape: Shape<T>,
  title: string,
  definitions?: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title,
  ...shape.schema,
  ...(definitions !== undefined && { $defs: definitions }),
})
