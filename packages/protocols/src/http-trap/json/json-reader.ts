import { endOfNumber, endOfString, endOfWord } from './json-bytes.ts'

/** Hears what is in a JSON text; where it gives `false`, reading ends there. */
export interface JsonVisitor {
  number(start: number, end: number): boolean
  /** From behind one quote to the other. */
  string(start: number, end: number): boolean
  word(value: boolean | null, start: number, end: number): boolean
  /** An object or a list begins. */
  open(isObject: boolean, start: number): boolean
  /** It has ended. */
  close(end: number): boolean
  /** The key that starts behind its quote. Gives where its other quote is, or `~offset` of what is wrong. */
  key(start: number): number
  /** A list has one more element. */
  element(): void
  /**
   * May read members of an object by itself, up to about this offset: those that start behind a value, or the first ones. Gives where it
   * stopped, behind a value, or where it started.
   */
  members(start: number, isFirst: boolean, until: number): number
}

/** Reads JSON (RFC 8259), of which several may follow one another, in turns. */
export interface JsonReader {
  readonly offset: number
  /** Where the text is wrong, as soon as it is. */
  readonly fault: { readonly offset: number; readonly expected: string } | undefined
  /** Reads on up to about this offset; `true` where there is no more to read. */
  read(until: number): boolean
}

/** What may come next: a value; also the end of the object or list that has just begun; what follows a value. */
type Expected = 'value' | 'first-key' | 'first-element' | 'more'

/** A reader at the start of a text. It needs no stack but a flag for each level. */
export function createJsonReader(bytes: Uint8Array, visitor: JsonVisitor): JsonReader {
  const { length } = bytes
  /** Whether what is open is an object, outermost first. */
  const open: boolean[] = []
  let isObject = false
  let expected: Expected = 'more'
  let at = 0
  let isOver = false
  let fault: JsonReader['fault']

  function fail(offset: number, what: string): boolean {
    fault = { offset, expected: what }
    at = offset
    return false
  }

  /** The byte that is no space, or -1 at the end. */
  function skipSpace(): number {
    while (at < length) {
      const byte = bytes[at] ?? 0
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      at += 1
    }
    return -1
  }

  function readValue(byte: number): boolean {
    const start = at
    if (byte === 0x7b || byte === 0x5b) {
      at += 1
      open.push((isObject = byte === 0x7b))
      expected = isObject ? 'first-key' : 'first-element'
      return visitor.open(isObject, start)
    }
    expected = 'more'
    if (byte === 0x22) {
      const end = endOfString(bytes, start + 1)
      if (end < 0) return fail(~end, 'a string that ends and has no control character')
      at = end + 1
      return visitor.string(start + 1, end)
    }
    const end = endOfNumber(bytes, start)
    if (end < 0) return readWord(byte, start)
    at = end
    return visitor.number(start, end)
  }

  function readWord(byte: number, start: number): boolean {
    const word = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : 'null'
    const end = endOfWord(bytes, start, word)
    if (end < 0) return fail(start, 'a JSON value')
    at = end
    return visitor.word(word === 'null' ? null : word === 'true', start, end)
  }

  function readKey(byte: number): boolean {
    if (byte !== 0x22) return fail(at, 'a key in quotes')
    const end = visitor.key(at + 1)
    if (end < 0) return fail(~end, 'a key that ends, with no control character and no bad escape')
    at = end + 1
    if (skipSpace() !== 0x3a) return fail(at, 'a colon after a key')
    at += 1
    expected = 'value'
    return true
  }

  function readElement(byte: number): boolean {
    visitor.element()
    return readValue(byte)
  }

  function close(): boolean {
    at += 1
    open.pop()
    isObject = open[open.length - 1] ?? false
    expected = 'more'
    return visitor.close(at)
  }

  function readMore(byte: number): boolean {
    if (open.length === 0) return byte >= 0 && readValue(byte)
    if (byte === (isObject ? 0x7d : 0x5d)) return close()
    if (byte !== 0x2c)
      return fail(at, isObject ? 'a comma or } after a member' : 'a comma or ] after an element')
    at += 1
    const next = skipSpace()
    return isObject ? readKey(next) : readElement(next)
  }

  /** Whether the visitor has read some. */
  function skipMembers(until: number): boolean {
    if (!isObject || (expected !== 'more' && expected !== 'first-key')) return false
    const end = visitor.members(at, expected === 'first-key', until)
    if (end === at) return false
    at = end
    expected = 'more'
    return true
  }

  function readNext(): boolean {
    const byte = skipSpace()
    switch (expected) {
      case 'more':
        return readMore(byte)
      case 'value':
        return readValue(byte)
      case 'first-key':
        return byte === 0x7d ? close() : readKey(byte)
      case 'first-element':
        return byte === 0x5d ? close() : readElement(byte)
    }
  }

  return {
    get offset() {
      return at
    },
    get fault() {
      return fault
    },
    read(until) {
      while (!isOver && at < until) isOver = !skipMembers(until) && !readNext()
      // The end of the bytes may be amid an object.
      if (!isOver && at >= length) isOver = !readNext()
      return isOver
    },
  }
}
