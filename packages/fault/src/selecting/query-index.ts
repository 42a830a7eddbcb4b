import { compileTagQuery, type Series, type TagQuery } from '@tocsin/core'

/** Most metric names of which it is remembered which patterns they match. */
const maxRememberedNames = 10_000

/** Something that is for the series that a tag query selects. */
export interface Selecting<T> {
  readonly query: TagQuery
  readonly value: T
}

/**
 * Finds what a new series is for among thousands of queries without trying each: a query is tried only where the one part of
 * it that the fewest others share holds, a whole metric name or tag, the beginning of a name, or a pattern of names.
 */
export function indexQueries<T>(all: readonly Selecting<T>[]): (series: Series) => readonly T[] {
  const index = new QueryIndex(all.map(({ query }) => query))
  const tests = all.map(({ query }) => (isName(query) ? undefined : compileTagQuery(query)))
  return (series) => {
    const found: T[] = []
    for (const number of index.candidates(series)) {
      const one = all[number]
      if (one !== undefined && (tests[number]?.(series) ?? true)) found.push(one.value)
    }
    return found
  }
}

/** A query that says a whole name and nothing else is answered by the index itself. */
const isName = (query: TagQuery): boolean =>
  query.kind === 'tag' && isExact(query.category, '__name') && query.value?.kind === 'exact'

type Leaf = TagQuery & { readonly kind: 'tag' }

const isExact = ({ kind, text }: Leaf['category'], name: string): boolean => kind === 'exact' && text === name

class QueryIndex {
  readonly #byName = new Map<string, number[]>()
  readonly #byTag = new Map<string, Map<string, number[]>>()
  /** By length, by beginning. */
  readonly #byBeginning = new Map<number, Map<string, number[]>>()
  /** The entries of both, to go through without a map. */
  readonly #categories: { readonly category: string; readonly values: Map<string, number[]> }[]
  readonly #lengths: { readonly length: number; readonly beginnings: Map<string, number[]> }[]
  readonly #patterns: { readonly test: (series: Series) => boolean; readonly number: number }[] = []
  readonly #matched = new Map<string, readonly number[]>()
  readonly #always: number[] = []

  constructor(queries: readonly TagQuery[]) {
    const shared = new Map<string, number>()
    for (const query of queries) countLeaves(query, shared)
    for (const [number, query] of queries.entries()) {
      const anchors = anchorsOf(query, shared)
      if (anchors === undefined) this.#always.push(number)
      else for (const anchor of anchors) this.#addAnchor(anchor, number)
    }
    this.#categories = [...this.#byTag].map(([category, values]) => ({ category, values }))
    this.#lengths = [...this.#byBeginning].map(([length, beginnings]) => ({ length, beginnings }))
  }

  /** The queries that may select a series, in order. */
  candidates(series: Series): readonly number[] {
    const { metric, tags } = series
    let found = merged(this.#byName.get(metric), this.#always)
    if (this.#patterns.length > 0) found = merged(found, this.#matching(series))
    for (const { length, beginnings } of this.#lengths)
      found = merged(found, beginnings.get(metric.slice(0, length)))
    for (const { category, values } of this.#categories) {
      const value = tags[category]
      const numbers = value === undefined ? undefined : values.get(value)
      if (numbers !== undefined && Object.hasOwn(tags, category)) found = merged(found, numbers)
    }
    return found
  }

  #addAnchor({ category, value }: Leaf, number: number): void {
    if (value?.kind === 'exact') {
      const isOfName = category.text === '__name'
      const values = isOfName
        ? this.#byName
        : ensure(this.#byTag, category.text, () => new Map<string, number[]>())
      note(values, value.text, number)
      return
    }
    const beginning = beginningOf(value)
    if (beginning !== '') {
      const beginnings = ensure(this.#byBeginning, beginning.length, () => new Map<string, number[]>())
      note(beginnings, beginning, number)
    } else {
      const leaf: TagQuery = { kind: 'tag', category, ...(value !== undefined && { value }) }
      this.#patterns.push({ test: compileTagQuery(leaf), number })
    }
  }

  /** The queries whose pattern of a name a series matches; found once for each name. */
  #matching(series: Series): readonly number[] {
    const known = this.#matched.get(series.metric)
    if (known !== undefined) return known
    // A query may have several patterns that match.
    const matched = [
      ...new Set(this.#patterns.filter(({ test }) => test(series)).map(({ number }) => number)),
    ]
    if (this.#matched.size >= maxRememberedNames) this.#matched.clear()
    this.#matched.set(series.metric, matched)
    return matched
  }
}

/** Leaves of which at least one holds wherever the query does; `undefined` where there are none that the index can use. */
function anchorsOf(query: TagQuery, shared: ReadonlyMap<string, number>): readonly Leaf[] | undefined {
  switch (query.kind) {
    case 'tag':
      return nameOf(query) === undefined ? undefined : [query]
    case 'not':
      return undefined
    case 'or': {
      const branches = query.of.map((one) => anchorsOf(one, shared))
      return branches.includes(undefined) ? undefined : branches.flatMap((branch) => branch ?? [])
    }
    case 'and': {
      const choices = query.of.map((one) => anchorsOf(one, shared)).filter((leaves) => leaves !== undefined)
      const cost = (leaves: readonly Leaf[]): number =>
        Math.max(0, ...leaves.map((leaf) => costOf(leaf, shared.get(nameOf(leaf) ?? '') ?? 0)))
      return choices.sort((a, b) => cost(a) - cost(b))[0]
    }
  }
}

function countLeaves(query: TagQuery, shared: Map<string, number>): void {
  if (query.kind !== 'tag') {
    for (const one of query.of) countLeaves(one, shared)
    return
  }
  const name = nameOf(query)
  if (name !== undefined) shared.set(name, (shared.get(name) ?? 0) + 1)
}

/** A pattern is tried on each new name, whatever the number of queries that share it. */
const costOf = (leaf: Leaf, sharing: number): number => (nameOf(leaf) === patterns ? Infinity : sharing)

const patterns = 'patterns'

/** What leads to a leaf; `undefined` where the index has no way to it. */
function nameOf({ category, value }: Leaf): string | undefined {
  if (category.kind !== 'exact' || value === undefined) return undefined
  if (value.kind === 'exact') return `exact ${category.text.length} ${category.text} ${value.text}`
  if (category.text !== '__name') return undefined
  const beginning = beginningOf(value)
  return beginning === '' ? patterns : `beginning ${beginning}`
}

const beginningOf = (value: Leaf['value']): string =>
  value?.kind === 'glob' ? value.text.slice(0, Math.max(value.text.search(/[*?]/), 0)) : ''

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const none: readonly number[] = []

/** Two ascending lists as one, in which each number is once; most often one of them is empty. */
function merged(some: readonly number[] = none, others: readonly number[] = none): readonly number[] {
  if (others.length === 0) return some
  if (some.length === 0) return others
  return [...new Set([...some, ...others])].sort((a, b) => a - b)
}

function note(map: Map<string, number[]>, key: string, number: number): void {
  const numbers = ensure(map, key, () => [])
  if (numbers.at(-1) !== number) numbers.push(number)
}
