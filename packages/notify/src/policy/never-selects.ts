import { compileTagQuery, parseTagQuery } from '@tocsin/core'
import type { TagQuery } from '@tocsin/core'

type Leaf = Extract<TagQuery, { readonly kind: 'tag' }>

/** A leaf that must hold, or must not. */
interface Condition {
  readonly leaf: Leaf
  readonly holds: boolean
}

/** Most ways to fulfil a query that are looked at. */
const maxWays = 256

/** Whether no series can be selected. May miss a query that selects nothing, never accuses one that selects something. */
export function neverSelects(select: string): boolean {
  const parsed = parseTagQuery(select)
  return parsed.ok && (waysOf(parsed.value, true)?.every(contradicts) ?? false)
}

/** The ways to fulfil a query, each a list of conditions; `undefined` where they are too many. */
function waysOf(query: TagQuery, holds: boolean): readonly (readonly Condition[])[] | undefined {
  if (query.kind === 'tag') return [[{ leaf: query, holds }]]
  if (query.kind === 'not') return waysOf(query.of[0], !holds)
  const parts = query.of.map((part) => waysOf(part, holds))
  const isEither = (query.kind === 'or') === holds
  return parts.reduce(
    (sum, part) => {
      if (sum === undefined || part === undefined) return undefined
      const ways = isEither
        ? [...sum, ...part]
        : sum.flatMap((way) => part.map((other) => [...way, ...other]))
      return ways.length > maxWays ? undefined : ways
    },
    isEither ? [] : [[]],
  )
}

const exact = (pattern: Leaf['category'] | undefined): string | undefined =>
  pattern?.kind === 'exact' ? pattern.text : undefined

/** Whether the conditions of a way exclude each other: a category has one value, and each other condition is tried on it. */
function contradicts(way: readonly Condition[]): boolean {
  return way.some(({ leaf, holds }) => {
    const category = exact(leaf.category)
    const value = exact(leaf.value)
    if (category === undefined) return false
    if (value === undefined) {
      return holds && way.some((other) => !other.holds && JSON.stringify(other.leaf) === JSON.stringify(leaf))
    }
    if (!holds) return false
    const series = {
      key: '',
      metric: category === '__name' ? value : '',
      tags: category === '__name' ? {} : { [category]: value },
    }
    return way.some(
      (other) =>
        exact(other.leaf.category) === category && compileTagQuery(other.leaf)(series) !== other.holds,
    )
  })
}
