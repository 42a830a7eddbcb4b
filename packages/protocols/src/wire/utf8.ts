// Not fatal, since an exception costs a hundred times what a line does; what is no UTF-8 never gets so far.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of UTF-8 bytes, or `undefined` where they are none. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  // As where a line has no tags.
  if (start >= end) return ''
  return isUtf8(bytes, start, end) ? decoder.decode(bytes.subarray(start, end)) : undefined
}

/** Whether bytes are UTF-8 as Unicode defines it: in their shortest form, no halves of surrogates, none beyond U+10FFFF. */
function isUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  let at = start
  while (at < end) {
    const first = bytes[at] ?? 0
    at += 1
    if (first < 0x80) continue
    // The second byte has bounds of its own behind some first ones; all others are 80 to BF.
    let lowest = 0x80
    let highest = 0xbf
    let more = 1
    if (first < 0xc2 || first > 0xf4) return false
    if (first >= 0xf0) {
      more = 3
      if (first === 0xf0) lowest = 0x90
      else if (first === 0xf4) highest = 0x8f
    } else if (first >= 0xe0) {
      more = 2
      if (first === 0xe0) lowest = 0xa0
      else if (first === 0xed) highest = 0x9f
    }
    if (at + more > end) return false
    for (const last = at + more; at < last; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte < lowest || byte > highest) return false
      lowest = 0x80
      highest = 0xbf
    }
  }
  return true
}
