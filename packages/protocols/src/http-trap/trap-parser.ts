import { type Defined, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit, nestingLimit } from '../option-checks.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { isCollectdBody } from './collectd-body.ts'
import { createNameTree } from './name-tree.ts'
import { createTrapReading, type HttpTrapOutcome, type HttpTrapReading } from './trap-reading.ts'
import { fault, type TrapFault } from './trap-value.ts'

const empty = fault('bad-json', 'the body is empty; it should hold a JSON object')
const ofCollectd = fault(
  'unsupported',
  "the body is what collectd's write_http sends, which no trap takes; its URL should be that of a collectd source",
)

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

/** A parser of HTTPTrap bodies: pure, no server, no clock. */
export interface HttpTrapParser {
  /**
   * Takes one body. Never throws, whatever the bytes.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of values without `_ts`
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): HttpTrapOutcome
  /**
   * Takes one body slice by slice, for who has other things to do meanwhile: each `next` takes a few ms. A body that is begun is to be read
   * to its end, or names are no longer dropped where there are too many.
   */
  start(bytes: Uint8Array, receivedAt: number, sink: ParseSink): HttpTrapReading
}

/**
 * A parser of the JSON that Circonus' HTTPTrap takes (reconnoiter, `httptrap.c`). Nested names are joined by backticks, elements of arrays
 * have their index as name; a name may be canonical, ``metric|ST[tag:value]``. Several documents may follow one another, a name may
 * come several times. Whole numbers keep all their digits in `exact`.
 *
 * An object with `_value` is one value: a scalar or a list, whose mean is taken; a second `_value` counts as a further element. Beside it:
 * - `_type`: `i I l L` whole numbers of 32 and 64 bits, `n` a number, `s` text; `h` and `H` a histogram of numbers, of bins such as
 *   `"H[4]=120"` and of base64 as circllhist writes it, all added up. `H` counts from the sender's own beginning on, and comes as it is.
 * - `_ts`: ms since the Unix epoch, as a number or text.
 * - `_tags`: a list of `"tag:value"`.
 * - `_fl`: with `"+"` the value is what came since the one before, a sample of kind `delta`; of a list it is the sum. `"~"`, a mean over a
 *   period, is ignored, as where the original takes values at once.
 *
 * What is wrong beside a value is a problem, and the value is taken without it. Null is left out without a problem.
 *
 * Memory: `maxNameBytes` of names. Of a body, nothing is built but its samples, with at most `maxValues` values and new names of 16 times
 * its length and 1 MiB. A body that collectd's write_http sent is refused, which would be series such as ``0`values`0`` here.
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
  const { maxNameBytes, ...limits } = resolve(options)
  const tree = createNameTree(maxNameBytes)
  const start = (bytes: Uint8Array, receivedAt: number, sink: ParseSink): HttpTrapReading => {
    const refused = refusalOf(bytes)
    if (refused === undefined) return createTrapReading(bytes, receivedAt, sink, tree, limits)
    return { next: () => ({ filtered: 0, stopped: { ...refused, start: 0, end: bytes.length } }) }
  }
  return {
    start,
    parse(bytes, receivedAt, sink) {
      const reading = start(bytes, receivedAt, sink)
      for (;;) {
        const outcome = reading.next()
        if (outcome !== undefined) return outcome
      }
    },
  }
}

const openList = 0x5b
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function refusalOf(bytes: Uint8Array): TrapFault | undefined {
  const first = bytes.find((byte) => !isSpace(byte))
  if (first === undefined) return empty
  return first === openList && isCollectdBody(bytes) ? ofCollectd : undefined
}
