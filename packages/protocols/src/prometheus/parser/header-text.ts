/** A name and labels as they were sent, unescaped, or what is wrong with them. */
export type HeaderText =
  | {
      readonly name: string | undefined
      readonly labels: readonly (readonly [name: string, value: string])[]
    }
  | string

/** A place in a text. */
interface Cursor {
  readonly text: string
  at: number
}

const tab = 0x09
const space = 0x20
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const equals = 0x3d
const backslash = 0x5c
const underscore = 0x5f
const openBrace = 0x7b
const closeBrace = 0x7d

/** Up to so many labels are compared with one another, which is faster than a set of their names. */
const fewLabels = 16

/**
 * Reads `name{label="value",…}`, `{"quoted name",label="value"}` or labels alone, to the end of the text; a name in
 * quotes may stand behind labels, as Prometheus reads it. Linear in its length.
 *
 * @param isStrict - as OpenMetrics: no blanks, no comma at the end
 */
export function readHeaderText(text: string, isStrict: boolean): HeaderText {
  const cursor: Cursor = { text, at: 0 }
  let name = readPlainName(cursor, true)
  skipBlanks(cursor, isStrict)
  if (cursor.at === text.length && name !== undefined) return { name, labels: [] }
  if (text.charCodeAt(cursor.at) !== openBrace)
    return 'a line starts with a name of letters, digits, _ and :, or with one in braces and quotes'
  cursor.at += 1
  const labels: [string, string][] = []
  for (let count = 0; ; count += 1) {
    skipBlanks(cursor, isStrict)
    const isEnd = text.charCodeAt(cursor.at) === closeBrace
    if (isEnd && (count === 0 || !isStrict || text.charCodeAt(cursor.at - 1) !== comma)) break
    const quoted = readQuoted(cursor)
    const label = quoted ?? readPlainName(cursor, false)
    if (label === undefined) return 'a label has a name of letters, digits and _, or one in quotes'
    skipBlanks(cursor, isStrict)
    if (text.charCodeAt(cursor.at) === equals) {
      cursor.at += 1
      skipBlanks(cursor, isStrict)
      const value = readQuoted(cursor)
      if (value === undefined) return 'the value of a label stands in double quotes'
      labels.push([label, value])
    } else if (quoted !== undefined && name === undefined) {
      name = label
    } else {
      return 'a label is name="value"'
    }
    skipBlanks(cursor, isStrict)
    const next = text.charCodeAt(cursor.at)
    if (next === comma) cursor.at += 1
    else if (next !== closeBrace) return 'labels are parted by commas, and end with a brace'
  }
  if (cursor.at + 1 !== text.length) return 'behind the labels stands a value'
  if (isRepeated(labels)) return 'a label stands there once'
  if (name === '') return 'a name has at least one character'
  return { name, labels }
}

/** Whether a label comes twice, or is the name of the metric. */
function isRepeated(labels: readonly (readonly [name: string, value: string])[]): boolean {
  if (labels.length > fewLabels)
    return new Set(labels.map(([name]) => name).concat('__name__')).size <= labels.length
  for (let at = 0; at < labels.length; at += 1) {
    const name = labels[at]?.[0]
    if (name === '__name__') return true
    for (let before = 0; before < at; before += 1) if (labels[before]?.[0] === name) return true
  }
  return false
}

/** The header of a series as most write it: labels in order, none empty, no blanks. Read, it is that series again. */
export function plainHeader(
  name: string,
  labels: readonly (readonly [name: string, value: string])[],
): string {
  const isPlain = readPlainName({ text: name, at: 0 }, true)?.length === name.length
  const parts = isPlain ? [] : [quoted(name)]
  for (const [label, value] of labels.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const isPlainLabel = readPlainName({ text: label, at: 0 }, false)?.length === label.length
    parts.push(`${isPlainLabel ? label : quoted(label)}=${quoted(value)}`)
  }
  return isPlain && parts.length === 0 ? name : `${isPlain ? name : ''}{${parts.join(',')}}`
}

const quoted = (text: string): string =>
  `"${text.replaceAll(/[\\\n"]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`

function skipBlanks(cursor: Cursor, isStrict: boolean): void {
  if (isStrict) return
  for (; ; cursor.at += 1) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== space && code !== tab) return
  }
}

/** A name of letters, digits and `_`, of metrics also of `:`, which does not start with a digit. */
function readPlainName(cursor: Cursor, isMetric: boolean): string | undefined {
  const { text, at: start } = cursor
  let at = start
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const letter = code | 0x20
    if (letter >= 0x61 && letter <= 0x7a) continue
    if (code === underscore || (code === colon && isMetric)) continue
    if (code < 0x30 || code > 0x39 || at === start) break
  }
  if (at === start) return undefined
  cursor.at = at
  return text.slice(start, at)
}

/** A text in double quotes without its escapes; `undefined` where none starts, or it does not end. */
function readQuoted(cursor: Cursor): string | undefined {
  const { text, at: start } = cursor
  if (text.charCodeAt(start) !== quote) return undefined
  let at = start + 1
  let hasEscapes = false
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) break
    if (code !== backslash) continue
    hasEscapes = true
    at += 1
  }
  if (at >= text.length) return undefined
  cursor.at = at + 1
  const value = text.slice(start + 1, at)
  return hasEscapes ? unescape(value, /\\[\\n"]/g) : value
}

/** A name in quotes that is the whole text, or one without quotes; `undefined` where it is none. */
export function readMetricName(text: string): string | undefined {
  const cursor: Cursor = { text, at: 0 }
  const name = readQuoted(cursor) ?? readPlainName(cursor, true)
  return cursor.at === text.length && name !== '' ? name : undefined
}

/** Where a name ends that starts at `from`, in quotes or not: in front of a blank, or at the end. */
export function metricNameEnd(text: string, from: number, isStrict: boolean): number {
  const cursor: Cursor = { text, at: from }
  if (readQuoted(cursor) !== undefined) return cursor.at
  while (cursor.at < text.length && text[cursor.at] !== ' ' && (isStrict || text[cursor.at] !== '\t'))
    cursor.at += 1
  return cursor.at
}

/** The text of a `# HELP`. */
export const unescapeHelp = (text: string, isStrict: boolean): string =>
  unescape(text, isStrict ? /\\[\\n"]/g : /\\[\\n]/g)

/** Escapes that the format has not stand for themselves. */
const unescape = (text: string, escapes: RegExp): string =>
  text.includes('\\')
    ? text.replaceAll(escapes, (escape) => (escape === '\\n' ? '\n' : escape.slice(1)))
    : text
