import { buildSeries, type Parsed, type Series } from '@tocsin/core'

// One tag of the brace form with what follows it; a quote or a backslash in a value stands behind a backslash.
const bracedTag = /([^=]+)="((?:\\["\\]|[^"\\])+)"(?:,|$)/y
const badTags: Parsed<never> = {
  ok: false,
  reason: 'bad-tag',
  offset: 0,
  message:
    'tags in a graphite name are ;key=value or {key="value",…}; no key has one of ;!^= and no value is empty, starts with ~ or has ;',
}

/**
 * The series of a name with tags in either of carbon's two forms, `name;key=value…` and `name{key="value",…}`, by its rules
 * (`TaggedSeries` of carbon's util.py). What does not end in `"}` is of the first form, braces or not.
 */
export function readGraphiteSeries(path: string): Parsed<Series> {
  const brace = path.endsWith('"}') ? path.indexOf('{') : -1
  const [name = '', ...pairs] = brace < 0 ? path.split(';') : [path.slice(0, brace)]
  const read = brace < 0 ? readPairs(pairs) : readBraced(path.slice(brace + 1, -1))
  if (read === undefined || !read.every(isTag)) return badTags
  // The last one of a repeated tag wins, as in carbon; a Map takes any name.
  return buildSeries(name, Object.fromEntries(new Map(read)))
}

type Tag = readonly [category: string, value: string]

const isTag = ([category, value]: Tag): boolean => !/[;!^=]/.test(category) && !/^~|;/.test(value)

function readPairs(pairs: readonly string[]): readonly Tag[] | undefined {
  const tags = pairs.map((pair): Tag => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, Math.max(0, equals)), pair.slice(equals + 1)]
  })
  return tags.every(([category, value]) => category !== '' && value !== '') ? tags : undefined
}

function readBraced(text: string): readonly Tag[] | undefined {
  const tags: Tag[] = []
  for (bracedTag.lastIndex = 0; bracedTag.lastIndex < text.length;) {
    const [, category, value] = bracedTag.exec(text) ?? []
    if (category === undefined || value === undefined) return undefined
    tags.push([category, value.replaceAll(/\\(["\\])/g, '$1')])
  }
  return tags
}
