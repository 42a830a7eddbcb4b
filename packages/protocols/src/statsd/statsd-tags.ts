import { seriesOfPairs, type Parsed, type Series } from '@tocsin/core'

import { mayRepeat, type Tag } from '../wire/repeated-tags.ts'

/** The tags of one line, in their order; a category may come several times. */
export type StatsdTags = Tag[]

/** What DogStatsD's `c:` and `e:` fields say of the sender, by the prefix of each part. */
const originCategories: ReadonlyMap<string, string> = new Map([
  ['ci', 'container_id'],
  ['in', 'container_inode'],
  ['cn', 'container_name'],
  ['pu', 'pod_uid'],
  ['it', 'init_container'],
])

/** Adds the tags of a DogStatsD field, what stands behind its `#`: `key:value` or `key`. PHP's client writes a `#` before each. */
export function addTagField(tags: StatsdTags, field: string): void {
  if (field === '') return
  for (const part of field.split(',')) {
    const tag = part.trim()
    const start = tag.startsWith('#') ? 1 : 0
    if (tag.length === start) continue
    const colon = tag.indexOf(':', start)
    if (colon < 0) tags.push([tag.slice(start), ''])
    else tags.push([tag.slice(start, colon), tag.slice(colon + 1)])
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
    if (category !== undefined) tags.push([category, text.slice(3)])
    else tags.push([isContainer ? 'container_id' : 'external_data', text])
  }
}

/** The series of a name and these tags; several values of a category are sorted and joined by commas. */
export const seriesOfTags = (name: string, tags: StatsdTags): Parsed<Series> =>
  seriesOfPairs(name, mayRepeat(tags) ? joined(tags) : tags)

function joined(tags: StatsdTags): StatsdTags {
  const values = new Map<string, Set<string>>()
  for (const [category, value] of tags) {
    const known = values.get(category)
    if (known === undefined) values.set(category, new Set([value]))
    else known.add(value)
  }
  return Array.from(values, ([category, several]) => [category, [...several].sort().join(',')])
}
