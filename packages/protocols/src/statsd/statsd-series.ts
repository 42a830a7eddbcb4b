import { buildSeries, type Parsed, type Series } from '@tocsin/core'

const malformedTag = (style: string): Parsed<Series> => ({
  ok: false,
  reason: 'bad-tag',
  offset: 0,
  message: `each tag in a ${style} name is key=value`,
})

/**
 * The series of a statsd header: the part before the first colon, and the tags after `|#`. Tags in the name are read in
 * graphite style (`name;key=value`) or Influx style (`name,key=value`). A category that comes twice with different values
 * has all of them, sorted, joined by commas.
 */
export function readStatsdSeries(header: string, tagField: string): Parsed<Series> {
  const tags = new Map<string, string | Set<string>>()
  const separator = header.includes(';') ? ';' : ','
  const [name = '', ...pairs] = header.split(separator)
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals < 1) return malformedTag(separator === ';' ? 'graphite' : 'Influx')
    addTag(tags, pair.slice(0, equals), pair.slice(equals + 1))
  }
  for (const tag of tagField.split(',')) {
    if (tag === '') continue
    const colon = tag.indexOf(':')
    if (colon < 0) addTag(tags, tag, '')
    else addTag(tags, tag.slice(0, colon), tag.slice(colon + 1))
  }
  const joined = [...tags].map(([category, value]) => [
    category,
    typeof value === 'string' ? value : [...value].sort().join(','),
  ])
  // fromEntries defines own properties, so a category `__proto__` is one like any other.
  return buildSeries(name, Object.fromEntries(joined) as Record<string, string>)
}

function addTag(tags: Map<string, string | Set<string>>, category: string, value: string): void {
  const known = tags.get(category)
  if (known === undefined) tags.set(category, value)
  else if (typeof known !== 'string') known.add(value)
  else if (known !== value) tags.set(category, new Set([known, value]))
}
