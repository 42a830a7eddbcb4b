/** Longer values are hidden wherever they stand, shorter ones only as words of their own: within others they may stand by chance. */
const longSecret = 8
/** Even shorter ones are no secrets, but words that any answer may hold. */
const shortSecret = 3

/** Takes out of a text what stands in headers, which are shown nowhere: some servers and proxies repeat what they were asked. */
export function withoutSecrets(headers: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = Object.values(headers)
    .flatMap(secretsOf)
    .filter(({ length }) => length >= shortSecret)
  if (secrets.length === 0) return (text) => text
  // The longest first: what is a part of it would leave the rest.
  const forms = [...new Set(secrets.flatMap(writtenAs))].sort((one, other) => other.length - one.length)
  const pattern = new RegExp(forms.map(patternOf).join('|'), 'gu')
  return (text) => text.replace(pattern, '...')
}

/** A value, it without its scheme, and what it says in decoded form: `user:password`, and the password. */
function secretsOf(value: string): readonly string[] {
  const [scheme = '', ...rest] = value.trim().split(' ')
  const token = rest.join(' ').trim()
  const plain = scheme.toLowerCase() === 'basic' ? Buffer.from(token, 'base64').toString() : token
  const colon = plain.indexOf(':')
  return [value.trim(), token, plain, colon < 0 ? '' : plain.slice(colon + 1)]
}

/** As it is, in JSON, and in an address. */
const writtenAs = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
]

function patternOf(secret: string): string {
  const literal = secret.replaceAll(
    /[\\^$.*+?()[\]{}|/-]/g,
    (one) => `\\u{${one.charCodeAt(0).toString(16)}}`,
  )
  return secret.length >= longSecret ? literal : `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`
}
