import { resolveOptions, wholeNumber } from './options.ts'
import type { Series } from './sample.ts'
import { buildSeries, invalidSeries } from './series.ts'

/** Options of {@link metric}. */
export interface MetricOptions {
  /**
   * Most series that are kept; with one more all are dropped, and made anew when they are asked for.
   * @defaultValue 10000
   */
  readonly maxSeries?: number | undefined
}

/** Gives the series of a metric for its tags; the same object for the same tags, as long as it is kept. */
export type Metric<Category extends string = never> = (
  ...tags: [Category] extends [never] ? [] : [tags: { readonly [Name in Category]: string }]
) => Series<{ readonly [Name in Category]: string }>

/** The series kept, by the value of one category after the other. */
interface Kept {
  readonly next: Map<unknown, Kept>
  series: Series | undefined
}

/** What a program without types may give. */
type AnyTags = { readonly [Name in string]: unknown } | null | undefined

const nothingKept = (): Kept => ({ next: new Map(), series: undefined })

/**
 * A metric with the categories of its tags, defined once: the function that it gives makes the series of tags, or finds the
 * one that it made before, which is so cheap that it may be called for each measurement. It reads its categories only, so that
 * a whole event may be given.
 *
 * Throws a `TypeError` with code `SERIES_INVALID`: the call where name, categories or options are wrong, the function where a
 * tag is no string or too long, as `series` does.
 *
 * Memory: up to `maxSeries` series, about 1 kB each with tags of usual length; beyond that all are dropped at once.
 *
 * @example
 * ```ts
 * import { metric } from '@tocsin/fault'
 *
 * const latency = metric('http.latency', ['route', 'method'])
 * const series = latency({ route: '/a', method: 'GET' })
 * console.log(series.key, series.tags.route) // => http.latency|ST[method:GET,route:/a] /a
 * console.log(latency({ route: '/a', method: 'GET' }) === series) // => true
 * ```
 */
export function metric<const Category extends string = never>(
  name: string,
  categories: readonly Category[] = [],
  options?: MetricOptions,
): Metric<Category> {
  const names = checkCategories(name, categories)
  const { maxSeries } = resolveOptions(
    { maxSeries: 10_000 },
    options,
    { maxSeries: wholeNumber(1) },
    (message) => invalidSeries(`metric "${name}": ${message}`),
  )
  let kept = nothingKept()
  let count = 0

  const make = (tags: AnyTags): Series => {
    const values = names.map((category) => readTag(name, category, tags))
    const built = buildSeries(
      name,
      Object.fromEntries(names.map((category, at) => [category, values[at] ?? ''])),
    )
    if (!built.ok) throw invalidSeries(`metric "${name}": ${built.message}`, built.reason)
    if (count >= maxSeries) {
      kept = nothingKept()
      count = 0
    }
    count += 1
    let place = kept
    for (const value of values) {
      const next = place.next.get(value) ?? nothingKept()
      place.next.set(value, next)
      place = next
    }
    // Whoever changed it would change it for all who ask for it later.
    Object.freeze(built.value.tags)
    return (place.series = Object.freeze(built.value))
  }
  const [first, second, ...further] = names
  // Two look-ups without a loop take half the time, since each has a place of its own to remember what it met.
  const find = (tags: AnyTags): Series => {
    let place: Kept | undefined = kept
    if (first !== undefined) place = place.next.get(tags?.[first])
    if (second !== undefined) place = place?.next.get(tags?.[second])
    for (const category of further) place = place?.next.get(tags?.[category])
    return place?.series ?? make(tags)
  }
  // What the types promise, `make` has checked.
  return find as unknown as Metric<Category>
}

function checkCategories(name: unknown, categories: unknown): readonly string[] {
  if (typeof name !== 'string')
    throw invalidSeries(`a metric needs a name, got a value of type ${typeof name}`, 'empty-name')
  const names: readonly unknown[] = Array.isArray(categories) ? [...(categories as unknown[])] : [undefined]
  if (!names.every((category) => typeof category === 'string')) {
    throw invalidSeries(`metric "${name}": categories are an array of strings`, 'bad-tag')
  }
  if (new Set(names).size < names.length) {
    throw invalidSeries(`metric "${name}": name each category once`, 'duplicate-category')
  }
  const built = buildSeries(name, Object.fromEntries(names.map((category) => [category, ''])))
  if (!built.ok) throw invalidSeries(`metric "${name}": ${built.message}`, built.reason)
  return names
}

function readTag(name: string, category: string, tags: AnyTags): string {
  const value = tags?.[category]
  if (typeof value === 'string') return value
  const got = value === undefined ? 'nothing' : `a value of type ${typeof value}`
  throw invalidSeries(`metric "${name}": tag "${category}" is ${got}; give it a string`, 'bad-tag')
}
