import type { Parsed } from './parsed.ts'
import type { Series, Tags } from './sample.ts'
import { encodeTagPart, readTagPart } from './tag-part.ts'

/** Longest canonical name, in UTF-16 units (reconnoiter MAX_METRIC_TAGGED_NAME, less its NUL). */
export const maxSeriesKeyLength = 4095
/** Most tags of one series (reconnoiter MAX_TAGS). */
export const maxTags = 256
/** Longest category and value together with their colon, decoded. */
export const maxTagLength = 256
/** Longest category, decoded. */
export const maxCategoryLength = 254

/** Why a text is no series name. */
export type SeriesReason =
  | 'empty-name'
  | 'reserved-name'
  | 'name-too-long'
  | 'too-many-tags'
  | 'tag-too-long'
  | 'empty-category'
  | 'duplicate-category'
  | 'bad-tag'
  | 'not-unicode'

const failure = (reason: SeriesReason, offset: number, message: string): Parsed<Series, SeriesReason> => ({
  ok: false,
  reason,
  offset,
  message,
})

/**
 * The series of a metric name and its tags. The name is trimmed and its control characters become spaces, as reconnoiter
 * does. Not for hot paths: parsers keep the result by the header bytes that it came from.
 */
export function buildSeries(
  metric: string,
  tags: Readonly<Record<string, string>> = {},
): Parsed<Series, SeriesReason> {
  return seriesOfPairs(metric, Object.entries(tags))
}

/** {@link buildSeries} for who has the tags as pairs. A category may come again with the same value. */
export function seriesOfPairs(
  name: string,
  pairs: readonly (readonly [category: string, value: string])[],
): Parsed<Series, SeriesReason> {
  const isPlain = isPlainName(name)
  const metric = isPlain ? name : name.replace(/[\u0000-\u001f\u007f]/g, ' ').trim()
  if (metric === '') return failure('empty-name', 0, 'a series needs a metric name')
  if (!isPlain && (metric.includes('|ST[') || metric.includes('|MT{'))) {
    return failure('reserved-name', 0, 'a metric name must not contain |ST[ or |MT{')
  }
  if (pairs.length > maxTags)
    return failure('too-many-tags', 0, `a series has at most ${maxTags} tags, got ${pairs.length}`)
  const wellFormed = isPlain || metric.isWellFormed()
  if (pairs.length === 0 && wellFormed) return finished(metric, metric, noTags)
  const tags = emptyTags()
  for (const [category, value] of pairs) {
    if (!wellFormed || !category.isWellFormed() || !value.isWellFormed()) {
      return failure('not-unicode', 0, 'names and tags must be well-formed Unicode')
    }
    if (category === '') return failure('empty-category', 0, 'a tag needs a category')
    if (category.length > maxCategoryLength || category.length + value.length >= maxTagLength) {
      return failure(
        'tag-too-long',
        0,
        `a tag has at most ${maxTagLength} characters, its category ${maxCategoryLength}`,
      )
    }
    const known = tags[category]
    if (known !== undefined && known !== value) {
      return failure(
        'duplicate-category',
        0,
        `category "${category}" has two values; a series has one value per category`,
      )
    }
    tags[category] = value
  }
  if (!wellFormed) return failure('not-unicode', 0, 'names and tags must be well-formed Unicode')
  return finished(formatSeries(metric, tags), metric, tags)
}

/**
 * The series of a metric name and its tags, for names that the program itself wrote: throws a `TypeError` with code
 * `SERIES_INVALID`. Its type knows the categories.
 */
export function series<
  // Not `Tags`, which an interface, having no index signature, would not fit.
  T extends object & { readonly [Category in keyof T]-?: string } = { readonly [Category in never]: string },
>(metric: string, tags?: T): Series<{ readonly [Category in keyof T]: string }> {
  const built = buildSeries(metric, tags)
  if (built.ok) return built.value as Series<{ readonly [Category in keyof T]: string }>
  throw invalidSeries(built.message, built.reason)
}

/** What {@link series} throws. */
export const invalidSeries = (message: string, reason?: SeriesReason): TypeError =>
  Object.assign(new TypeError(`SERIES_INVALID: ${message}`), {
    code: 'SERIES_INVALID',
    ...(reason !== undefined && { reason }),
  })

/**
 * Reads a canonical name or any spelling of one: tagsets may repeat and are merged, `|MT{…}` measurement tags are
 * stripped, tags may come in any order, and either side of a tag may be written `b"base64"`.
 * Grammar: reconnoiter, `docs/.../tags`; the plain characters are those of its code table.
 */
export function parseSeries(text: string): Parsed<Series, SeriesReason> {
  if (text.length > maxSeriesKeyLength * 6) return tooLong(text.length)
  const stream = text.indexOf('|ST[')
  const measurement = text.indexOf('|MT{')
  let at = stream < 0 || (measurement >= 0 && measurement < stream) ? measurement : stream
  if (at < 0) return seriesOfPairs(text, [])
  const metric = text.slice(0, at)
  const pairs: [string, string][] = []
  while (at < text.length) {
    const open = text.slice(at, at + 4)
    const close = open === '|ST[' ? ']' : open === '|MT{' ? '}' : undefined
    if (close === undefined) return failure('bad-tag', at, 'after the name only |ST[…] and |MT{…} may follow')
    const end = readTagset(text, at + 4, close, open === '|ST[' ? pairs : [])
    if (typeof end !== 'number') return end
    at = end
  }
  return seriesOfPairs(metric, pairs)
}

function tooLong(length: number): Parsed<Series, SeriesReason> {
  return failure(
    'name-too-long',
    maxSeriesKeyLength,
    `a series name has at most ${maxSeriesKeyLength} characters, got ${length}`,
  )
}

/** Reads `cat:val,…` up to `close`; gives the offset behind it. */
function readTagset(
  text: string,
  from: number,
  close: string,
  pairs: [string, string][],
): number | Parsed<Series, SeriesReason> {
  let at = from
  if (text[at] === close) return at + 1
  for (;;) {
    const category = readTagPart(text, at, 'category')
    if (category === undefined) return failure('bad-tag', at, 'a category is plain characters or b"base64"')
    at = category.end
    let value = ''
    if (text[at] === ':') {
      const part = readTagPart(text, at + 1, 'value')
      if (part === undefined)
        return failure('bad-tag', at + 1, 'a tag value is plain characters or b"base64"')
      value = part.text
      at = part.end
    }
    pairs.push([category.text, value])
    if (text[at] === close) return at + 1
    if (text[at] !== ',') return failure('bad-tag', at, `expected , or ${close} after a tag`)
    at += 1
  }
}

/** Without a prototype, and still with a hidden class: made by `Object.create(null)`, one takes thrice the memory and time. */
const emptyTags = (): Record<string, string> => Object.setPrototypeOf({}, null) as Record<string, string>

const noTags: Tags = Object.freeze(emptyTags())

/** Whether nothing in a name needs a second look, as in nearly all of them: it is visible ASCII without a bar. */
function isPlainName(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f || code === 0x7c) return false
  }
  return true
}

const finished = (key: string, metric: string, tags: Tags): Parsed<Series, SeriesReason> =>
  key.length > maxSeriesKeyLength ? tooLong(key.length) : { ok: true, value: { key, metric, tags } }

/** The canonical name: categories in code-unit order, characters outside the plain set as `b"base64"`. */
function formatSeries(metric: string, tags: Tags): string {
  const categories = Object.keys(tags)
  sort(categories)
  // One text of many pieces is flat; what is put together piece by piece keeps the pieces.
  const pieces = [metric]
  for (const category of categories) {
    pieces.push(
      pieces.length === 1 ? '|ST[' : ',',
      encodeTagPart(category, 'category'),
      ':',
      encodeTagPart(tags[category] ?? '', 'value'),
    )
  }
  pieces.push(']')
  return pieces.join('')
}

/** Up to so many texts are faster put in place one by one. */
const fewTexts = 16

/** Sorts texts by their code units, most of which are in order. */
function sort(texts: string[]): void {
  if (texts.length > fewTexts) {
    texts.sort()
    return
  }
  for (let count = 1; count < texts.length; count += 1) {
    const text = texts[count] ?? ''
    let at = count
    for (; at > 0 && (texts[at - 1] ?? '') > text; at -= 1) texts[at] = texts[at - 1] ?? ''
    texts[at] = text
  }
}
