import { parseDuration } from '@tocsin/core'
import {
  byField,
  duration,
  either,
  Flaw,
  found,
  integer,
  list,
  object,
  optional,
  recursive,
  type RecursiveShape,
  refine,
  type Shape,
  text,
} from '@tocsin/core/shape'

import {
  type ComparisonName,
  comparisonNames,
  comparisonsWith,
  nameOfComparison,
} from './comparison-shape.ts'
import type { Condition, TermComparison } from './rule-set.ts'
import { nameOfTerm, spansOf, termShape } from './term-shape.ts'
import { timeWindowShape } from './time-window-shape.ts'

/** Deepest nesting of conditions. */
const maxDepth = 16
/** Most conditions side by side. */
const maxBranches = 100

const names = [...comparisonNames, 'absentFor', 'missedDuring', 'all', 'any', 'not', 'some']
const description = `a condition: an object with exactly one of ${names.join(', ')}`

type Percent = `${number}%`
type Amount = number | Percent

const percent = text(
  2,
  7,
  'a share from "1%" to "100%"',
  '^([1-9][0-9]?(\\.[0-9]{1,3})?|100)%$',
) as Shape<unknown> as Shape<Percent>
const amount: Shape<Amount> = either(
  integer(1, 1_000_000),
  percent,
  'a whole number from 1, or a share from "1%" to "100%"',
)

/** Comparisons with their term. */
const leaves = Object.fromEntries(
  Object.entries(comparisonsWith({ of: optional(termShape), minFill: optional(duration()) })).map(
    ([name, shape]) => [name, refine(shape as Shape<TermComparison>, findLeafFlaw)],
  ),
) as Readonly<Record<ComparisonName, Shape<Condition>>>

function findLeafFlaw(leaf: TermComparison): Flaw | undefined {
  const { of: term = { last: true }, minFill } = leaf
  const name = nameOfTerm(term)
  if (name !== 'last') {
    const flaw = findTextFlaw(leaf, name)
    if (flaw !== undefined) return flaw
  }
  if (minFill === undefined) return undefined
  const windows = spansOf(term).filter((span) => typeof span === 'string')
  if (windows.length === 0) return new Flaw('.minFill', 'is only for a term with a window of time')
  const longer = windows.find((window) => Number(parseDuration(minFill)) > Number(parseDuration(window)))
  return longer === undefined
    ? undefined
    : new Flaw('.minFill', `must be at most the window ${longer}, got ${minFill}`)
}

/** A term other than the last sample is a number. */
function findTextFlaw(leaf: TermComparison, term: string): Flaw | undefined {
  const name = nameOfComparison(leaf) ?? 'above'
  const operand: unknown = leaf[name]
  if (typeof operand === 'number') return undefined
  return name === 'equals' || name === 'notEquals'
    ? new Flaw(`.${name}`, `must be a finite number, which ${term} is, got ${found(operand)}`)
    : new Flaw(
        `.${name}`,
        `cannot judge ${term}, a number; above, below, atLeast, atMost, equals and notEquals can`,
      )
}

/** Each kind by its own field; that the type says the same is left to the tests, for it is recursive. */
const kind = (fields: object): Shape<Condition> => object<Condition>(fields as never)

/** A condition. */
export const conditionShape: RecursiveShape<Condition> = recursive(
  'condition',
  description,
  maxDepth,
  (self) => {
    const branches = list(self, 1, maxBranches, `an array of 1 to ${maxBranches} conditions`)
    const some = byField<Readonly<Record<'of' | 'members', Condition>>>(
      {
        of: refine(kind({ some: amount, of: branches }), findSomeFlaw),
        members: kind({ some: amount, members: self }),
      },
      'an object with some, and either of, an array of conditions, or members, a condition',
    )
    return byField<Readonly<Record<string, Condition>>>({
      ...leaves,
      absentFor: kind({ absentFor: duration('above 0') }),
      missedDuring: kind({ missedDuring: timeWindowShape }),
      all: kind({ all: branches }),
      any: kind({ any: branches }),
      not: kind({ not: self }),
      some,
    })
  },
)

function findSomeFlaw({ some, of }: Condition): Flaw | undefined {
  const count = (of as readonly Condition[]).length
  return typeof some === 'number' && some > count
    ? new Flaw('.some', `must be at most ${count}, the number of conditions, got ${some}`)
    : undefined
}
