const space = 0x20

/** Where the next part starts, or the end. */
export function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(bytes[at])) at += 1
  return at
}

/** Where a part ends: at a blank, or at the end. */
export function skipPart(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  // Four at a time, while none of them can be a blank.
  for (; at + 3 < end; at += 4) {
    const a = bytes[at] ?? 0
    const b = bytes[at + 1] ?? 0
    const c = bytes[at + 2] ?? 0
    const d = bytes[at + 3] ?? 0
    if (a <= space || b <= space || c <= space || d <= space) break
  }
  while (at < end && !isBlank(bytes[at])) at += 1
  return at
}

/** What Python's `split()` takes for one, as far as it is ASCII: space, tab to carriage return, and the four separators. */
const isBlank = (byte = 0): boolean => byte <= space && (byte >= 0x1c || (byte >= 0x09 && byte <= 0x0d))
