/** Says what is allowed when the value is not; `undefined` when all is well. */
export type Check = (value: unknown) => string | undefined

/** Options that all have a value. */
export type Defined<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

/** One check per option name. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check }

/** A whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`

/** One of the listed words. */
export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value) ? undefined : `one of ${allowed.join(', ')}`

/** A string of at least `minLength` characters. */
export const text =
  (minLength = 1): Check =>
  (value) =>
    typeof value === 'string' && value.length >= minLength
      ? undefined
      : `a string of at least ${minLength} character${minLength === 1 ? '' : 's'}`

/** `true` or `false`. */
export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')

/** A function. */
export const callback: Check = (value) => (typeof value === 'function' ? undefined : 'a function')

/** An object with these methods: a port such as a clock, a logger, a file system or an observer. */
export const port =
  (...methods: readonly string[]): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
      ? undefined
      : `an object with ${methods.join(', ')}`

/** As the check says, or not given at all. */
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value)

/**
 * Defaults overlaid with what was given, each option checked. Unknown names are refused, so that a typing error does not
 * silently mean the default. `fail` makes the package's own error of a sentence that names option, rule and value.
 */
export function resolveOptions<Options extends object>(
  defaults: Options,
  given: { readonly [Name in keyof Options]?: Options[Name] | undefined } | undefined,
  checks: Checks<Options>,
  fail: (message: string) => Error,
): Options {
  const resolved = { ...defaults } as Record<string, unknown>
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(checks, name)) {
      throw fail(`unknown option "${name}"; known are ${Object.keys(checks).join(', ')}`)
    }
    if (value !== undefined) resolved[name] = value
  }
  for (const [name, check] of Object.entries<Check>(checks)) {
    const allowed = check(resolved[name])
    if (allowed !== undefined)
      throw fail(`option "${name}" must be ${allowed}, got ${describe(resolved[name])}`)
  }
  return resolved as Options
}

/** A value as a short piece of a sentence; strings are not shown, since they may be secrets. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) {
    return String(value)
  }
  return typeof value === 'string'
    ? `a string of ${value.length} characters`
    : `a value of type ${typeof value}`
}
