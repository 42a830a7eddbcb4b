import { linearPattern } from '@tocsin/core'
import {
  byField,
  either,
  Flaw,
  found,
  number,
  object,
  oneOf,
  optional,
  refine,
  type Shape,
  text,
} from '@tocsin/core/shape'

import type { Comparison } from './rule-set.ts'

/** A number or a text that samples are compared with. */
export const scalarShape: Shape<number | string> = either(
  number(),
  text(0, 1024),
  'a finite number or a text of at most 1024 characters',
)

const limit = number()
const part = text(1, 1024)
const expression = refine(text(1, 1024, 'a regular expression of 1 to 1024 characters'), (source) => {
  const read = linearPattern(source)
  return read.ok
    ? undefined
    : new Flaw('', `must be a regular expression, got ${found(source)}: ${read.message}`)
})

/** The words that compare, each with what it compares with. */
const comparisons: {
  readonly [name in 'above' | 'below' | 'atLeast' | 'atMost']: Shape<number>
} & {
  readonly [name in 'equals' | 'notEquals']: Shape<number | string>
} & {
  readonly [name in 'matches' | 'notMatches' | 'contains' | 'notContains']: Shape<string>
} & { readonly changed: Shape<true> } = {
  above: limit,
  below: limit,
  atLeast: limit,
  atMost: limit,
  equals: scalarShape,
  notEquals: scalarShape,
  matches: expression,
  notMatches: expression,
  contains: part,
  notContains: part,
  changed: oneOf([true]),
}

/** The word of a comparison. */
export type ComparisonName = keyof typeof comparisons

/** All of them. */
export const comparisonNames = Object.keys(comparisons) as readonly ComparisonName[]

/** Those with a limit, which may have an `until`. */
const limited: ReadonlySet<string> = new Set(['above', 'below', 'atLeast', 'atMost'])

/** The one word of a comparison. */
export const nameOfComparison = (of: object): ComparisonName | undefined =>
  comparisonNames.find((name) => (of as Readonly<Record<string, unknown>>)[name] !== undefined)

/** An object for each comparison, with `until` where it has a limit, and with these fields beside it. */
export const comparisonsWith = (more: object): Readonly<Record<ComparisonName, Shape<Comparison>>> =>
  Object.fromEntries(
    comparisonNames.map((name) => {
      const until = limited.has(name) && { until: optional(limit) }
      const fields = { [name]: comparisons[name], ...until, ...more }
      return [name, refine(object<Comparison>(fields as never), findUntilFlaw)]
    }),
  ) as Readonly<Record<ComparisonName, Shape<Comparison>>>

/** A limit to come back to lies on the good side. */
function findUntilFlaw({ above, atLeast, below, atMost, until }: Comparison): Flaw | undefined {
  if (until === undefined) return undefined
  const upper = above ?? atLeast
  const lower = below ?? atMost
  if (upper !== undefined && until > upper)
    return new Flaw('.until', `must be at most ${upper}, got ${until}`)
  if (lower !== undefined && until < lower)
    return new Flaw('.until', `must be at least ${lower}, got ${until}`)
  return undefined
}

/** What samples are counted by: each by itself, so that nothing is remembered from one to the next. */
export const sampleComparisonShape: Shape<Comparison> = refine(
  byField<Readonly<Record<ComparisonName, Comparison>>>(comparisonsWith({})),
  ({ until, changed }) => {
    if (until !== undefined) return new Flaw('.until', 'is not known here: each sample is compared by itself')
    if (changed === true) return new Flaw('.changed', 'is not known here: say { changes: … }')
    return undefined
  },
)
