const maxPath = 200
const maxWords = 600
const maxName = 64
const maxText = 40
const maxNames = 8

/**
 * What is wrong with a value, and where. It begins where the value is found to be wrong and gets its path on the way back,
 * so that a good value costs no text.
 */
export class Flaw {
  /** Where, such as `policy.routes[1].wait.2`; at most 200 characters. */
  readonly path: string
  /** What is allowed there and what was found, as it follows the path. */
  readonly words: string

  constructor(path: string, words: string) {
    this.path = cut(path, maxPath)
    this.words = cut(words, maxWords)
  }

  /** A sentence that begins with the path. */
  get message(): string {
    return `${this.path} ${this.words}`
  }

  /** The same, seen from further out. */
  under(step: string): Flaw {
    return new Flaw(step + this.path, this.words)
  }
}

/** The flaw of a value that is not what is allowed. */
export const unlike = (allowed: string, value: unknown): Flaw =>
  new Flaw('', `must be ${allowed}, got ${found(value)}`)

/** The step of a path to a field: `.name`, or `["a name"]` where a point would not tell where the name ends. */
export const fieldStep = (name: string): string =>
  /^[\w-]{1,64}$/.test(name) ? `.${name}` : `[${JSON.stringify(cut(name, maxName))}]`

/** A value as a short piece of a sentence. */
export function found(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, maxText))
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value)
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== 'object') return `a ${typeof value}`
  const names = Object.keys(value)
  const first = names.slice(0, maxNames).map((name) => cut(name, maxText))
  if (names.length > 0) return `an object with ${first.join(', ')}`
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  return tag === 'Object' ? 'an empty object' : `a ${cut(tag, maxText)}`
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`
