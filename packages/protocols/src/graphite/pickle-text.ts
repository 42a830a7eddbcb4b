const pythonEscape = /\\(?:x([\da-f]{2})|([0-7]{1,3})|([^]))/gi
const unicodeEscape = /\\u([\da-f]{4})|\\U([\da-f]{8})/g
const named: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])
const encoder = new TextEncoder()
// What is no Unicode becomes no UTF-8, and is refused as such where it is a name.
const noUtf8 = new Uint8Array([0xff])

/** The bytes that a text of Python 2 stands for, without its quotes. */
export function readPythonText(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const text = latin1(bytes, start, end).replaceAll(
    pythonEscape,
    (_, hex?: string, octal?: string, letter?: string): string => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
      return named.get(letter ?? '') ?? letter ?? ''
    },
  )
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** The UTF-8 bytes of a text in Python's `raw-unicode-escape`, which is Latin-1 with `\u` for the rest. */
export function readUnicodeText(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const text = latin1(bytes, start, end).replaceAll(
    unicodeEscape,
    (_, four?: string, eight?: string): string => {
      const point = Number.parseInt(four ?? eight ?? '', 16)
      return point > 0x10ffff ? '\ud800' : String.fromCodePoint(point)
    },
  )
  return /\p{Surrogate}/u.test(text) ? noUtf8 : encoder.encode(text)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (const byte of bytes.subarray(start, end)) text += String.fromCharCode(byte)
  return text
}
