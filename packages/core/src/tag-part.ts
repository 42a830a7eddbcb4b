/** Which side of the colon; the plain characters differ. */
export type TagSide = 'category' | 'value'

// reconnoiter vtagmap (noit_metric.c): a value is a category's characters without '+', with ':' and '='.
const plain: Record<TagSide, RegExp> = {
  category: /[a-zA-Z0-9`!"#$%&'+\-./?@^_]*/y,
  value: /[a-zA-Z0-9`!"#$%&'\-./?@^_:=]*/y,
}
const encoded = /b"([A-Za-z0-9+/]*={0,2})"/y

/** A category or value as it stands in a canonical name: as it is, or `b"base64"` of its UTF-8. */
export function encodeTagPart(text: string, side: TagSide): string {
  const pattern = plain[side]
  pattern.lastIndex = 0
  pattern.test(text)
  // A plain text that starts like the escape would be read back as one.
  if (pattern.lastIndex === text.length && !text.startsWith('b"')) return text
  return `b"${encodeBase64(text)}"`
}

/** Reads one side of a tag at `from`; `undefined` where its escape is broken. Plain text may be empty. */
export function readTagPart(
  text: string,
  from: number,
  side: TagSide,
): { text: string; end: number } | undefined {
  if (text.startsWith('b"', from)) {
    encoded.lastIndex = from
    const match = encoded.exec(text)
    const decoded = match?.[1] === undefined ? undefined : decodeBase64(match[1])
    return decoded === undefined ? undefined : { text: decoded, end: encoded.lastIndex }
  }
  const pattern = plain[side]
  pattern.lastIndex = from
  pattern.test(text)
  return { text: text.slice(from, pattern.lastIndex), end: pattern.lastIndex }
}

function encodeBase64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The UTF-8 text of a base64 form, or `undefined` where it is neither. */
export function decodeBase64(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
