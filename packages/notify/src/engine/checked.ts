import type { Check } from '@tocsin/core'

/** Checks a value of unknown origin; gives what is wrong and where as a sentence, `undefined` when all is well. */
export type Rule = (value: unknown, path: string) => string | undefined

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A rule of a core check. */
export const is =
  (check: Check): Rule =>
  (value, path) => {
    const allowed = check(value)
    return allowed === undefined ? undefined : `${path} must be ${allowed}`
  }

/** As the rule says, or not there. */
export const maybe =
  (rule: Rule): Rule =>
  (value, path) =>
    value === undefined ? undefined : rule(value, path)

/** An object with these fields; others are refused unless it is `open`. */
export const object =
  (fields: Readonly<Record<string, Rule>>, open = false): Rule =>
  (value, path) => {
    if (!isObject(value)) return `${path} must be an object`
    for (const name of open ? [] : Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) {
        return `${path}.${name} is unknown; known are ${Object.keys(fields).join(', ')}`
      }
    }
    return firstOf(Object.entries(fields), ([name, rule]) => rule(value[name], `${path}.${name}`))
  }

/** An object used as a map: names as `names` says, values as `rule` says. */
export const mapOf =
  (names: Rule, rule: Rule, max: number): Rule =>
  (value, path) => {
    if (!isObject(value)) return `${path} must be an object`
    const entries = Object.entries(value)
    if (entries.length > max) return `${path} must have at most ${max} entries`
    return firstOf(
      entries,
      ([name, item]) => names(name, `a name in ${path}`) ?? rule(item, `${path}.${name}`),
    )
  }

/** An array of `min` to `max` items. */
export const list =
  (rule: Rule, min: number, max: number): Rule =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return `${path} must be an array of ${min} to ${max} items`
    }
    return firstOf(value.entries(), ([index, item]) => rule(item, `${path}[${index}]`))
  }

/** A string of `min` to `max` characters. */
export const words =
  (min: number, max: number): Rule =>
  (value, path) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? undefined
      : `${path} must be a string of ${min} to ${max} characters`

function firstOf<Item>(items: Iterable<Item>, check: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const wrong = check(item)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
