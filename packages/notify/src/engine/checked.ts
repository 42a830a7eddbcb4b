import type { Check } from '@tocsin/core'

/** What is wrong with a value of unknown origin. */
export interface Flaw {
  /** Where, such as `policy.routes[1].wait.2`. */
  readonly path: string
  /** What is allowed there, as a sentence that begins with the path. */
  readonly message: string
}

/** Checks a value of unknown origin; `undefined` when all is well. */
export type Rule = (value: unknown, path: string) => Flaw | undefined

/** The flaw of a value at a path, in words that follow the path. */
export const flaw = (path: string, words: string): Flaw => ({ path, message: `${path} ${words}` })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A rule of a core check. */
export const is =
  (check: Check): Rule =>
  (value, path) => {
    const allowed = check(value)
    return allowed === undefined ? undefined : flaw(path, `must be ${allowed}`)
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
    if (!isObject(value)) return flaw(path, 'must be an object')
    for (const name of open ? [] : Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) {
        return flaw(
          `${path}.${name}`.slice(0, 200),
          `is unknown; known are ${Object.keys(fields).join(', ')}`,
        )
      }
    }
    return firstOf(Object.entries(fields), ([name, rule]) => rule(value[name], `${path}.${name}`))
  }

/** An object used as a map: names as `names` says, values as `rule` says. */
export const mapOf =
  (names: Rule, rule: Rule, max: number): Rule =>
  (value, path) => {
    if (!isObject(value)) return flaw(path, 'must be an object')
    const entries = Object.entries(value)
    if (entries.length > max) return flaw(path, `must have at most ${max} entries`)
    return firstOf(entries, ([name, item]) => {
      const wrong = names(name, `a name in ${path}`)
      return wrong === undefined ? rule(item, `${path}.${name}`) : { ...wrong, path }
    })
  }

/** An array of `min` to `max` items. */
export const list =
  (rule: Rule, min: number, max: number): Rule =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return flaw(path, `must be an array of ${min} to ${max} items`)
    }
    return firstOf(value.entries(), ([index, item]) => rule(item, `${path}[${index}]`))
  }

/** A string of `min` to `max` characters. */
export const words =
  (min: number, max: number): Rule =>
  (value, path) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? undefined
      : flaw(path, `must be a string of ${min} to ${max} characters`)

function firstOf<Item>(items: Iterable<Item>, check: (item: Item) => Flaw | undefined): Flaw | undefined {
  for (const item of items) {
    const wrong = check(item)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
