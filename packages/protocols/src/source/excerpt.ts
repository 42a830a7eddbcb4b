/** Longest excerpt of a problem. */
const maxExcerptLength = 200

/** The start of some bytes as printable ASCII; every other byte is a dot. */
export function excerpt(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = ''
  for (const byte of bytes.subarray(start, Math.min(end, start + maxExcerptLength))) {
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
  }
  return text
}
