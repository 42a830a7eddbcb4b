import type { JsonSchema } from '../../src/shape/index.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isType = (type: string, value: unknown): boolean => {
  if (type === 'object') return isObject(value)
  if (type === 'array') return Array.isArray(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

const others = (value: Record<string, unknown>, { properties = {} }: JsonSchema): string[] =>
  Object.keys(value).filter((name) => !Object.hasOwn(properties, name))

/** The definitions of the document that is looked at. */
let definitions: Readonly<Record<string, JsonSchema>> = {}

/** The keywords of JSON Schema 2020-12 that shapes are told in, each by itself, as its specification says. */
const keywords: Record<string, (rule: never, value: unknown, schema: JsonSchema) => boolean> = {
  $schema: () => true,
  $defs: () => true,
  $ref: (rule: string, value) => accepts(definitions[rule.replace('#/$defs/', '')]!, value),
  title: () => true,
  description: () => true,
  type: (rule: string, value) => isType(rule, value),
  enum: (rule: unknown[], value) => rule.includes(value),
  anyOf: (rule: JsonSchema[], value) => rule.some((schema) => accepts(schema, value)),
  minimum: (rule: number, value) => typeof value !== 'number' || value >= rule,
  maximum: (rule: number, value) => typeof value !== 'number' || value <= rule,
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule, 'u').test(value),
  minLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length >= rule,
  maxLength: (rule: number, value) => typeof value !== 'string' || Array.from(value).length <= rule,
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  items: (rule: JsonSchema, value) => !Array.isArray(value) || value.every((item) => accepts(rule, item)),
  minProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length >= rule,
  maxProperties: (rule: number, value) => !isObject(value) || Object.keys(value).length <= rule,
  propertyNames: (rule: JsonSchema, value) =>
    !isObject(value) || Object.keys(value).every((name) => accepts(rule, name)),
  required: (rule: string[], value) => !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (rule: Record<string, JsonSchema>, value) =>
    !isObject(value) ||
    Object.entries(rule).every(
      ([name, schema]) => !Object.hasOwn(value, name) || accepts(schema, value[name]),
    ),
  additionalProperties: (rule: false | JsonSchema, value, schema) =>
    !isObject(value) || others(value, schema).every((name) => rule !== false && accepts(rule, value[name])),
}

/** The keywords that a value breaks. */
const broken = (schema: JsonSchema, value: unknown): string[] =>
  Object.entries(schema)
    .filter(([keyword, rule]) => !keywords[keyword]!(rule as never, value, schema))
    .map(([keyword]) => keyword)

/** Whether a schema takes a value. */
export function accepts(schema: JsonSchema, value: unknown): boolean {
  if (schema.$defs !== undefined) definitions = schema.$defs
  return broken(schema, value).length === 0
}

/** A value as the schema knows it: without the fields that it does not name. */
export function known(schema: JsonSchema, value: unknown): unknown {
  const chosen = schema.anyOf?.find((each) => accepts(each, value))
  if (chosen !== undefined) return known(chosen, value)
  const { items, properties, additionalProperties } = schema
  if (Array.isArray(value) && items !== undefined) return value.map((item) => known(items, item))
  if (!isObject(value)) return value
  const entries = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    const schemaOfField = own ?? (additionalProperties === false ? undefined : additionalProperties)
    return schemaOfField === undefined ? [] : [[name, known(schemaOfField, field)]]
  })
  return Object.fromEntries(entries)
}

/** Whether a path leads from a value to what is wrong there itself, and not only in something further inside. */
export function leadsToFlaw(schema: JsonSchema, value: unknown, path: string): boolean {
  if (schema.anyOf !== undefined && path !== '') {
    return schema.anyOf.some(
      (each) => (each.type === undefined || isType(each.type, value)) && leadsToFlaw(each, value, path),
    )
  }
  const [step = '', name, index, quoted] =
    /^(?:\.([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/.exec(path) ?? []
  const rest = path.slice(step.length)
  if (path === '') return broken(schema, value).some((keyword) => !inner.has(keyword))
  if (index !== undefined) {
    return (
      Array.isArray(value) &&
      schema.items !== undefined &&
      leadsToFlaw(schema.items, value[Number(index)], rest)
    )
  }
  const field = name ?? (JSON.parse(quoted ?? 'null') as string)
  if (!isObject(value)) return false
  const { properties = {}, required = [], additionalProperties } = schema
  if (!Object.hasOwn(value, field)) return rest === '' && required.includes(field)
  const own = Object.hasOwn(properties, field) ? properties[field] : additionalProperties
  if (own === false) return rest === ''
  return own !== undefined && leadsToFlaw(own, value[field], rest)
}

const inner = new Set(['items', 'properties', 'required', 'additionalProperties'])
