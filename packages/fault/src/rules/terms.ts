import type { Duration } from '@tocsin/core'

import type { Comparison, PartTerm, Span, Term, TermComparison } from '../model/rule-set.ts'
import type { UntilOption } from './conditions.ts'

/** How much of a window must be there. */
export interface FillOption {
  /** The comparison is unknown until this much of the window is covered. @defaultValue `'0s'` */
  readonly minFill?: Duration
}

/** A window of time beside what is asked of it. */
export interface OverOption extends FillOption {
  /** The window. */
  readonly over: Duration
}

/** A window of time, or that many samples, at most 32. */
export interface SpanOption extends FillOption {
  /** The window, or how many samples. */
  readonly over: Span
}

/** A term in the making: each comparison of it gives a condition, plain JSON. */
export interface TermBuilder {
  /** The term itself, plain JSON. */
  readonly term: Term
  /** True for a number greater than `limit`; with `until`, until it has come back to that. */
  above(limit: number, options?: UntilOption): TermComparison
  /** True for a number less than `limit`; with `until`, until it has come back to that. */
  below(limit: number, options?: UntilOption): TermComparison
  /** True for `limit` and more; with `until`, until it has come back to that. */
  atLeast(limit: number, options?: UntilOption): TermComparison
  /** True for `limit` and less; with `until`, until it has come back to that. */
  atMost(limit: number, options?: UntilOption): TermComparison
  /** True for exactly this number. */
  equals(value: number): TermComparison
  /** True for every other number. */
  notEquals(value: number): TermComparison
}

/** A {@link TermBuilder} that can be a part of a ratio. */
export interface PartBuilder extends TermBuilder {
  /** The term itself, plain JSON. */
  readonly term: PartTerm
  /** The same of some of the members of a group only: those that a tag query selects. For {@link ratio}. */
  where(select: string): {
    /** The term itself, plain JSON. */
    readonly term: PartTerm
  }
}

function builder(term: Term, { minFill }: FillOption = {}): TermBuilder {
  const compare = (comparison: Comparison): TermComparison => ({
    ...comparison,
    of: term,
    ...(minFill !== undefined && { minFill }),
  })
  return {
    term,
    above: (above, options) => compare({ above, ...options }),
    below: (below, options) => compare({ below, ...options }),
    atLeast: (atLeast, options) => compare({ atLeast, ...options }),
    atMost: (atMost, options) => compare({ atMost, ...options }),
    equals: (equals) => compare({ equals }),
    notEquals: (notEquals) => compare({ notEquals }),
  }
}

const part = (term: Exclude<PartTerm, { readonly select: string }>, fill?: FillOption): PartBuilder => ({
  ...builder(term, fill),
  term,
  where: (select) => ({ term: { ...term, select } }),
})

/** The last sample; the term of a comparison that names none. */
export const last = (): PartBuilder => part({ last: true })

/** The mean of the samples in the window. */
export const average = (window: Duration, options?: FillOption): PartBuilder =>
  part({ average: window }, options)

/** The least of the samples in the window. */
export const min = (window: Duration, options?: FillOption): PartBuilder => part({ min: window }, options)

/** The greatest of the samples in the window. */
export const max = (window: Duration, options?: FillOption): PartBuilder => part({ max: window }, options)

/** The sum of the samples in the window. */
export const sum = (window: Duration, options?: FillOption): PartBuilder => part({ sum: window }, options)

/** The standard deviation of the samples in the window, of the whole population. */
export const stddev = (window: Duration, options?: FillOption): PartBuilder =>
  part({ stddev: window }, options)

/** The change from the oldest sample in the window to the newest, per second. */
export const rate = (window: Duration, options?: FillOption): PartBuilder => part({ rate: window }, options)

/** The change from the oldest sample in the window to the newest. */
export const delta = (window: Duration, options?: FillOption): PartBuilder => part({ delta: window }, options)

/** The increase of a counter in the window, per second; where it falls, it began anew from 0. */
export const counter = (window: Duration, options?: FillOption): PartBuilder =>
  part({ counter: window }, options)

/** How many standard deviations the last sample is from the mean of the window before it. */
export const zscore = (window: Duration, options?: FillOption): PartBuilder =>
  part({ zscore: window }, options)

/** How often the value changed, in the window or among that many samples, at most 32. */
export const changes = (span: Span, options?: FillOption): PartBuilder => part({ changes: span }, options)

/** This quantile, 0 to 1, of the samples in the window, to within 5 %. */
export const quantile = (quantile: number, { over, ...options }: OverOption): PartBuilder =>
  part({ quantile, over }, options)

/** The value this far ahead, on the straight line through the window (least squares). */
export const forecast = (ahead: Duration, { over, ...options }: OverOption): PartBuilder =>
  part({ forecast: ahead, over }, options)

/** How many samples a comparison is true for: `count({ above: 80 }, { over: 5 }).atLeast(3)`. */
export const count = (comparison: Comparison, { over, ...options }: SpanOption): PartBuilder =>
  part({ count: comparison, over }, options)

/** The share of samples, 0 to 1, that a comparison is true for. */
export const share = (comparison: Comparison, { over, ...options }: SpanOption): PartBuilder =>
  part({ share: comparison, over }, options)

/**
 * One term divided by another, of the same samples, or with `where` of two parts of the members of a group:
 * `ratio(sum('5m').where('status:5*'), sum('5m')).above(0.01)`. Give `minFill` here.
 */
export const ratio = (
  top: { readonly term: PartTerm },
  bottom: { readonly term: PartTerm },
  options?: FillOption,
): TermBuilder => builder({ ratio: [top.term, bottom.term] }, options)
