// What is typed into the filter, as a tag query.

/** `cpu` alone is part of a name; with `:` or `(` it is a query as it stands. */
export function queryOf(text) {
  const typed = text.trim()
  if (typed === '') return { select: '', hint: undefined }
  if (/[:(]/.test(typed)) return { select: typed, hint: undefined }
  const parts = typed
    .split(/\s+/)
    .map((word) => word.replace(/^\*+|\*+$/g, ''))
    .filter((word) => word !== '')
    .map((word) => `__name:${glob(word)}`)
  if (parts.length === 0) return { select: '', hint: undefined }
  const select = parts.length === 1 ? parts[0] : `and(${parts.join(',')})`
  return { select, hint: `Names that contain it: ${select}` }
}

/** A word with characters that have a meaning in queries goes in quotes, in which a quote itself cannot stand. */
function glob(word) {
  return /^[\w.*?%+-]+$/.test(word) ? `*${word}*` : `[glob]"*${word.replaceAll('"', '?')}*"`
}

/** A tag of a chip as a query: values with characters that have a meaning in queries stand in quotes. */
export function tagQuery(category, value) {
  const side = (text) =>
    /^[\w.*?%+/@-]+$/.test(text) && !text.startsWith('/') ? text : `"${text.replaceAll('"', '')}"`
  return value === '' ? side(category) : `${side(category)}:${side(value)}`
}

/** The query, narrowed by one more: an `and` grows, anything else becomes a part of one. */
export function narrowed(text, tag) {
  const { select } = queryOf(text)
  if (select === '') return tag
  const inner = /^and\((.*)\)$/s.exec(select)?.[1]
  return inner !== undefined && isClosed(inner) ? `and(${inner},${tag})` : `and(${select},${tag})`
}

/** Whether its parentheses belong together, so that the last one is that of the `and`. */
function isClosed(text) {
  let depth = 0
  for (const character of text.replace(/"[^"]*"/g, '')) {
    if (character === '(') depth += 1
    else if (character === ')' && (depth -= 1) < 0) return false
  }
  return depth === 0
}

/**
 * What is wrong with the filter: `at` is the character (from 0) in the text as typed, `undefined` where the query was made of bare
 * words; `words` is the sentence.
 */
export function filterError(text, { error, offset }, stillShown) {
  const leading = text.length - text.trimStart().length
  const at = offset === undefined ? undefined : Math.min(offset + leading, text.length)
  const sentence = /[.!?]$/.test(error) ? error : `${error}.`
  return {
    at,
    words: at === undefined ? sentence : `At character ${at + 1}: ${sentence}`,
    still: `Still shown: ${stillShown === '' ? 'all series' : stillShown}`,
  }
}
