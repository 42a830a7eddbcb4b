import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import type { Comparison, Condition, Rule } from '../../src/model/rule-set.ts'
import { lint } from '../../src/rules/lint.ts'

/** False, unknown, true. */
type Verdict = 0 | 1 | 2
type Value = number | string

/** What a comparison of the last sample says, by the words of its definition; `wasTrue` is what `until` remembers. */
function compare(comparison: Comparison, value: Value, wasTrue: boolean): Verdict {
  const { above, below, atLeast, atMost, equals, notEquals, contains, notContains, until } = comparison
  const operand = above ?? below ?? atLeast ?? atMost ?? equals ?? notEquals ?? contains ?? notContains ?? ''
  if (typeof operand !== typeof value) return 1
  const verdict = (is: boolean): Verdict => (is ? 2 : 0)
  if (typeof value === 'string') {
    if (equals !== undefined) return verdict(value === equals)
    if (notEquals !== undefined) return verdict(value !== notEquals)
    if (contains !== undefined) return verdict(value.includes(contains))
    return verdict(!value.includes(String(notContains)))
  }
  if (Number.isNaN(value)) return 1
  const lasts = (is: boolean, back: boolean): Verdict =>
    verdict(is || (until !== undefined && wasTrue && back))
  const limit = until ?? 0
  if (above !== undefined) return lasts(value > above, value > limit)
  if (atLeast !== undefined) return lasts(value >= atLeast, value > limit)
  if (below !== undefined) return lasts(value < below, value < limit)
  if (atMost !== undefined) return lasts(value <= atMost, value < limit)
  return verdict(equals === undefined ? value !== notEquals : value === equals)
}

/** Judges one value after the other; remembers by the place of each comparison. */
function judge(condition: Condition, value: Value, memory: Map<string, boolean>, place: string): Verdict {
  const inside = (of: readonly Condition[]): readonly Verdict[] =>
    of.map((each, index) => judge(each, value, memory, `${place}.${index}`))
  if (condition.all !== undefined) return Math.min(...inside(condition.all)) as Verdict
  if (condition.any !== undefined) return Math.max(...inside(condition.any)) as Verdict
  if (condition.not !== undefined) return (2 - inside([condition.not])[0]!) as Verdict
  if (condition.some !== undefined) {
    const verdicts = inside(condition.of as readonly Condition[])
    const count = (least: Verdict): number => verdicts.filter((verdict) => verdict >= least).length
    return count(2) >= Number(condition.some) ? 2 : count(1) < Number(condition.some) ? 0 : 1
  }
  const verdict = compare(condition, value, memory.get(place) ?? false)
  if (verdict !== 1) memory.set(place, verdict === 2)
  return verdict
}

/** Whether the last rule decides at some value of a sequence, because it is violated and none before it is. */
function decides(rules: readonly Rule[], sequence: readonly Value[]): boolean {
  const memory = new Map<string, boolean>()
  const violated = rules.map(() => false)
  return sequence.some((value) => {
    for (const [index, { when }] of rules.entries()) {
      const verdict = judge(when, value, memory, String(index))
      if (verdict !== 1) violated[index] = verdict === 2
    }
    return violated.indexOf(true) === rules.length - 1
  })
}

/** Between and at the limits, beyond them, and what is no number or no text. */
const values: readonly Value[] = [
  ...[-Infinity, Infinity, NaN],
  ...Array.from({ length: 24 }, (_, index) => index / 2 - 3.5),
  ...['', 'a', 'ab', 'abc', 'b', 'x'],
]
const sequences: readonly (readonly Value[])[] = values.flatMap((first) => [
  [first],
  ...values.map((second) => [first, second]),
])

const limits = fc
  .tuple(
    fc.constantFrom('above', 'below', 'atLeast', 'atMost'),
    fc.nat(4),
    fc.option(fc.nat(3), { nil: undefined }),
  )
  .map(([name, limit, back]) => {
    const until = name === 'above' || name === 'atLeast' ? limit - (back ?? 0) : limit + (back ?? 0)
    return { [name]: limit, ...(back !== undefined && { until }) } as unknown as Comparison
  })
const texts = fc.constantFrom('a', 'ab', 'b')
const comparisons: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: limits },
  fc.nat(4).map((equals) => ({ equals })),
  fc.nat(4).map((notEquals) => ({ notEquals })),
  texts.map((equals) => ({ equals })),
  texts.map((notEquals) => ({ notEquals })),
  texts.map((contains) => ({ contains })),
  texts.map((notContains) => ({ notContains })),
)
const trees = fc.letrec<{ tree: Condition }>((tie) => {
  const branches = fc.array(tie('tree'), { minLength: 1, maxLength: 3 })
  return {
    tree: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      { weight: 3, arbitrary: comparisons },
      branches.map((all) => ({ all })),
      branches.map((any) => ({ any })),
      tie('tree').map((not) => ({ not })),
      branches.chain((of) => fc.integer({ min: 1, max: of.length }).map((some) => ({ some, of }))),
    ),
  }
}).tree

const rulesOf = (...conditions: readonly Condition[]): readonly Rule[] =>
  conditions.map((when) => ({ severity: 1, when }))
const isHidden = (rules: readonly Rule[]): boolean =>
  lint([{ id: 'a', select: '*', rules }]).some(
    ({ rule, message }) => rule === rules.length - 1 && message.includes('can never decide'),
  )

describe('a rule that lint says can never decide', () => {
  it('is, of comparisons, each that decides at no value after any other', () => {
    const seen = { hidden: 0, reached: 0 }
    fc.assert(
      fc.property(comparisons, comparisons, (first, second) => {
        const rules = rulesOf(first, second)
        const isReached = sequences.some((sequence) => decides(rules, sequence))
        seen[isReached ? 'reached' : 'hidden'] += 1
        expect(isHidden(rules)).toBe(!isReached)
      }),
      runs(1500),
    )
    expect(Math.min(seen.hidden, seen.reached)).toBeGreaterThan(50)
  })

  it('decides at no value after any other, of trees of comparisons', () => {
    const derived = fc
      .tuple(trees, trees, fc.constantFrom('all', 'any', 'same', 'other'))
      .map(([tree, other, how]) =>
        how === 'all'
          ? [tree, { all: [tree, other] }]
          : how === 'any'
            ? [{ any: [other, tree] }, tree]
            : [tree, how === 'same' ? tree : other],
      )
    let hidden = 0
    fc.assert(
      fc.property(
        derived,
        fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 5 }),
        (conditions, more) => {
          const rules = rulesOf(...conditions)
          if (!isHidden(rules)) return
          hidden += 1
          expect(sequences.some((sequence) => decides(rules, sequence))).toBe(false)
          expect(decides(rules, more)).toBe(false)
        },
      ),
      runs(500),
    )
    expect(hidden).toBeGreaterThan(50)
  })
})
