import type { ProblemReason } from '../source/problem.ts'
import type { TrapFault } from './trap-value.ts'
import { JsonSyntaxError, type JsonCursor, type JsonScalar, type JsonStart } from '../wire/json-cursor.ts'

/** One value of a body: a plain scalar, or an object with `_value`. */
export interface TrapLeaf {
  value?: JsonScalar | readonly JsonScalar[]
  type?: string
  /** Event time, ms. */
  time?: number
  /** Canonical tags, `category:value`. */
  tags?: readonly string[]
  /** What is wrong with the leaf as a whole. */
  fault?: TrapFault
}

/** Bounds of one body. */
export interface TrapLimits {
  readonly maxDepth: number
  readonly maxValues: number
}

/** Takes a leaf, its path joined by backticks, and where it starts in the text. */
type EmitLeaf = (path: string, leaf: TrapLeaf, from: number) => void

/** Ends the reading of a body. */
class Stop extends Error {
  readonly fault: TrapFault
  constructor(reason: ProblemReason, message: string) {
    super(message)
    this.fault = { reason, message }
  }
}

const maxTime = 8.64e15
const leafKeys: ReadonlySet<string> = new Set(['_value', '_type', '_ts', '_tags', '_fl'])

/** Visits each leaf of each document; gives what ended the reading before the end of the text. */
export function walkTrapBody(cursor: JsonCursor, limits: TrapLimits, emit: EmitLeaf): TrapFault | undefined {
  const walker = createWalker(cursor, limits, emit)
  try {
    if (!cursor.more())
      return { reason: 'bad-json', message: 'the body is empty; it should hold a JSON object' }
    while (cursor.more()) walker.walk('', 0)
    return undefined
  } catch (error) {
    if (error instanceof Stop) return error.fault
    if (!(error instanceof JsonSyntaxError)) throw error
    return { reason: 'bad-json', message: `not JSON at ${error.offset}: ${error.message}` }
  }
}

function createWalker(cursor: JsonCursor, { maxDepth, maxValues }: TrapLimits, emit: EmitLeaf) {
  let values = 0

  function enter(depth: number): number {
    if (depth >= maxDepth) throw new Stop('too-deep', `objects and arrays nest at most ${maxDepth} deep`)
    return depth + 1
  }

  function scalar(): JsonScalar {
    values += 1
    if (values > maxValues) throw new Stop('too-many-values', `a body has at most ${maxValues} values`)
    return cursor.scalar()
  }

  function walk(path: string, depth: number): void {
    const from = cursor.offset
    const start = cursor.start()
    if (start === 'scalar') emit(path, { value: scalar() }, from)
    else if (start === 'object') walkObject(path, enter(depth), from)
    else {
      const inner = enter(depth)
      for (let index = 0; cursor.element(index === 0); index += 1) walk(join(path, String(index)), inner)
    }
  }

  function walkObject(path: string, depth: number, from: number): void {
    let leaf: TrapLeaf | undefined
    for (let key = cursor.key(true); key !== undefined; key = cursor.key(false)) {
      if (leafKeys.has(key)) setMember((leaf ??= {}), key, capture(depth))
      else walk(join(path, key), depth)
    }
    if (leaf === undefined) return
    if (leaf.value === undefined)
      leaf.fault ??= { reason: 'malformed', message: 'a typed value needs _value' }
    emit(path, leaf, from)
  }

  /** A scalar or a list of scalars; anything deeper is read over and gives `undefined`. */
  function capture(depth: number): JsonScalar | readonly JsonScalar[] | undefined {
    const start = cursor.start()
    if (start === 'scalar') return scalar()
    if (start === 'object') {
      skip(start, depth)
      return
    }
    const inner = enter(depth)
    const list: JsonScalar[] = []
    let flat = true
    for (let first = true; cursor.element(first); first = false) {
      const element = cursor.start()
      if (element === 'scalar') list.push(scalar())
      else {
        flat = false
        skip(element, inner)
      }
    }
    return flat ? list : undefined
  }

  function skip(start: JsonStart, depth: number): undefined {
    if (start === 'scalar') {
      scalar()
      return undefined
    }
    const inner = enter(depth)
    const next = (first: boolean): boolean =>
      start === 'array' ? cursor.element(first) : cursor.key(first) !== undefined
    for (let first = true; next(first); first = false) skip(cursor.start(), inner)
    return undefined
  }

  return { walk }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}\`${name}`)

function setMember(
  leaf: TrapLeaf,
  key: string,
  captured: JsonScalar | readonly JsonScalar[] | undefined,
): void {
  const wrong = (message: string, reason: ProblemReason = 'malformed'): void => {
    leaf.fault ??= { reason, message }
  }
  const isText = typeof captured === 'string'
  switch (key) {
    case '_value':
      if (captured === undefined)
        wrong('a _value is a number, a string, a boolean, null or a list of numbers')
      else leaf.value = captured
      return
    case '_type':
      if (isText) leaf.type = captured
      else wrong('a _type is a string')
      return
    case '_ts': {
      const time = readTime(captured)
      if (time === undefined) wrong('a _ts is whole ms since the Unix epoch', 'bad-timestamp')
      else leaf.time = time
      return
    }
    case '_tags':
      if (Array.isArray(captured) && captured.every((tag) => typeof tag === 'string')) leaf.tags = captured
      else wrong('_tags is a list of strings "tag:value"')
      return
    default:
      // "~" averages over a period, which a value taken at once does not have.
      if (captured !== '~' && captured !== '') wrong('accumulation (_fl "+") is not taken', 'unsupported')
  }
}

function readTime(captured: JsonScalar | readonly JsonScalar[] | undefined): number | undefined {
  if (typeof captured !== 'object' || captured === null || !('number' in captured)) return undefined
  const time = Number(captured.number)
  return Number.isInteger(time) && time > 0 && time <= maxTime ? time : undefined
}
