/** A slow reader of line protocol, written from its grammar, that judges the fast one. */
export interface GrammarPoint {
  readonly measurement: string
  readonly tags: readonly (readonly [string, string])[]
  readonly fields: readonly (readonly [key: string, value: number | bigint | boolean | string])[]
  readonly time: bigint | undefined
}

const name = String.raw`(?:\\[ ,]|\\(?![ ,])|[^ ,\\\x00-\x1f\x7f])+`
const key = String.raw`(?:\\[ ,=]|\\(?![ ,=])|[^ ,=\\\x00-\x1f\x7f])+`
const number = String.raw`-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`
const value = String.raw`"(?:\\[^]|[^"\\])*"|-?\d+i|\d+u|${number}|t|T|true|True|TRUE|f|F|false|False|FALSE`
const whole = new RegExp(
  String.raw`^ *(${name})((?:,${key}=${key})*) +(${key}=(?:${value})(?:,${key}=(?:${value}))*)(?: +(-?\d+))? *\r?$`,
)
const tag = new RegExp(`,(${key})=(${key})`, 'g')
const field = new RegExp(`(${key})=(${value})(?:,|$)`, 'g')

const unescapeName = (text: string): string => text.replace(/\\([ ,])/g, '$1')
const unescapeKey = (text: string): string => text.replace(/\\([ ,=])/g, '$1')
const unescapeText = (text: string): string =>
  text.replace(/\\([\\"nrt])/g, (_, mark: string) => ({ n: '\n', r: '\r', t: '\t' })[mark] ?? mark)

function readValue(text: string): number | bigint | boolean | string | undefined {
  if (text.startsWith('"')) return unescapeText(text.slice(1, -1))
  if (/^[tf]/i.test(text)) return /^t/i.test(text)
  if (text.endsWith('i')) {
    const integer = BigInt(text.slice(0, -1))
    return BigInt.asIntN(64, integer) === integer ? integer : undefined
  }
  if (text.endsWith('u')) {
    const integer = BigInt(text.slice(0, -1))
    return BigInt.asUintN(64, integer) === integer ? integer : undefined
  }
  return Number.isFinite(Number(text)) ? Number(text) : undefined
}

/** The point of one line; `undefined` where it is none, in nanoseconds. */
export function readPoint(line: string): GrammarPoint | undefined {
  const [matched, measurement = '', tagText = '', fieldText = '', timeText] = whole.exec(line) ?? []
  if (matched === undefined || !line.isWellFormed()) return undefined
  const tags = [...tagText.matchAll(tag)].map(
    ([, at = '', to = '']) => [unescapeKey(at), unescapeKey(to)] as const,
  )
  if (new Set(tags.map(([category]) => category)).size < tags.length) return undefined
  const fields = [...fieldText.matchAll(field)].map(
    ([, at = '', to = '']) => [unescapeKey(at), readValue(to)] as const,
  )
  const time = timeText === undefined ? undefined : BigInt(timeText)
  if (time !== undefined && BigInt.asIntN(64, time) !== time) return undefined
  if (fields.some(([, read]) => read === undefined)) return undefined
  return { measurement: unescapeName(measurement), tags, fields: fields as GrammarPoint['fields'], time }
}
