import { FaultError } from './errors.ts'
import type { JsonSchema } from './rule-set-schema.ts'

/** The error of everything that is wrong in a document: where, what is allowed, and what was found. */
export const badRuleSet = (path: string, sentence: string, cause?: unknown): FaultError =>
  new FaultError('FAULT_BAD_RULESET', `${path} ${sentence}`, { path }, cause)

/**
 * Checks a document against a schema and gives a copy of it, without fields that are `undefined`. Reading the published
 * schema itself, the parser cannot come to differ from it.
 */
export function checkShape(schema: JsonSchema, value: unknown, path: string): unknown {
  const refuse = (): never => {
    throw badRuleSet(path, `must be ${schema.description}, got ${describe(value)}`)
  }
  if (schema.enum !== undefined) return (schema.enum as readonly unknown[]).includes(value) ? value : refuse()
  if (typeof value === 'number') return allows(schema, 'number') && Number.isFinite(value) ? value : refuse()
  if (typeof value === 'string') return allows(schema, 'string') && isTextOf(schema, value) ? value : refuse()
  if (Array.isArray(value)) {
    const fits = schema.type === 'array' && hasRoom(value.length, schema.minItems, schema.maxItems)
    return fits ? checkItems(schema, value, path) : refuse()
  }
  return isObject(value) && schema.type === 'object' ? checkObject(schema, value, path) : refuse()
}

const allows = (schema: JsonSchema, type: 'number' | 'string'): boolean =>
  schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type))

const hasRoom = (size: number, min = 0, max = Number.MAX_SAFE_INTEGER): boolean => size >= min && size <= max

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** JSON Schema counts characters, not UTF-16 units, and its patterns are Unicode ones. */
function isTextOf(schema: JsonSchema, value: string): boolean {
  const length =
    schema.maxLength === undefined || value.length <= schema.maxLength
      ? value.length
      : Array.from(value).length
  return (
    hasRoom(length, schema.minLength, schema.maxLength) &&
    (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value))
  )
}

function checkItems({ items }: JsonSchema, value: readonly unknown[], path: string): unknown[] {
  // Array.from also visits holes.
  return Array.from(value, (item, index) =>
    items === undefined ? item : checkShape(items, item, `${path}[${index}]`),
  )
}

function checkObject(schema: JsonSchema, value: Record<string, unknown>, path: string): unknown {
  const { properties = {}, required = [] } = schema
  const copy: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known === undefined) {
      throw badRuleSet(
        `${path}.${name}`.slice(0, 200),
        `is not known here; known are ${Object.keys(properties).join(', ')}`,
      )
    }
    copy[name] = checkShape(known, field, `${path}.${name}`)
  }
  const missing = required.find((name) => !Object.hasOwn(copy, name))
  if (missing !== undefined) {
    const allowed = properties[missing]?.description ?? 'given'
    throw badRuleSet(`${path}.${missing}`, `is missing; it must be ${allowed}`)
  }
  if (!hasRoom(Object.keys(copy).length, schema.minProperties, schema.maxProperties)) {
    throw badRuleSet(path, `must be ${schema.description}, got ${describe(value)}`)
  }
  return copy
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value)
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== 'object') return `a ${typeof value}`
  const names = Object.keys(value)
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ').slice(0, 80)}`
}
