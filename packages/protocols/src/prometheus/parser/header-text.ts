/** A name and labels as they were sent, unescaped, or what is wrong with them. */
export type HeaderText =
  | {
      readonly name: string | undefined
      readonly labels: readonly (readonly [name: string, value: string])[]
    }
  | string

interface Cursor {
  readonly text: string
  at: number
}

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const blanks = /[ \t]*/y

/**
 * Reads `name{label="value",…}`, `{"quoted name",label="value"}` or labels alone, to the end of the text; a name in
 * quotes may stand behind labels, as Prometheus reads it. Linear in its length.
 *
 * @param isStrict - as OpenMetrics: no blanks, no comma at the end
 */
export function readHeaderText(text: string, isStrict: boolean): HeaderText {
  const cursor: Cursor = { text, at: 0 }
  const skip = (): void => {
    if (!isStrict) take(cursor, blanks)
  }
  let name = take(cursor, metricName)
  skip()
  if (cursor.at === text.length && name !== undefined) return { name, labels: [] }
  if (text[cursor.at] !== '{')
    return 'a line starts with a name of letters, digits, _ and :, or with one in braces and quotes'
  cursor.at += 1
  const labels: [string, string][] = []
  const names = new Set<string>(['__name__'])
  for (let count = 0; ; count += 1) {
    skip()
    if (text[cursor.at] === '}' && (count === 0 || !isStrict || text[cursor.at - 1] !== ',')) break
    const quoted = readQuoted(cursor)
    const label = quoted ?? take(cursor, labelName)
    if (label === undefined) return 'a label has a name of letters, digits and _, or one in quotes'
    skip()
    if (text[cursor.at] === '=') {
      cursor.at += 1
      skip()
      const value = readQuoted(cursor)
      if (value === undefined) return 'the value of a label stands in double quotes'
      if (names.has(label)) return 'a label stands there once'
      names.add(label)
      labels.push([label, value])
    } else if (quoted !== undefined && name === undefined) {
      name = label
    } else {
      return 'a label is name="value"'
    }
    skip()
    if (text[cursor.at] === ',') cursor.at += 1
    else if (text[cursor.at] !== '}') return 'labels are parted by commas, and end with a brace'
  }
  if (cursor.at + 1 !== text.length) return 'behind the labels stands a value'
  if (name === '') return 'a name has at least one character'
  return { name, labels }
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const [match] = pattern.exec(cursor.text) ?? []
  if (match !== undefined) cursor.at += match.length
  return match
}

/** A text in double quotes without its escapes; `undefined` where none starts, or it does not end. */
function readQuoted(cursor: Cursor): string | undefined {
  const { text, at: start } = cursor
  if (text[start] !== '"') return undefined
  let at = start + 1
  for (; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
  if (at >= text.length) return undefined
  cursor.at = at + 1
  return unescape(text.slice(start + 1, at), /\\[\\n"]/g)
}

/** A name in quotes that is the whole text, or one without quotes; `undefined` where it is none. */
export function readMetricName(text: string): string | undefined {
  const cursor: Cursor = { text, at: 0 }
  const name = readQuoted(cursor) ?? take(cursor, metricName)
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
