import { type Duration, parseDuration } from '@tocsin/core'
import {
  byField,
  duration,
  either,
  Flaw,
  integer,
  list,
  number,
  object,
  oneOf,
  optional,
  refine,
  type Shape,
  tagQuery,
} from '@tocsin/core/shape'

import { sampleComparisonShape } from './comparison-shape.ts'
import type { PartTerm, Span, Term } from './rule-set.ts'

const second = 1000
const day = 86_400_000
/** Longest window, and farthest look ahead. */
const maxWindowMs = 400 * day
/** Most samples that are looked at one by one. */
const maxSamples = 32

const between = (min: number, words: string): Shape<Duration> =>
  refine(duration('above 0'), (value) => {
    const ms = parseDuration(value) ?? NaN
    return ms >= min && ms <= maxWindowMs ? undefined : new Flaw('', `must be ${words}, got ${value}`)
  })

/** A window of time. */
const window = between(second, 'a duration from 1s to 400d')
const ahead = between(1, 'a duration of at most 400d')
const span: Shape<Span> = either(
  window,
  integer(1, maxSamples),
  `a duration from 1s to 400d, or a whole number of samples from 1 to ${maxSamples}`,
)

/** The terms of one window. */
const windowed = ['average', 'min', 'max', 'sum', 'stddev', 'rate', 'delta', 'counter', 'zscore'] as const

/** The word of a term. */
export type TermName =
  (typeof windowed)[number] | 'last' | 'changes' | 'quantile' | 'forecast' | 'count' | 'share' | 'ratio'

type Simple = Exclude<TermName, 'ratio'>

/** An object for each term but ratio, with these fields beside it. */
const termsWith = <T extends Term>(more: object): Readonly<Record<Simple, Shape<T>>> => {
  const kind = (fields: object): Shape<T> => object<T>({ ...fields, ...more } as never)
  const ofWindow = windowed.map((name) => [name, kind({ [name]: window })] as const)
  return {
    last: kind({ last: oneOf([true]) }),
    ...(Object.fromEntries(ofWindow) as Readonly<Record<(typeof windowed)[number], Shape<T>>>),
    changes: kind({ changes: span }),
    quantile: kind({ quantile: number(0, 1, 'a number from 0 to 1'), over: window }),
    forecast: kind({ forecast: ahead, over: window }),
    count: kind({ count: sampleComparisonShape, over: span }),
    share: kind({ share: sampleComparisonShape, over: span }),
  }
}

const simple = termsWith<Term>({})
const part = byField<Readonly<Record<Simple, PartTerm>>>(termsWith({ select: optional(tagQuery) }))
const ratio: Shape<Term> = object<Term>({ ratio: list(part, 2, 2, 'an array of two terms') } as never)

/** A term. */
export const termShape: Shape<Term> = byField<Readonly<Record<TermName, Term>>>({ ...simple, ratio })

/** All terms' words. */
const termNames: readonly TermName[] = [...(Object.keys(simple) as Simple[]), 'ratio']

/** The one word of a term. */
export const nameOfTerm = (term: Term): TermName =>
  termNames.find((name) => (term as Readonly<Record<string, unknown>>)[name] !== undefined) ?? 'last'

/** The spans that a term looks at; those of both parts of a ratio. */
export function spansOf(term: Term): readonly Span[] {
  if (term.ratio !== undefined) return term.ratio.flatMap(spansOf)
  if (term.over !== undefined) return [term.over]
  const span = (term as Readonly<Record<string, unknown>>)[nameOfTerm(term)]
  return span === true ? [] : [span as Span]
}

/** Whether a term, or a part of a ratio, is the last value. */
export const looksAtLast = (term: Term): boolean =>
  term.ratio === undefined ? term.last === true : term.ratio.some(looksAtLast)
