import { seriesOfPairs, type Parsed, type Series } from '@tocsin/core'

import { mayRepeat, type Tag } from '../wire/repeated-tags.ts'

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
  const nameEnd = brace < 0 ? path.indexOf(';') : brace
  if (nameEnd < 0) return seriesOfPairs(path, [])
  const tags = brace < 0 ? readPairs(path, nameEnd + 1) : readBraced(path.slice(brace + 1, -1))
  if (tags === undefined) return badTags
  // The last one of a repeated tag wins, as in carbon.
  return seriesOfPairs(path.slice(0, nameEnd), mayRepeat(tags) ? [...new Map(tags)] : tags)
}

const isTag = (category: string, value: string): boolean =>
  !/[;!^=]/.test(category) && !value.startsWith('~') && !value.includes(';')

function readPairs(path: string, from: number): readonly Tag[] | undefined {
  const tags: Tag[] = []
  for (let start = from; start <= path.length;) {
    const found = path.indexOf(';', start)
    const end = found < 0 ? path.length : found
    const equals = path.indexOf('=', start)
    if (equals <= start || equals + 1 >= end) return undefined
    const [category, value] = [path.slice(start, equals), path.slice(equals + 1, end)]
    if (!isTag(category, value)) return undefined
    tags.push([category, value])
    start = end + 1
  }
  return tags
}

function readBraced(text: string): readonly Tag[] | undefined {
  const tags: Tag[] = []
  for (bracedTag.lastIndex = 0; bracedTag.lastIndex < text.length;) {
    const [, category, escaped] = bracedTag.exec(text) ?? []
    if (category === undefined || escaped === undefined) return undefined
    const value = escaped.replaceAll(/\\(["\\])/g, '$1')
    if (!isTag(category, value)) return undefined
    tags.push([category, value])
  }
  return tags
}
