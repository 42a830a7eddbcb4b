import { unlike } from './flaw.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Shape } from './shape.ts'

const leaf = <T>(schema: JsonSchema, isAllowed: (value: unknown) => boolean): Shape<T> => ({
  schema,
  walk: (value) => (isAllowed(value) ? (value as T) : unlike(schema.description, value)),
})

/** A finite number, within bounds where they are given. */
export const number = (min?: number, max?: number, description = 'a finite number'): Shape<number> =>
  leaf(
    {
      type: 'number',
      ...(min !== undefined && { minimum: min }),
      ...(max !== undefined && { maximum: max }),
      description,
    },
    (value) => Number.isFinite(value) && isWithin(value, min, max),
  )

/** A whole number from `min` to `max`, both within those that a number holds exactly. */
export const integer = (
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
  description = `a whole number from ${min} to ${max}`,
): Shape<number> =>
  leaf(
    { type: 'integer', minimum: min, maximum: max, description },
    (value) => Number.isInteger(value) && isWithin(value, min, max),
  )

const isWithin = (value: unknown, min = -Infinity, max = Infinity): boolean =>
  (value as number) >= min && (value as number) <= max

/** One of the listed values. */
export function oneOf<const V extends string | number | boolean | null>(
  values: readonly V[],
  description?: string,
): Shape<V> {
  const listed = values.map((value) => JSON.stringify(value)).join(', ')
  const allowed: readonly unknown[] = values
  return leaf(
    { enum: values, description: description ?? (values.length === 1 ? listed : `one of ${listed}`) },
    (value) => allowed.includes(value),
  )
}

/** A text of `min` to `max` characters, in which the pattern, where it is given, finds a match with the flag `u`. */
export function text(
  min: number,
  max: number,
  description = `a text of ${min} to ${max} characters`,
  pattern?: string,
): Shape<string> {
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  return leaf(
    {
      type: 'string',
      minLength: min,
      maxLength: max,
      ...(pattern !== undefined && { pattern }),
      description,
    },
    (value) => typeof value === 'string' && hasLength(value, min, max) && (expression?.test(value) ?? true),
  )
}

/** JSON Schema counts characters, of which each is one UTF-16 unit or two; they are counted only where that matters. */
function hasLength(value: string, min: number, max: number): boolean {
  const units = value.length
  if (units < min || units > 2 * max) return false
  if (units <= max && (min <= 1 || units >= 2 * min)) return true
  const count = Array.from(value).length
  return count >= min && count <= max
}
