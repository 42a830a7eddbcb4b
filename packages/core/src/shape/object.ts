import { fieldStep, Flaw, unlike } from './flaw.ts'
import type { Shape } from './shape.ts'

/** A field that may be missing. */
export interface Optional<in out T> {
  /** What it is when it is there. */
  readonly optional: Shape<T>
}

/** One description per field of `T`: an {@link Optional} where the type says `?`, and only there. */
export type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? Optional<Exclude<T[Name], undefined>>
    : Shape<T[Name]>
}

/** The field may be missing. */
export const optional = <T>(shape: Shape<T>): Optional<T> => ({ optional: shape })

/** Whether a value has fields: no array, no `null`, no `Map` or `Set`, whose entries would be lost. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !(Symbol.iterator in value)

/** An object with these fields. Others are refused, or, where it is `open`, allowed and not copied. */
export function object<T extends object>(
  fields: NoInfer<Fields<T>>,
  { open = false, description }: { readonly open?: boolean; readonly description?: string } = {},
): Shape<T> {
  const list = Object.entries(fields as Readonly<Record<string, Optional<unknown> | Shape<unknown>>>).map(
    ([name, field]) => ({
      name,
      step: fieldStep(name),
      isRequired: !('optional' in field),
      shape: 'optional' in field ? field.optional : field,
    }),
  )
  const known = new Set(list.map(({ name }) => name))
  const required = list.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  const allowed = description ?? describe(required, [...known])
  return {
    schema: {
      type: 'object',
      ...(!open && { additionalProperties: false }),
      ...(required.length > 0 && { required }),
      properties: Object.fromEntries(list.map(({ name, shape }) => [name, shape.schema])),
      description: allowed,
    },
    walk: (value, copies) => {
      if (!isObject(value)) return unlike(allowed, value)
      const stranger = open ? undefined : findStranger(value, known)
      if (stranger !== undefined) return stranger
      const copy: [string, unknown][] = []
      for (const { name, step, shape, isRequired } of list) {
        const field = Object.hasOwn(value, name) ? value[name] : undefined
        if (field !== undefined) {
          const result = shape.walk(field, copies)
          if (result instanceof Flaw) return result.under(step)
          if (copies) copy.push([name, result])
        } else if (isRequired) return new Flaw(step, `is missing; it must be ${shape.schema.description}`)
      }
      return (copies ? Object.fromEntries(copy) : value) as T
    },
  }
}

function findStranger(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Flaw | undefined {
  for (const name of Object.keys(value)) {
    if (known.has(name) || value[name] === undefined) continue
    return new Flaw(fieldStep(name), `is not known here; known are ${[...known].join(', ')}`)
  }
  return undefined
}

function describe(required: readonly string[], known: readonly string[]): string {
  const needed = required.join(', ').replace(/, ([^,]*)$/, ' and $1')
  const others = known.filter((name) => !required.includes(name)).join(', ')
  if (needed === '') return `an object of ${others}`
  return `an object with ${needed}${others && `, and perhaps ${others}`}`
}

/** The names of all members of a union of objects. */
type NameOf<T> = T extends unknown ? keyof T : never
/** What a field is in the members that have it. */
type FieldOf<T, Name extends PropertyKey> = T extends { readonly [N in Name]: infer Field } ? Field : never

/** An object with exactly one of these fields: a union of objects that have one each. */
export function oneField<T extends object>(
  fields: NoInfer<{ readonly [Name in NameOf<T>]: Shape<FieldOf<T, Name>> }>,
): Shape<T> {
  const shapes = Object.entries(fields as Readonly<Record<string, Shape<unknown>>>)
  const names = shapes.map(([name]) => name)
  const description = `an object with exactly one of ${names.join(', ')}`
  const optionals = Object.fromEntries(shapes.map(([name, shape]) => [name, optional(shape)]))
  const any: Shape<Readonly<Record<string, unknown>>> = object(optionals as never, { description })
  return {
    schema: { ...any.schema, minProperties: 1, maxProperties: 1 },
    walk: (value, copies) => {
      const result = any.walk(value, copies)
      if (result instanceof Flaw) return result
      const given = names.filter((name) => Object.hasOwn(result, name) && result[name] !== undefined)
      return given.length === 1 ? (result as T) : unlike(description, value)
    },
  }
}
