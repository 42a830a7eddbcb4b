const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** Up to here a loop is faster than the decoder. */
const shortText = 12

/** The text of bytes that are ASCII. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > shortText) return decoder.decode(bytes.subarray(start, end))
  let text = ''
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}
