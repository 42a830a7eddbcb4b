import { type Duration, formatDuration, parseDuration } from '@tocsin/core'
import { anyDecimal } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import type { Comparison, Span, Term, TermComparison } from '../model/rule-set.ts'
import { nameOfTerm, spansOf } from '../model/term-shape.ts'

/** Whose values are looked at: of one series, of a group with or without a last value, or of a member of one. */
export type Subject = 'series' | 'group' | 'combined group' | 'member'

/** Windows as people write them, and the shortest and longest ones. */
const anyWindow = (): Arbitrary<Duration> =>
  fc.constantFrom<Duration>('1m', '5m', '1s', '30s', '90s', '2500ms', '1h', '6h', '1d', '400d')

const anySpan: Arbitrary<Span> = fc.oneof(anyWindow(), fc.integer({ min: 1, max: 32 }))
const words = fc.oneof(
  fc.constantFrom('down', 'error', 'err', 'ok', 'an error'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
)
const expressions = fc.constantFrom('^err', 'down|off', 'o+k$', '[0-9]{3}', '(a|b)*c')

/** A comparison of a number with a limit, some with an `until` on its good side. */
const limits: Arbitrary<Comparison> = fc
  .tuple(
    fc.constantFrom('above', 'below', 'atLeast', 'atMost'),
    anyDecimal(),
    fc.option(fc.oneof(fc.nat(20), anyDecimal().map(Math.abs)), { nil: undefined }),
  )
  .map(([name, limit, back]) => {
    const until = name === 'above' || name === 'atLeast' ? limit - (back ?? 0) : limit + (back ?? 0)
    return { [name]: limit, ...(back !== undefined && { until }) } as unknown as Comparison
  })

const numbers: Arbitrary<Comparison> = fc.oneof(
  { weight: 4, arbitrary: limits },
  { weight: 1, arbitrary: anyDecimal().map((equals) => ({ equals })) },
  { weight: 1, arbitrary: anyDecimal().map((notEquals) => ({ notEquals })) },
)

const texts: Arbitrary<Comparison> = fc.oneof(
  words.map((equals) => ({ equals })),
  words.map((notEquals) => ({ notEquals })),
  words.map((contains) => ({ contains })),
  words.map((notContains) => ({ notContains })),
  expressions.map((matches) => ({ matches })),
  expressions.map((notMatches) => ({ notMatches })),
)

const changed: Arbitrary<Comparison> = fc.constant({ changed: true })

/** What samples are counted by. */
const counted = fc.oneof(numbers, texts).map((comparison) => {
  const { until: dropped, ...rest } = comparison
  return dropped === undefined ? comparison : rest
})

const windowed = ['average', 'min', 'max', 'sum', 'stddev', 'rate', 'delta', 'counter', 'zscore'] as const

const simple: Arbitrary<Term> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...windowed), anyWindow())
      .map(([name, window]) => ({ [name]: window }) as unknown as Term),
  },
  anySpan.map((changes) => ({ changes })),
  fc.record({ quantile: fc.constantFrom(0, 0.5, 0.95, 1), over: anyWindow() }),
  fc.record({ forecast: anyWindow(), over: anyWindow() }),
  fc.record({ count: counted, over: anySpan }),
  fc.record({ share: counted, over: anySpan }),
)

const lastTerm: Term = { last: true }

/** A term that `subject` has; of a group also ratios of parts. */
function anyTerm(subject: Subject): Arbitrary<Term> {
  const plain =
    subject === 'group'
      ? simple
      : fc.oneof({ weight: 1, arbitrary: fc.constant(lastTerm) }, { weight: 3, arbitrary: simple })
  const isOfGroup = subject === 'group' || subject === 'combined group'
  const select = isOfGroup
    ? fc.option(fc.constantFrom('status:5*', 'and(role:web,not(canary))'), { nil: undefined, freq: 2 })
    : fc.constant(undefined)
  const part = fc
    .tuple(plain, select)
    .map(([term, query]) => (query === undefined ? term : { ...term, select: query }))
  const ratio = fc.tuple(part, part).map((ratio) => ({ ratio }) as unknown as Term)
  return fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: ratio })
}

/** A comparison that makes sense for `subject`: of a term, or of its last value. */
export function anyComparison(subject: Subject): Arbitrary<TermComparison> {
  const ofTerm = anyTerm(subject).chain((of) => {
    const compare =
      nameOfTerm(of) === 'last' && subject !== 'combined group' ? fc.oneof(numbers, texts, changed) : numbers
    return fc
      .tuple(compare, fillsOf(of))
      .map(([comparison, fill]): TermComparison => ({ ...comparison, of, ...fill }))
  })
  if (subject === 'group') return ofTerm
  const ofLast: Arbitrary<TermComparison> =
    subject === 'combined group'
      ? fc.oneof(numbers, changed)
      : fc.oneof({ weight: 3, arbitrary: numbers }, texts, changed)
  return fc.oneof({ withCrossShrink: true }, ofLast, ofTerm)
}

/** A `minFill` that the windows of a term can have, or none. */
function fillsOf(term: Term): Arbitrary<Pick<TermComparison, 'minFill'>> {
  const widths = spansOf(term).flatMap((span) => (typeof span === 'string' ? [parseDuration(span) ?? 0] : []))
  if (widths.length === 0) return fc.constant({})
  const shortest = Math.min(...widths)
  return fc.constantFrom(
    {},
    { minFill: formatDuration(shortest) },
    { minFill: formatDuration(Math.floor(shortest / 2)) },
  )
}
