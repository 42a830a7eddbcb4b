import { linearPattern, parseDuration } from '@tocsin/core'

import { type ComparisonName, nameOfComparison } from '../model/comparison-shape.ts'
import type { Condition, TermComparison } from '../model/rule-set.ts'
import { isComparison } from './conditions-of.ts'

/**
 * Whether `wide` is true whenever `narrow` is, and no less than unknown whenever `narrow` is unknown. May miss cases, never
 * invents one.
 */
export function implies(narrow: Condition, wide: Condition): boolean {
  if (isSame(narrow, wide)) return true
  if (narrow.any !== undefined) return narrow.any.every((branch) => implies(branch, wide))
  if (wide.all !== undefined) return wide.all.every((branch) => implies(narrow, branch))
  if (narrow.not !== undefined && wide.not !== undefined) return implies(wide.not, narrow.not)
  if (narrow.all?.some((branch) => implies(branch, wide)) === true) return true
  if (wide.any?.some((branch) => implies(narrow, branch)) === true) return true
  if (narrow.absentFor !== undefined && wide.absentFor !== undefined) {
    return Number(parseDuration(wide.absentFor)) <= Number(parseDuration(narrow.absentFor))
  }
  if (typeof narrow.some === 'number' && typeof wide.some === 'number') {
    return wide.some <= narrow.some && isSame(narrow.of, wide.of) && isSame(narrow.members, wide.members)
  }
  return isComparison(narrow) && isComparison(wide) && includes(wide, narrow)
}

/** Plain JSON out of a shape, which gives the fields their order. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const isSameTerm = (a: TermComparison, b: TermComparison): boolean =>
  isSame(a.of ?? { last: true }, b.of ?? { last: true }) &&
  parseDuration(a.minFill ?? '0s') === parseDuration(b.minFill ?? '0s')

/** Whether each value that `narrow` is true for, or stays true for, does the same for `wide`. */
function includes(wide: TermComparison, narrow: TermComparison): boolean {
  if (!isSameTerm(wide, narrow)) return false
  const [name, other] = [nameOfComparison(wide), nameOfComparison(narrow)]
  if (name === undefined || other === undefined) return false
  const [a, b]: unknown[] = [wide[name], narrow[other]]
  if (comparesText(name, a) !== comparesText(other, b)) return false
  if (other === 'equals') return test(wide, b as number | string)
  if (name === 'notEquals')
    return other !== 'notEquals' && other !== 'changed' && !lasts(narrow, a as number | string)
  if (name === 'contains' && other === 'contains') return String(b).includes(String(a))
  if (name === 'notContains' && other === 'notContains') return String(a).includes(String(b))
  return isUpper(name) && isUpper(other)
    ? contains(wide, narrow, 1)
    : isLower(name) && isLower(other) && contains(wide, narrow, -1)
}

const isUpper = (name: ComparisonName): boolean => name === 'above' || name === 'atLeast'
const isLower = (name: ComparisonName): boolean => name === 'below' || name === 'atMost'

/** Of two limits on the same side: whether the wider one begins no later, and ends no earlier. `sign` turns one side into the other. */
function contains(wide: TermComparison, narrow: TermComparison, sign: 1 | -1): boolean {
  const [a, b] = [edgesOf(wide, sign), edgesOf(narrow, sign)]
  return isFirst(a.begin, b.begin) && isFirst(a.end, b.end)
}

interface Edge {
  readonly at: number
  /** Whether the number itself belongs to it. */
  readonly isClosed: boolean
}

const isFirst = (a: Edge, b: Edge): boolean => a.at < b.at || (a.at === b.at && (a.isClosed || !b.isClosed))

/** Where it becomes true, and to where it stays true. */
function edgesOf(comparison: TermComparison, sign: 1 | -1): { readonly begin: Edge; readonly end: Edge } {
  const { above, atLeast, below, atMost, until } = comparison
  const closed = atLeast ?? atMost
  const begin = { at: sign * (closed ?? above ?? below ?? NaN), isClosed: closed !== undefined }
  const open = { at: sign * (until ?? NaN), isClosed: false }
  return { begin, end: until !== undefined && isFirst(open, begin) ? open : begin }
}

const comparesText = (name: ComparisonName, operand: unknown): 'text' | 'number' | 'any' =>
  name === 'changed' ? 'any' : typeof operand === 'string' ? 'text' : 'number'

/** Whether a value can be one for which the comparison stays true. */
function lasts(comparison: TermComparison, value: number | string): boolean {
  const { above, atLeast, below, atMost } = comparison
  if (above !== undefined || atLeast !== undefined)
    return isFirst(edgesOf(comparison, 1).end, point(value, 1))
  if (below !== undefined || atMost !== undefined)
    return isFirst(edgesOf(comparison, -1).end, point(value, -1))
  return test(comparison, value)
}

const point = (value: number | string, sign: 1 | -1): Edge => ({ at: sign * Number(value), isClosed: true })

/** Whether a value of the right type makes a comparison true, by itself. */
function test(comparison: TermComparison, value: number | string): boolean {
  const { above, below, atLeast, atMost, equals, notEquals, contains, notContains, matches, notMatches } =
    comparison
  if (equals !== undefined) return value === equals
  if (notEquals !== undefined) return value !== notEquals
  if (typeof value === 'string') {
    if (contains !== undefined) return value.includes(contains)
    if (notContains !== undefined) return !value.includes(notContains)
    const found = finds(matches ?? notMatches ?? '', value)
    return matches !== undefined ? found : notMatches !== undefined && !found
  }
  if (above !== undefined) return value > above
  if (below !== undefined) return value < below
  if (atLeast !== undefined) return value >= atLeast
  return atMost !== undefined && value <= atMost
}

function finds(source: string, text: string): boolean {
  const read = linearPattern(source)
  return read.ok && read.value(text)
}
