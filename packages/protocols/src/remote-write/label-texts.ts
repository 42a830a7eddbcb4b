import { decodeUtf8 } from '../wire/utf8.ts'

/** The text of UTF-8 bytes, or `undefined` where they are none. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string | undefined

/** How many texts are remembered, a power of two, and how long they are at most: so all of them take 64 kB. */
const places = 1024
const longest = 64

/**
 * Reads texts of which many come again and again, such as the names of labels: one that came before is given again, which takes less time than
 * to decode it and no memory of its own. A text stands at the place of its hash until another one comes there.
 */
export function createLabelTexts(): ReadText {
  const known = new Array<string>(places).fill('')
  return (bytes, start, end) => {
    if (end - start > longest) return decodeUtf8(bytes, start, end)
    let hash = end - start
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x5bd1e995)
    const place = (hash ^ (hash >>> 15)) & (places - 1)
    const text = known[place] ?? ''
    if (stands(text, bytes, start, end)) return text
    const decoded = decodeUtf8(bytes, start, end)
    if (decoded !== undefined) known[place] = decoded
    return decoded
  }
}

/** Whether the bytes are a text that is ASCII: of any other there are more bytes than units, or bytes that are no unit of it. */
function stands(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== bytes[start + at]) return false
  return true
}
