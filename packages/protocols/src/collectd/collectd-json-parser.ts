import { type Checks, type Defined, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit } from '../option-checks.ts'
import type { ParseProblem } from '../source/problem.ts'
import { createJsonCursor } from '../wire/json-cursor.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { createTextSeries } from './collectd-series.ts'
import {
  badShape,
  BeyondLimit,
  isValueList,
  readValueList,
  stopOf,
  takeValueList,
  type Fault,
  type ValueList,
} from './value-list.ts'

/** Limits of a parser of collectd's JSON. */
export interface CollectdJsonParserOptions {
  /**
   * Most values of one body.
   * @defaultValue 100000
   */
  readonly maxValues?: number | undefined
  /**
   * Most bytes of memory for the cache of series.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

/** The defaults of {@link CollectdJsonParserOptions}. */
export const defaultCollectdJsonParser: Defined<CollectdJsonParserOptions> = Object.freeze({
  maxValues: 100_000,
  maxNameBytes: defaultNameBytes,
})

/** What {@link CollectdJsonParserOptions} allow. */
export const collectdJsonParserChecks: Checks<CollectdJsonParserOptions> = {
  maxValues: limit,
  maxNameBytes: nameBytesLimit,
}

/** What became of one body. */
export interface CollectdJsonOutcome {
  /** Values that were left out, each with a problem. */
  readonly filtered: number
  /** Why reading stopped before the end; what came before it was given to the sink. */
  readonly stopped?: ParseProblem
}

/** A parser of collectd's JSON: pure, no server, no clock. */
export interface CollectdJsonParser {
  /**
   * Takes one body. Never throws, whatever the bytes.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of lists without one
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): CollectdJsonOutcome
}

const foreign: Fault = {
  reason: 'malformed',
  message: 'this is no list of collectd values (write_http with Format "JSON"); other JSON is for httpTrap',
}
/**
 * A parser of the JSON that collectd's `write_http` posts: a list of value lists. Names and kinds are those of
 * {@link createCollectdParser}, with the names of values that the document brings. A value list that is none is one problem, and the
 * others are taken; a document of another kind is not taken. Whole numbers keep all their digits in `exact`; null is what
 * collectd writes for NaN, and a problem `not-available`.
 *
 * Memory: `maxNameBytes` of names.
 *
 * @example
 * ```ts
 * import { createCollectdJsonParser } from '@tocsin/protocols/engine'
 *
 * const body = `[{ "values": [9007199254740993, 5], "dstypes": ["derive", "derive"], "dsnames": ["rx", "tx"], "time": 1.5,
 *   "interval": 10, "host": "web1", "plugin": "interface", "plugin_instance": "eth0", "type": "if_octets", "type_instance": "" }]`
 * createCollectdJsonParser().parse(Buffer.from(body), 0, {
 *   sample: ({ series, value, exact }) => {
 *     console.log(series.key, exact ?? value) // => interface.if_octets.rx|ST[host:web1,plugin_instance:eth0] 9007199254740993n
 *     // => interface.if_octets.tx|ST[host:web1,plugin_instance:eth0] 5
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createCollectdJsonParser(options: CollectdJsonParserOptions = {}): CollectdJsonParser {
  const { maxValues, maxNameBytes } = resolveOptions<Defined<CollectdJsonParserOptions>>(
    defaultCollectdJsonParser,
    options,
    collectdJsonParserChecks,
    badOption,
  )
  const findSeries = createTextSeries(maxNameBytes)

  return {
    parse(bytes, receivedAt, sink) {
      const text = decodeUtf8(bytes)
      const all = { start: 0, end: bytes.length }
      if (text === undefined)
        return { filtered: 0, stopped: { reason: 'not-utf8', message: 'a body is UTF-8', ...all } }
      const cursor = createJsonCursor(text)
      let filtered = 0
      let values = 0
      const isAscii = text.length === bytes.length
      const place = (start: number) => (isAscii ? { start, end: cursor.offset } : all)
      const leaveOut = (fault: Fault, from: number): void => {
        filtered += 1
        sink.problem({ ...fault, ...place(from) })
      }

      const takeList = (list: ValueList, from: number): void => {
        values += list.lists.get('values')?.length ?? 0
        if (values > maxValues)
          throw new BeyondLimit('too-many-values', `a body has at most ${maxValues} values`)
        const fault = takeValueList(list, receivedAt, findSeries, sink, (one) => leaveOut(one, from))
        if (fault !== undefined) leaveOut(fault, from)
      }

      try {
        const isList = cursor.more() && cursor.start() === 'array'
        for (let first = true; isList && cursor.element(first); first = false) {
          const from = cursor.offset
          const list = readValueList(cursor)
          if (list !== undefined && isValueList(list)) takeList(list, from)
          else if (first) return { filtered, stopped: { ...foreign, ...place(from) } }
          else leaveOut(badShape, from)
        }
        if (!isList) return { filtered, stopped: { ...foreign, ...all } }
        if (!cursor.more()) return { filtered }
        const message = `not JSON at ${cursor.offset}: expected the end`
        return { filtered, stopped: { reason: 'bad-json', message, ...all } }
      } catch (error) {
        return { filtered, stopped: { ...stopOf(error), ...all } }
      }
    },
  }
}
