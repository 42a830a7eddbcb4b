const tab = 0x09
const lineFeed = 0x0a
const space = 0x20
const quote = 0x22
const openBrace = 0x7b
const backslash = 0x5c
const closeBrace = 0x7d

/** Whether a byte parts the tokens of a line. */
const isBlank = (byte: number | undefined): boolean => byte === space || byte === tab

/** Where a token ends: at a blank, in front of a line feed, or at the end of the bytes. */
export function tokenEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte <= space && (byte === lineFeed || isBlank(byte))) break
  }
  return at
}

/** Up to here a loop is faster than a call. */
const shortLine = 32

/** Where the line ends: in front of a line feed, or at the end of the bytes. */
export function lineEnd(bytes: Uint8Array, from: number): number {
  const stop = Math.min(from + shortLine, bytes.length)
  for (let at = from; at < stop; at += 1) if (bytes[at] === lineFeed) return at
  const found = bytes.indexOf(lineFeed, stop)
  return found < 0 ? bytes.length : found
}

/** Where the next token starts, or the end. */
export function skipTokenBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(bytes[at])) at += 1
  return at
}

/**
 * Where name and labels end that start at `start`, or -1 where the line ends inside them. Only quotes and braces are looked at; what
 * stands between is read once for each series.
 *
 * @param isStrict - whether no blank may stand before the brace
 */
export function headerEnd(bytes: Uint8Array, start: number, end: number, isStrict: boolean): number {
  let at = start
  let byte = bytes[at]
  while (at < end && byte !== openBrace && byte !== space && byte !== tab) byte = bytes[++at]
  if (byte !== openBrace) {
    const next = isStrict ? end : skipTokenBlanks(bytes, at, end)
    if (next === end || bytes[next] !== openBrace) return at
    at = next
  }
  for (at += 1; at < end; at += 1) {
    byte = bytes[at]
    if (byte === closeBrace) return at + 1
    if (byte !== quote) continue
    for (at += 1; at < end; at += 1) {
      byte = bytes[at]
      if (byte === quote) break
      if (byte === backslash) at += 1
    }
  }
  return -1
}
