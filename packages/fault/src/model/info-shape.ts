import { Flaw, type Shape } from '@tocsin/core/shape'

/** Most bytes of it, as JSON in UTF-8. */
const maxInfoBytes = 4096

/** Deepest nesting. */
const maxDepth = 32

const description = `an object of plain JSON, at most ${maxInfoBytes} bytes of it`

/** What programs want to find in events: any JSON. */
export const infoShape: Shape<Readonly<Record<string, unknown>>> = {
  schema: { type: 'object', description },
  walk: (value, copies) => {
    if (typeof value !== 'object' || value === null || !isJson(value, maxDepth) || Array.isArray(value)) {
      return new Flaw('', `must be ${description}`)
    }
    const json = JSON.stringify(value)
    const { length } = new TextEncoder().encode(json)
    if (length > maxInfoBytes) return new Flaw('', `must be ${description}, got ${length} bytes`)
    return (copies ? JSON.parse(json) : value) as Readonly<Record<string, unknown>>
  },
}

/** Whether JSON holds a value as it is; at most so deep, so that circles end. */
function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === 0 || 'toJSON' in value) return false
  if (Array.isArray(value)) return Array.from(value).every((item) => isJson(item, depth - 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return false
  return Object.values(value).every((item) => item === undefined || isJson(item, depth - 1))
}
