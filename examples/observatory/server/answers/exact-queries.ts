import type { SeriesName } from '../wire.ts'

/** Shorter than the longest query that the parser takes. */
const maxLength = 16_000
/** Longest that is written of one series. What is left out selects more, which whoever asks has to expect. */
const maxTerm = 4000
const maxNameLength = 1000

/**
 * Tag queries that select these series, as few as their length allows, and at times some more that are like them.
 * `categoriesOf` are all that the series of a metric have: without those that one lacks, each with more tags would be selected too.
 */
export function exactQueries(
  wanted: readonly SeriesName[],
  categoriesOf: (metric: string) => ReadonlySet<string> = () => new Set(),
): readonly string[] {
  const queries: string[] = []
  let terms: string[] = []
  let length = 0
  for (const [metric, series] of byMetric(wanted)) {
    const tags = series.map((one) => tagsOf(one, categoriesOf(metric)))
    for (const part of chunks(tags)) {
      // The name first: where it differs, nothing more is compared.
      const term = part.includes('') ? nameOf(metric) : `and(${nameOf(metric)},or(${part.join(',')}))`
      if (length > 0 && length + term.length > maxLength) {
        queries.push(`or(${terms.join(',')})`)
        terms = []
        length = 0
      }
      terms.push(term)
      length += term.length + 1
    }
  }
  return terms.length > 0 ? [...queries, `or(${terms.join(',')})`] : queries
}

function byMetric(wanted: readonly SeriesName[]): ReadonlyMap<string, readonly SeriesName[]> {
  const groups = new Map<string, SeriesName[]>()
  for (const series of wanted) {
    const group = groups.get(series.metric)
    if (group === undefined) groups.set(series.metric, [series])
    else group.push(series)
  }
  return groups
}

/** Base64 has no characters that the grammar knows. */
const exactly = (text: string): string => `b"${Buffer.from(text, 'utf8').toString('base64')}"`

function nameOf(metric: string): string {
  if (metric.length <= maxNameLength) return `__name:${exactly(metric)}`
  // Half of a pair is no text.
  const beginning = metric.slice(0, maxNameLength).replace(/[\uD800-\uDBFF]$/, '')
  return `__name:[glob]${exactly(`${beginning}*`)}`
}

/** What tells the series from others of its metric; empty where nothing does. */
function tagsOf({ tags }: SeriesName, categories: ReadonlySet<string>): string {
  const has = Object.entries(tags).map(([category, value]) => `${exactly(category)}:${exactly(value)}`)
  const lacks = [...categories]
    .filter((category) => !Object.hasOwn(tags, category))
    .map((category) => `not(${exactly(category)}:*)`)
  const terms: string[] = []
  let length = 0
  for (const term of [...has, ...lacks]) {
    length += term.length + 1
    if (length <= maxTerm) terms.push(term)
  }
  return terms.length > 1 ? `and(${terms.join(',')})` : (terms[0] ?? '')
}

function* chunks(texts: readonly string[]): Generator<readonly string[]> {
  let chunk: string[] = []
  let length = 0
  for (const text of texts) {
    if (chunk.length > 0 && length + text.length + 1 > maxLength / 2) {
      yield chunk
      chunk = []
      length = 0
    }
    chunk.push(text)
    length += text.length + 1
  }
  if (chunk.length > 0) yield chunk
}
