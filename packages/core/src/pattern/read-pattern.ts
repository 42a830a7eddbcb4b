import type { Parsed } from '../parsed.ts'

/** A regular expression as a tree; what is remembered of a match, and how greedy it is, says nothing about whether there is one. */
export type PatternNode =
  | { readonly kind: 'one'; readonly test: (point: number) => boolean }
  | { readonly kind: 'at'; readonly where: Assertion }
  | { readonly kind: 'chain' | 'choice'; readonly of: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number }

/** What must hold between two characters. */
export type Assertion = 'start' | 'end' | 'word-edge' | 'no-word-edge'

/** What the flags `i`, `m` and `s` of JavaScript say. */
export interface PatternFlags {
  readonly ignoreCase?: boolean
  /** `^` and `$` are the ends of lines too. */
  readonly multiline?: boolean
  /** `.` is every character. */
  readonly dotAll?: boolean
}

/** Reads a regular expression of JavaScript (flag `u`), or says what of it cannot run in linear time. */
export function readPattern(source: string, flags: PatternFlags = {}): Parsed<PatternNode, 'bad-pattern'> {
  try {
    // What is no regular expression at all, the engine says best; what follows may trust the syntax.
    new RegExp(source, 'u')
    return { ok: true, value: new Reader(source, flags).choice() }
  } catch (error) {
    const offset = error instanceof Refusal ? error.offset : 0
    const message = error instanceof Error ? error.message : 'no regular expression'
    return { ok: false, reason: 'bad-pattern', offset, message }
  }
}

class Refusal extends Error {
  readonly offset: number

  constructor(offset: number, what: string) {
    super(`${what} at character ${offset + 1} can take exponential time, and is not taken`)
    this.offset = offset
  }
}

const quantifier = /([*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y
const escape =
  /\\(?:u\{[\dA-Fa-f]+\}|u[\dA-Fa-f]{4}(?:\\u[\dA-Fa-f]{4})?|x[\dA-Fa-f]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[^])/uy
const set = /\[(?:\\[^]|[^\]\\])*\]/uy

class Reader {
  readonly #source: string
  readonly #flags: string
  readonly #ignoreCase: boolean
  #at = 0

  constructor(source: string, { ignoreCase = false, dotAll = false }: PatternFlags) {
    this.#source = source
    this.#flags = `u${ignoreCase ? 'i' : ''}${dotAll ? 's' : ''}`
    this.#ignoreCase = ignoreCase
  }

  choice(): PatternNode {
    const of = [this.#chain()]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      of.push(this.#chain())
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'choice', of }
  }

  #chain(): PatternNode {
    const of: PatternNode[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) {
      const node = this.#atom()
      const times = this.#take(quantifier)
      of.push(times === undefined ? node : repeated(node, times))
    }
    return { kind: 'chain', of }
  }

  #atom(): PatternNode {
    const at = this.#at
    switch (this.#source[at] ?? '') {
      case '(':
        return this.#group()
      case '^':
        return this.#assertion('start', 1)
      case '$':
        return this.#assertion('end', 1)
      case '\\':
        if (this.#source[at + 1] === 'b') return this.#assertion('word-edge', 2)
        if (this.#source[at + 1] === 'B') return this.#assertion('no-word-edge', 2)
        if (/[1-9k]/.test(this.#source[at + 1] ?? '')) throw new Refusal(at, 'a back reference')
        return oneOf(this.#take(escape)?.[0] ?? '', this.#flags)
      case '[':
        return oneOf(this.#take(set)?.[0] ?? '', this.#flags)
      case '.':
        this.#at += 1
        return oneOf('.', this.#flags)
      default: {
        const point = this.#source.codePointAt(at) ?? 0
        this.#at += point > 0xffff ? 2 : 1
        return this.#ignoreCase
          ? oneOf(`\\u{${point.toString(16)}}`, this.#flags)
          : { kind: 'one', test: (other) => other === point }
      }
    }
  }

  #group(): PatternNode {
    const at = this.#at
    const opening = this.#take(/\((?:\?(?::|<(?![=!])[^>]*>))?/y)
    if (this.#source[this.#at] === '?') throw new Refusal(at, 'a look around')
    const inner = this.choice()
    this.#at += opening === undefined ? 0 : 1
    return inner
  }

  #assertion(where: Assertion, length: number): PatternNode {
    this.#at += length
    return { kind: 'at', where }
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#source)
    if (match !== null) this.#at = expression.lastIndex
    return match ?? undefined
  }
}

function repeated(of: PatternNode, [, sign, least, comma, most]: RegExpExecArray): PatternNode {
  if (sign === '*') return { kind: 'repeat', of, min: 0, max: Infinity }
  if (sign === '+') return { kind: 'repeat', of, min: 1, max: Infinity }
  if (sign === '?') return { kind: 'repeat', of, min: 0, max: 1 }
  const min = Number(least)
  return { kind: 'repeat', of, min, max: comma === undefined ? min : most === '' ? Infinity : Number(most) }
}

/** One character, as the engine of JavaScript understands it. */
function oneOf(source: string, flags: string): PatternNode {
  const expression = new RegExp(`^${source}$`, flags)
  return { kind: 'one', test: (point) => expression.test(String.fromCodePoint(point)) }
}
