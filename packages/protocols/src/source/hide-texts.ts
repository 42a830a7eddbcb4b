import { domainToASCII } from 'node:url'

/** Longer values are hidden wherever they stand, shorter ones only as words of their own: within others they may stand by chance. */
const longSecret = 8
/** Even shorter ones are no secrets, but words that any answer may hold. */
const shortSecret = 3
/** Of what is cut so much of the beginning is known again, which is more than any sentence shows. */
const maxBegun = 80

/** Longer ones, such as keys in PEM, are looked for as they are, since no expression has room for them. */
const maxPattern = 1000

/** Takes secrets out of a text, also in the forms in which a server may repeat them, and where `…` stands for the rest of one. */
export function hideTexts(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter(({ length }) => length >= shortSecret)
  if (known.length === 0) return (text) => text
  // The longest first: what is a part of it would leave the rest.
  const forms = [...new Set(known.flatMap(writtenAs))]
    .filter(({ length }) => length >= shortSecret)
    .sort((one, other) => other.length - one.length)
  // One expression for each: one for all could be too large.
  const whole = forms.map((form) => (form.length > maxPattern ? form : new RegExp(patternOf(form), 'giu')))
  const begun = forms.map((form) => new RegExp(`${begunPattern(form)}(?=…)`, 'giu'))
  const without = (text: string, patterns: readonly (RegExp | string)[]): string =>
    patterns.reduce<string>((rest, pattern) => rest.replaceAll(pattern, '...'), text)
  return (text) => {
    const plain = without(text, whole)
    return plain.includes('…') ? without(plain, begun) : plain
  }
}

/** What a header of a request holds: its value, that without its scheme, and what it says in decoded form: `user:password`, and the password. */
export function secretsOfHeader(value: string): readonly string[] {
  const [scheme = '', ...rest] = value.trim().split(' ')
  const token = rest.join(' ').trim()
  const plain = scheme.toLowerCase() === 'basic' ? Buffer.from(token, 'base64').toString() : token
  const colon = plain.indexOf(':')
  return [value.trim(), token, plain, colon < 0 ? '' : plain.slice(colon + 1)]
}

/** As it is, in JSON, in an address and as its host, in a form and in Base64. */
function writtenAs(secret: string): readonly string[] {
  const inAddress = encodeURIComponent(secret.toWellFormed())
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    inAddress,
    inAddress.replaceAll('%20', '+'),
    domainToASCII(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]
}

const literalOf = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`)

const patternOf = (secret: string): string =>
  secret.length >= longSecret
    ? literalOf(secret)
    : `(?<![\\p{L}\\p{N}_])${literalOf(secret)}(?![\\p{L}\\p{N}_])`

/** As much of its beginning as there is. */
function begunPattern(secret: string): string {
  const characters = Array.from(secret).slice(0, maxBegun).map(literalOf)
  const rest = characters.slice(shortSecret).reduceRight((more, one) => `(?:${one}${more})?`, '')
  return `(?<![\\p{L}\\p{N}_])${characters.slice(0, shortSecret).join('')}${rest}`
}
