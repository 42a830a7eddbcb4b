import { asciiText } from '../../wire/ascii.ts'
import { decodeUtf8 } from '../../wire/utf8.ts'

/** A number as it stands in a body, so that no digit is lost. */
export interface JsonNumber {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** A JSON value without children. */
export type JsonScalar = string | boolean | null | JsonNumber

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
const isWordByte = (byte: number | undefined): boolean =>
  isDigit(byte) || byte === 0x5f || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)

/** Where the string that starts behind its quote has its other quote; `~offset` of what no string may hold, where it has none. */
export function endOfString(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  for (let at = start; at < length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === 0x22) return at
    if (byte < 0x20) return ~at
    if (byte === 0x5c) at += 1
  }
  return ~length
}

/** Where the number ends that starts here; -1 where none does, or where more follows that would belong to it. */
export function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start
  if (bytes[at] === 0x2d) at += 1
  if (bytes[at] === 0x30) at += 1
  else if (isDigit(bytes[at])) at = endOfDigits(bytes, at)
  else return -1
  let byte = bytes[at]
  if (byte === 0x2c || byte === 0x7d) return at
  if (byte === 0x2e) {
    if (!isDigit(bytes[at + 1])) return -1
    byte = bytes[(at = endOfDigits(bytes, at + 1))]
  }
  if (byte === 0x65 || byte === 0x45) {
    at += 1
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1
    if (!isDigit(bytes[at])) return -1
    byte = bytes[(at = endOfDigits(bytes, at))]
  }
  return isWordByte(byte) || byte === 0x2e || byte === 0x2b || byte === 0x2d ? -1 : at
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x30 || byte > 0x39) return at
    at += 1
  }
}

/** Where one of `true`, `false` and `null` ends; -1 where it is another word. */
export function endOfWord(bytes: Uint8Array, start: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[start + index] !== word.charCodeAt(index)) return -1
  }
  const end = start + word.length
  return isWordByte(bytes[end]) ? -1 : end
}

/** Whether a string stands in the bytes as it is: ASCII without escapes. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x80 || byte === 0x5c) return false
  }
  return true
}

/** Where the bytes go on that are no space. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  for (let at = start; ; at += 1) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
  }
}

/** What a string between its quotes says, or why it says nothing. */
export function readString(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly text: string } | 'bad-escape' | 'not-utf8' {
  if (isPlain(bytes, start, end)) return { text: asciiText(bytes, start, end) }
  const text = decodeUtf8(bytes, start, end)
  if (text === undefined) return 'not-utf8'
  if (!text.includes('\\')) return { text }
  try {
    return { text: JSON.parse(`"${text}"`) as string }
  } catch {
    return 'bad-escape'
  }
}
