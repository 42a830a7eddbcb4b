import { linearPattern } from './pattern/linear-pattern.ts'
import type { Series } from './sample.ts'

/** One side of a leaf: how a category or a value is compared. */
export type TextPattern =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'glob'; readonly text: string }
  | { readonly kind: 'regex'; readonly text: string }

/**
 * A tag query as plain data. `{ category }` alone asks that the category is there, with any value. The category `__name`
 * stands for the metric name, and is there always: the category `*` alone selects every series, also one without tags. Other patterns of
 * categories are tried on tags only.
 */
export type TagQuery =
  | { readonly kind: 'and' | 'or'; readonly of: readonly TagQuery[] }
  | { readonly kind: 'not'; readonly of: readonly [TagQuery] }
  | { readonly kind: 'tag'; readonly category: TextPattern; readonly value?: TextPattern }

type Test = (text: string) => boolean
type SeriesTest = (series: Series) => boolean

/** Turns a query into a predicate. Exact categories are looked up; others are tried on each tag of the series. */
export function compileTagQuery(query: TagQuery): SeriesTest {
  switch (query.kind) {
    case 'and': {
      const tests = query.of.map(compileTagQuery)
      return (series) => tests.every((test) => test(series))
    }
    case 'or': {
      const tests = query.of.map(compileTagQuery)
      return (series) => tests.some((test) => test(series))
    }
    case 'not': {
      const test = compileTagQuery(query.of[0])
      return (series) => !test(series)
    }
    case 'tag':
      if (query.value !== undefined) return compileTag(query.category, compilePattern(query.value))
      return isEvery(query.category) ? () => true : compileTag(query.category, () => true)
  }
}

const isEvery = ({ kind, text }: TextPattern): boolean => kind === 'glob' && text === '*'

function compileTag(category: TextPattern, value: Test): SeriesTest {
  if (category.kind === 'exact') {
    if (category.text === '__name') return (series) => value(series.metric)
    return ({ tags }) => {
      const found = Object.hasOwn(tags, category.text) ? tags[category.text] : undefined
      return found !== undefined && value(found)
    }
  }
  const matches = compilePattern(category)
  return ({ tags }) => Object.entries(tags).some(([name, text]) => matches(name) && value(text))
}

function compilePattern(pattern: TextPattern): Test {
  switch (pattern.kind) {
    case 'exact':
      return (text) => text === pattern.text
    case 'glob':
      return compileGlob(pattern.text)
    case 'regex': {
      const read = linearPattern(pattern.text)
      return read.ok ? read.value : () => false
    }
  }
}

/** A glob as a predicate over the whole text: `*` any run, `?` any one character. Linear memory, never exponential time. */
function compileGlob(glob: string): (text: string) => boolean {
  return (text) => {
    let at = 0
    let pattern = 0
    let star = -1
    let retry = 0
    while (at < text.length) {
      if (glob[pattern] === '*') {
        star = pattern
        retry = at
        pattern += 1
      } else if (glob[pattern] === '?' || glob[pattern] === text[at]) {
        pattern += 1
        at += 1
      } else if (star >= 0) {
        // Only the last star needs to grow: an earlier one could match no more than it does.
        pattern = star + 1
        retry += 1
        at = retry
      } else {
        return false
      }
    }
    while (glob[pattern] === '*') pattern += 1
    return pattern === glob.length
  }
}
