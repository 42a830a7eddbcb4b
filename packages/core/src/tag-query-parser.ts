import type { Parsed } from './parsed.ts'
import { linearPattern } from './pattern/linear-pattern.ts'
import { decodeBase64 } from './tag-part.ts'
import type { TagQuery, TextPattern } from './tag-query.ts'

/** Longest query, in UTF-16 units. */
export const maxTagQueryLength = 16_384
/** Deepest nesting of and(), or() and not(). */
export const maxTagQueryDepth = 32

type Failure = Extract<Parsed<never, 'bad-query'>, { ok: false }>
type Step<Value> = { readonly ok: true; readonly value: Value; readonly end: number } | Failure

const bare = /[^,()\s:"]+/y
const base64Form = /b(?:"([A-Za-z0-9+/=]*)"|\/([A-Za-z0-9+/=]*)\/)/y
const quoted = /"([^"]*)"/y
const regexForm = /\/((?:[^/\\]|\\.)*)\//y
const forced = /\[(exact|glob|re)\]/y

const failure = (offset: number, message: string): Failure => ({
  ok: false,
  reason: 'bad-query',
  offset,
  message,
})

/**
 * Reads a tag query: `*` for every series, `and(a,b,…)`, `or(a,b,…)`, `not(a)`, or `category:value`, where a side is exact, a glob with `*` and
 * `?`, `/regex/`, `"quoted"`, `b"base64"`, `b/base64 of a regex/`, or has `[exact]`, `[glob]` or `[re]` in front. Regexes
 * are JavaScript's with the flag `u`, unanchored, and run in linear time: those that cannot are refused.
 * Grammar: IRONdb, tag queries.
 */
export function parseTagQuery(text: string): Parsed<TagQuery, 'bad-query'> {
  if (text.length > maxTagQueryLength) {
    return failure(
      maxTagQueryLength,
      `a tag query has at most ${maxTagQueryLength} characters, got ${text.length}`,
    )
  }
  const step = readQuery(text, 0, 1)
  if (!step.ok) return step
  const end = skipSpace(text, step.end)
  if (end === text.length) return { ok: true, value: step.value }
  return failure(
    end,
    'expected the end of the query (write host:web for one tag, and(a,b) or or(a,b) for several)',
  )
}

function readQuery(text: string, from: number, depth: number): Step<TagQuery> {
  const at = skipSpace(text, from)
  const operator = /(and|or|not)\(/y
  operator.lastIndex = at
  const kind = operator.exec(text)?.[1]
  if (kind === undefined) return readTag(text, at)
  if (depth >= maxTagQueryDepth) return failure(at, `a tag query nests at most ${maxTagQueryDepth} deep`)
  const of: TagQuery[] = []
  let end = operator.lastIndex
  for (;;) {
    const step = readQuery(text, end, depth + 1)
    if (!step.ok) return step
    of.push(step.value)
    end = skipSpace(text, step.end)
    if (text[end] === ')') break
    if (text[end] !== ',') return failure(end, 'expected , or ) here')
    end += 1
  }
  const [first] = of
  if (kind !== 'not') return { ok: true, value: { kind: kind as 'and' | 'or', of }, end: end + 1 }
  if (first === undefined || of.length > 1) return failure(at, 'not() takes exactly one query')
  return { ok: true, value: { kind: 'not', of: [first] }, end: end + 1 }
}

function readTag(text: string, from: number): Step<TagQuery> {
  const category = readPattern(text, from, false)
  if (!category.ok) return category
  if (text[category.end] !== ':') {
    return { ok: true, value: { kind: 'tag', category: category.value }, end: category.end }
  }
  const value = readPattern(text, category.end + 1, true)
  if (!value.ok) return value
  return { ok: true, value: { kind: 'tag', category: category.value, value: value.value }, end: value.end }
}

function readPattern(text: string, from: number, isValue: boolean): Step<TextPattern> {
  const mode = take(forced, text, from)
  const at = mode?.end ?? from
  const kind =
    mode === undefined ? undefined : mode.group === 're' ? 'regex' : (mode.group as 'exact' | 'glob')
  const inBase64 = take(base64Form, text, at)
  if (inBase64 !== undefined) {
    const decoded = decodeBase64(inBase64.group)
    if (decoded === undefined) return failure(at, 'the base64 form holds no UTF-8 text')
    return pattern(kind ?? (text[at + 1] === '/' ? 'regex' : 'exact'), decoded, at, inBase64.end)
  }
  const inQuotes = take(quoted, text, at)
  if (inQuotes !== undefined) return pattern(kind ?? 'exact', inQuotes.group, at, inQuotes.end)
  const inSlashes = kind === undefined ? take(regexForm, text, at) : undefined
  if (inSlashes !== undefined) return pattern('regex', inSlashes.group, at, inSlashes.end)
  const plain = readBare(text, at, isValue)
  if (plain === at && !isValue) return failure(at, 'expected and(, or(, not( or category:value')
  const word = text.slice(at, plain)
  return pattern(kind ?? (/[*?]/.test(word) ? 'glob' : 'exact'), word, at, plain)
}

/** The end of a bare word; in a value colons are plain. */
function readBare(text: string, from: number, isValue: boolean): number {
  let at = from
  for (;;) {
    bare.lastIndex = at
    if (bare.test(text)) at = bare.lastIndex
    else if (isValue && text[at] === ':') at += 1
    else return at
  }
}

function pattern(kind: TextPattern['kind'], text: string, offset: number, end: number): Step<TextPattern> {
  if (kind === 'regex') {
    const read = linearPattern(text)
    if (!read.ok) return failure(offset, read.message)
  }
  return { ok: true, value: { kind, text }, end }
}

function take(expression: RegExp, text: string, from: number): { group: string; end: number } | undefined {
  expression.lastIndex = from
  const match = expression.exec(text)
  return match === null ? undefined : { group: match[1] ?? match[2] ?? '', end: expression.lastIndex }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n') at += 1
  return at
}
