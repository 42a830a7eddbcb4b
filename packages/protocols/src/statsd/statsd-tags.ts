import { buildSeries, type Parsed, type Series } from '@tocsin/core'

/** The tags of one line; a category that comes with several values has all of them. */
export type StatsdTags = Map<string, string | Set<string>>

/** What DogStatsD's `c:` and `e:` fields say of the sender, by the prefix of each part. */
const originCategories: ReadonlyMap<string, string> = new Map([
  ['ci', 'container_id'],
  ['in', 'container_inode'],
  ['cn', 'container_name'],
  ['pu', 'pod_uid'],
  ['it', 'init_container'],
])

/** Adds a tag. */
export function addTag(tags: StatsdTags, category: string, value: string): void {
  const known = tags.get(category)
  if (known === undefined) tags.set(category, value)
  else if (typeof known !== 'string') known.add(value)
  else if (known !== value) tags.set(category, new Set([known, value]))
}

/** Adds the tags of a DogStatsD field, what stands behind its `#`: `key:value` or `key`. PHP's client writes a `#` before each. */
export function addTagField(tags: StatsdTags, field: string): void {
  for (const part of field.split(',')) {
    const tag = part.trim()
    const start = tag.startsWith('#') ? 1 : 0
    if (tag.length === start) continue
    const colon = tag.indexOf(':', start)
    if (colon < 0) addTag(tags, tag.slice(start), '')
    else addTag(tags, tag.slice(start, colon), tag.slice(colon + 1))
  }
}

/** Adds a `c:` field (a container's id, also `ci-id,in-inode`) or an `e:` field (`it-false,cn-name,pu-uid`) as tags. */
export function addOriginField(tags: StatsdTags, field: string): void {
  const isContainer = field.startsWith('c:')
  for (const part of field.slice(2).split(',')) {
    const text = part.trim()
    // Nearly all containers are no init containers.
    if (text === '' || text === 'it-false') continue
    const category = text[2] === '-' ? originCategories.get(text.slice(0, 2)) : undefined
    if (category !== undefined) addTag(tags, category, text.slice(3))
    else addTag(tags, isContainer ? 'container_id' : 'external_data', text)
  }
}

/** The series of a name and these tags; several values of a category are sorted and joined by commas. */
export function seriesOfTags(name: string, tags: StatsdTags): Parsed<Series> {
  if (tags.size === 0) return buildSeries(name)
  const joined: [string, string][] = []
  for (const [category, value] of tags) {
    joined.push([category, typeof value === 'string' ? value : [...value].sort().join(',')])
  }
  // fromEntries defines own properties, so a category `__proto__` is one like any other.
  return buildSeries(name, Object.fromEntries(joined))
}
