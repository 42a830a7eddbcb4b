import {
  type Defined,
  maxSeriesKeyLength,
  type Parsed,
  parseSeries,
  resolveOptions,
  type Sample,
  type Series,
} from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit, nestingLimit } from '../option-checks.ts'
import type { ParseProblem } from '../source/problem.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { walkTrapBody, type TrapLeaf } from './trap-body.ts'
import { guessValue, meanOf, typedValue, type TrapFault } from './trap-value.ts'
import { createJsonCursor, type JsonScalar } from '../wire/json-cursor.ts'
import { decodeUtf8 } from '../wire/utf8.ts'

const badValue: TrapFault = {
  reason: 'bad-value',
  message: 'a _value is a number, a string, a boolean, null or a list of numbers',
}
const tooLong: Parsed<Series> = {
  ok: false,
  reason: 'name-too-long',
  offset: 0,
  message: `a series name has at most ${maxSeriesKeyLength} characters`,
}

/** Limits of an HTTPTrap parser. */
export interface HttpTrapParserOptions {
  /**
   * Deepest nesting of objects and arrays.
   * @defaultValue 32
   */
  readonly maxDepth?: number | undefined
  /**
   * Most values of one body.
   * @defaultValue 100000
   */
  readonly maxValues?: number | undefined
  /**
   * Most bytes of memory for the cache of names.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

const defaults: Defined<HttpTrapParserOptions> = {
  maxDepth: 32,
  maxValues: 100_000,
  maxNameBytes: defaultNameBytes,
}

const resolve = (options: HttpTrapParserOptions): Defined<HttpTrapParserOptions> =>
  resolveOptions(
    defaults,
    options,
    { maxDepth: nestingLimit, maxValues: limit, maxNameBytes: nameBytesLimit },
    badOption,
  )

/** What became of one body. */
export interface HttpTrapOutcome {
  /** Values that were left out: null, or with a problem of their own. */
  readonly filtered: number
  /** Why reading stopped before the end; what came before it was given to the sink. */
  readonly stopped?: ParseProblem
}

/** A parser of HTTPTrap bodies: pure, no server, no clock. */
export interface HttpTrapParser {
  /**
   * Takes one body. Never throws, whatever the bytes.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of values without `_ts`
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): HttpTrapOutcome
}

/**
 * A parser of the JSON that Circonus' HTTPTrap takes. Nested names are joined by backticks, elements of arrays have their
 * index as name; a name may be canonical, ``metric|ST[tag:value]``. An object with `_value` is one value, with `_type`
 * (`i I l L n s`), `_ts` (ms since the Unix epoch) and `_tags` (a list of `"tag:value"`) beside it. Several documents may
 * follow one another. Whole numbers keep all their digits in `exact`.
 *
 * Memory: `maxNameBytes` of cached names; nothing is built of the body but its samples.
 *
 * @example
 * ```ts
 * import { createHttpTrapParser } from '@tocsin/protocols/engine'
 *
 * const body = '{ "queue": { "depth": 7, "state": "ok", "moved": { "_type": "L", "_value": "18446744073709551614" } } }'
 * createHttpTrapParser().parse(Buffer.from(body), 0, {
 *   sample: ({ series, value, exact }) => {
 *     console.log(series.key, exact ?? value) // => queue`depth 7
 *     // => queue`state ok
 *     // => queue`moved 18446744073709551614n
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createHttpTrapParser(options: HttpTrapParserOptions = {}): HttpTrapParser {
  const { maxDepth, maxValues, maxNameBytes } = resolve(options)
  const findSeries = createNameCache(maxNameBytes)
  return {
    parse(bytes, receivedAt, sink) {
      const text = decodeUtf8(bytes)
      if (text === undefined) {
        const stopped = {
          reason: 'not-utf8',
          message: 'a body is UTF-8',
          start: 0,
          end: bytes.length,
        } as const
        return { filtered: 0, stopped }
      }
      const cursor = createJsonCursor(text)
      const byteOffset = createByteOffset(text, bytes.length)
      let filtered = 0
      const emit = (path: string, leaf: TrapLeaf, from: number): void => {
        const sample = toSample(path, leaf, receivedAt, findSeries)
        if (sample !== undefined && 'series' in sample) {
          sink.sample(sample)
          return
        }
        filtered += 1
        if (sample !== undefined) {
          sink.problem({ ...sample, start: byteOffset(from), end: byteOffset(cursor.offset) })
        }
      }
      const stopped = walkTrapBody(cursor, { maxDepth, maxValues }, emit)
      if (stopped === undefined) return { filtered }
      const start = byteOffset(cursor.offset)
      return { filtered, stopped: { ...stopped, start, end: bytes.length } }
    },
  }
}

/** The sample of a leaf, what is wrong with it, or `undefined` where its value is null. */
function toSample(
  path: string,
  { value, type, time, tags, fault }: TrapLeaf,
  receivedAt: number,
  findSeries: (name: string) => Parsed<Series>,
): Sample | TrapFault | undefined {
  if (fault !== undefined) return fault
  if (value === null) return undefined
  const scalar = Array.isArray(value)
    ? meanOf(value as readonly JsonScalar[])
    : (value as JsonScalar | undefined)
  if (scalar === undefined || scalar === null) return badValue
  const taken = type === undefined ? guessValue(scalar) : typedValue(scalar, type)
  if ('reason' in taken) return taken
  const series = findSeries(tags === undefined ? path : `${path}|ST[${tags.join(',')}]`)
  if (!series.ok) return { reason: 'bad-name', message: series.message }
  return time === undefined || time === receivedAt
    ? { series: series.value, time: receivedAt, ...taken }
    : { series: series.value, time, ...taken, receivedAt }
}

/** What a series takes beside its name, bytes, and in how many of its parts the name is. */
const bytesPerName = 400
const copiesOfName = 4

function createNameCache(maxNameBytes: number): (name: string) => Parsed<Series> {
  const cache = new Map<string, Parsed<Series>>()
  let bytes = 0
  return (name) => {
    // Before the look-up, which would copy a long name together for each of its children.
    if (name.length > maxSeriesKeyLength) return tooLong
    const known = cache.get(name)
    if (known !== undefined) return known
    const parsed = parseSeries(name)
    if (!parsed.ok) return parsed
    bytes += bytesPerName + copiesOfName * name.length
    if (bytes > maxNameBytes) {
      cache.clear()
      bytes = 0
    }
    cache.set(name, parsed)
    return parsed
  }
}

/** Byte offsets of rising text offsets, in linear time for the whole body. */
function createByteOffset(text: string, byteLength: number): (offset: number) => number {
  if (text.length === byteLength) return (offset) => offset
  const encoder = new TextEncoder()
  let knownText = 0
  let knownBytes = 0
  return (offset) => {
    knownBytes += encoder.encode(text.slice(knownText, offset)).length
    knownText = Math.max(knownText, offset)
    return knownBytes
  }
}
