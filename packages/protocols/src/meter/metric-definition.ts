import { buildSeries, resolveOptions, type Check, type Checks } from '@tocsin/core'

import { badOption } from '../errors.ts'

/** What a metric is, beside its name. */
export interface MetricDefinition<Category extends string = never> {
  /**
   * Categories of its tags. Each measurement has them all, and no other; `overflow` is not one of them.
   * @defaultValue `[]`
   */
  readonly tags?: readonly Category[] | undefined
  /**
   * What is measured, as a sentence, for pages.
   * @defaultValue none
   */
  readonly help?: string | undefined
  /**
   * In which unit, such as `seconds`.
   * @defaultValue none
   */
  readonly unit?: string | undefined
}

/** What a meter measures. */
export type MeterType = 'counter' | 'gauge' | 'histogram'

/** What is known of a metric of a meter, as option `metadata` of `expose` takes it. */
export interface MeterMetadata {
  /** Its name. */
  readonly name: string
  /** What it is. */
  readonly type: MeterType
  /** What it means. */
  readonly help?: string
  /** What it is measured in. */
  readonly unit?: string
}

/** A definition, checked. */
export interface ResolvedDefinition {
  readonly metadata: MeterMetadata
  readonly categories: readonly string[]
}

const categories: Check = (value) =>
  Array.isArray(value) &&
  value.every((one) => typeof one === 'string' && one !== 'overflow') &&
  new Set(value).size === value.length
    ? undefined
    : 'a list of names, each once, none of them "overflow"'

const words: Check = (value) => (value === undefined || typeof value === 'string' ? undefined : 'a text')

const checks: Checks<MetricDefinition<string>> = { tags: categories, help: words, unit: words }

/** Checks what a program defines: here an error is heard by who writes it. */
export function resolveDefinition(
  name: string,
  type: MeterType,
  definition: MetricDefinition<string> | undefined,
): ResolvedDefinition {
  if (typeof name !== 'string') throw badOption('a metric needs a name')
  const { tags, help, unit } = resolveOptions<MetricDefinition<string> & { tags: readonly string[] }>(
    { tags: [] },
    definition,
    checks,
    (message) => badOption(`metric "${name}": ${message}`),
  )
  const built = buildSeries(name, Object.fromEntries(tags.map((category) => [category, ''])))
  if (!built.ok) throw badOption(`metric "${name}": ${built.message}`)
  const { metric } = built.value
  return {
    categories: [...tags],
    metadata: {
      name: metric,
      type,
      ...(help !== undefined && { help }),
      ...(unit !== undefined && { unit }),
    },
  }
}
