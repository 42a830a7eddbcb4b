/** A JSON value without children. A number is its own text, so that no digit is lost. */
export type JsonScalar = string | boolean | null | { readonly number: string }

/** Where and why a text is no JSON; thrown by the cursor, caught by the parser that owns it. */
export class JsonSyntaxError extends Error {
  /** In the text, UTF-16 units from 0. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** What starts at the cursor. */
type JsonStart = 'object' | 'array' | 'scalar'

/** Reads JSON (RFC 8259) piece by piece; nothing is built that the reader does not ask for. */
export interface JsonCursor {
  readonly offset: number
  /** Skips space; true where the text goes on. */
  more(): boolean
  /** What the next value is; enters it where it is an object or an array. */
  start(): JsonStart
  /** After `start()` gave `'scalar'`: the value. */
  scalar(): JsonScalar
  /** In an object: the next key, or `undefined` at its end. */
  key(first: boolean): string | undefined
  /** In an array: whether an element follows. */
  element(first: boolean): boolean
}

// What follows must not go on with the number, or 012 would be read as 0 before the fault is seen.
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y
const space = /[ \t\n\r]*/y
const word = /(?:true|false|null)(?!\w)/y

/** A cursor at the start of a text, which may hold several values one after another. */
export function createJsonCursor(text: string): JsonCursor {
  let at = 0

  const fail = (expected: string): never => {
    throw new JsonSyntaxError(`expected ${expected}`, at)
  }
  const skipSpace = (): string | undefined => {
    space.lastIndex = at
    space.test(text)
    at = space.lastIndex
    return text[at]
  }
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const [match] = pattern.exec(text) ?? []
    if (match !== undefined) at = pattern.lastIndex
    return match
  }
  const readString = (): string => {
    const from = at
    let escaped = false
    for (at += 1; text[at] !== '"'; at += 1) {
      if (!(text.charCodeAt(at) >= 0x20)) {
        // A backslash at the end skips past it.
        at = Math.min(at, text.length)
        fail('a string that ends and has no control character')
      }
      if (text[at] !== '\\') continue
      escaped = true
      at += 1
    }
    at += 1
    if (!escaped) return text.slice(from + 1, at - 1)
    try {
      return JSON.parse(text.slice(from, at)) as string
    } catch {
      at = from
      return fail('a string without a bad escape')
    }
  }

  return {
    get offset() {
      return at
    },
    more: () => skipSpace() !== undefined,
    start() {
      const next = skipSpace()
      if (next !== '{' && next !== '[') return 'scalar'
      at += 1
      return next === '{' ? 'object' : 'array'
    },
    scalar() {
      if (text[at] === '"') return readString()
      const digits = take(number)
      if (digits !== undefined) return { number: digits }
      const literal = take(word) ?? fail('a JSON value')
      return literal === 'null' ? null : literal === 'true'
    },
    key(first) {
      if (skipSpace() === '}') {
        at += 1
        return undefined
      }
      if (!first) {
        if (text[at] !== ',') fail('a comma or } after a member')
        at += 1
        skipSpace()
      }
      if (text[at] !== '"') fail('a key in quotes')
      const key = readString()
      if (skipSpace() !== ':') fail('a colon after a key')
      at += 1
      return key
    },
    element(first) {
      if (skipSpace() === ']') {
        at += 1
        return false
      }
      if (first) return true
      if (text[at] !== ',') fail('a comma or ] after an element')
      at += 1
      return true
    },
  }
}
