/** Which side of the colon; the plain characters differ. */
export type TagSide = 'category' | 'value'

// reconnoiter vtagmap (noit_metric.c): a value is a category's characters without '+', with ':' and '='.
const plain: Record<TagSide, RegExp> = {
  category: /[a-zA-Z0-9`!"#$%&'+\-./?@^_]*/y,
  value: /[a-zA-Z0-9`!"#$%&'\-./?@^_:=]*/y,
}
const encoded = /b"([A-Za-z0-9+/]*={0,2})"/y

// The same, by character code.
const plainCodes: Record<TagSide, Uint8Array> = { category: codesOf('category'), value: codesOf('value') }

function codesOf(side: TagSide): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => {
    plain[side].lastIndex = 0
    plain[side].test(String.fromCharCode(code))
    return plain[side].lastIndex
  })
}

/** A category or value as it stands in a canonical name: as it is, or `b"base64"` of its UTF-8. */
export function encodeTagPart(text: string, side: TagSide): string {
  // A plain text that starts like the escape would be read back as one.
  if (isPlain(text, plainCodes[side]) && !(text.charCodeAt(0) === 0x62 && text.charCodeAt(1) === 0x22))
    return text
  return `b"${encodeBase64(text)}"`
}

function isPlain(text: string, codes: Uint8Array): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code > 0x7f || codes[code] === 0) return false
  }
  return true
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
