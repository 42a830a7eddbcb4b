import { seriesOfPairs, type Parsed, type Series } from '@tocsin/core'

import { mayRepeat, type Tag } from '../wire/repeated-tags.ts'

// A backslash stands for itself but before one of these; in the name of a measurement an equals sign needs none.
const measurement = /(?:\\[ ,]|\\(?![ ,])|[^ ,\\])+/y
const tag = /,((?:\\[ ,=]|\\(?![ ,=])|[^ ,=\\])+)=((?:\\[ ,=]|\\(?![ ,=])|[^ ,=\\])+)/y
const fieldKey = /^(?:\\[ ,=]|\\(?![ ,=])|[^ ,=\\])+$/
const control = /[\u0000-\u001f\u007f]/

const failure = (message: string): Parsed<never> => ({ ok: false, reason: 'bad-tag', offset: 0, message })
const badControl = failure('names and tags have no control characters')
const badHeader = failure(
  'a line begins with measurement[,tag=value…]; a comma, space or equals sign in a name or value stands behind a backslash, and no tag is empty',
)
const repeatedTag = failure('a line has each tag once')
const badKey = failure(
  'a field is key=value; a comma, space or equals sign in a key stands behind a backslash',
)

/**
 * The series of a measurement with its tags, as they stand on a line, and the key of a field: `measurement.field`, and for the field
 * `value` the measurement alone.
 */
export function readInfluxSeries(header: string, key: string): Parsed<Series> {
  if (control.test(header) || control.test(key)) return badControl
  if (!fieldKey.test(key)) return badKey
  measurement.lastIndex = 0
  if (!measurement.test(header)) return badHeader
  const name = header.slice(0, measurement.lastIndex).replaceAll(/\\([ ,])/g, '$1')
  const tags: Tag[] = []
  for (tag.lastIndex = measurement.lastIndex; tag.lastIndex < header.length;) {
    const [, category, value] = tag.exec(header) ?? []
    if (category === undefined || value === undefined) return badHeader
    tags.push([plain(category), plain(value)])
  }
  if (mayRepeat(tags) && new Set(tags.map(([category]) => category)).size < tags.length) return repeatedTag
  const field = plain(key)
  return seriesOfPairs(field === 'value' ? name : `${name}.${field}`, tags)
}

const plain = (text: string): string => (text.includes('\\') ? text.replaceAll(/\\([ ,=])/g, '$1') : text)
