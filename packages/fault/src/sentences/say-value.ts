/** Longest text of a value or a pattern, as it is said, in UTF-16 units. */
const maxTextLength = 40
/** Digits that a number is rounded to for people, where that contradicts nothing. */
const usualDigits = 6
/** With so many digits each double is told from every other. */
const allDigits = 17
/** What breaks a line or turns its direction: it may come from outside, and go into a header. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const allUnprintable = new RegExp(`${unprintable.source}+`, 'gu')

/** Most texts have nothing else, which is found much faster. */
const plain = /^[ -~]*$/

/** Puts a space for what breaks a line. */
export const onOneLine = (text: string): string =>
  plain.test(text) ? text : text.replace(allUnprintable, ' ')

/** The start of a text, with a mark where there is more. */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text

/** A number to six digits, or as many as it takes to be on the same side of `limit` as it is. */
export function sayNumber(value: number, limit?: number): string {
  if (Number.isNaN(value)) return 'not a number'
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity'
  if (Number.isSafeInteger(value)) return String(value)
  for (let digits = usualDigits; digits < allDigits; digits += 1) {
    const said = Number(value.toPrecision(digits))
    if (limit === undefined || Math.sign(said - limit) === Math.sign(value - limit)) return String(said)
  }
  return String(value)
}

/** A limit as it was written. */
export const sayLimit = (limit: number): string => (Number.isFinite(limit) ? String(limit) : sayNumber(limit))

/** A text in quotes, short; what cannot be printed is escaped, so that two texts look alike only where they are cut. */
export function sayText(text: string): string {
  let said = ''
  for (const sign of text) {
    const next = unprintable.test(sign) ? escape(sign) : JSON.stringify(sign).slice(1, -1)
    if (said.length + next.length > maxTextLength) return `"${said}…"`
    said += next
  }
  return `"${said}"`
}

const escape = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A regular expression, short. */
export const sayPattern = (pattern: string): string => `/${cut(onOneLine(pattern), maxTextLength)}/`
