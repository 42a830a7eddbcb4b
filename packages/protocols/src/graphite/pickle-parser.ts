import { type Checks, type Defined, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { limit } from '../option-checks.ts'
import { exactInteger } from '../wire/decimal.ts'
import { createHeader, readName } from '../wire/header.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import {
  createPoints,
  defaultPointOptions,
  noByte,
  pointChecks,
  type PointFault,
  type PointOptions,
} from './graphite-point.ts'
import { opcodeName } from './pickle-opcodes.ts'
import { operationOf, readInteger, textNumber } from './pickle-operations.ts'
import { createPickleStack, type PickleStack } from './pickle-stack.ts'
import { nothing, pickleKind } from './pickle-values.ts'

/** Limits of {@link createPickleParser}, and how it reads timestamps. */
export interface PickleParserOptions extends PointOptions {
  /**
   * Most values in one pickle, each tuple and list too; a point has five.
   * @defaultValue 262144
   */
  readonly maxValues?: number | undefined
}

/** A parser of whole pickles: pure, no sockets, no clock. */
export interface PickleParser {
  /**
   * Takes one pickle, without the length that stands before it. Either it is refused with one problem, or each of its points gives a
   * sample or a problem. Never throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of points that bring -1
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): void
}

const defaults: Defined<PickleParserOptions> = { ...defaultPointOptions, maxValues: 262_144 }
const checks: Checks<PickleParserOptions> = { ...pointChecks, maxValues: limit }
const stop = 0x2e
const lineFeed = 0x0a
// As long as a line may be.
const longestName = 8192
const badPickle: PointFault = { reason: 'malformed', message: 'a pickle is a list of points' }
const cutOff: PointFault = { reason: 'malformed', message: 'the pickle ends before its STOP' }
const trailing: PointFault = { reason: 'malformed', message: 'after its STOP, nothing stands in a pickle' }
const badPoint: PointFault = { reason: 'malformed', message: 'a point is (name, (timestamp, value))' }
const badName: PointFault = {
  reason: 'bad-name',
  message: `a name has from 1 to ${longestName} bytes`,
}

/**
 * A parser of graphite's pickles, `[(name, (timestamp, value)), …]`, of all protocols from 0 to 5. It does not unpickle: it knows the
 * operations that texts, numbers, tuples and lists are made of, and refuses a pickle with any other, so that none can name code or call
 * it. Names are texts or bytes, with tags as in lines; timestamps and values numbers or decimal texts. Integers have at most eight bytes.
 * Memory: `maxNameBytes` of names, and about 40 bytes for each of the most values that a pickle has had.
 *
 * @example
 * ```ts
 * import { createPickleParser } from '@tocsin/protocols/engine'
 *
 * // pickle.dumps([('disk.used;host=web1', (1700000000, 42.5))], protocol=0), as Python 2 writes it
 * const pickle = "(lp0\n(S'disk.used;host=web1'\np1\n(I1700000000\nF42.5\ntp2\ntp3\na."
 * createPickleParser().parse(Buffer.from(pickle), 0, {
 *   sample: ({ series, value, time }) => {
 *     console.log(series.key, value, time) // => disk.used|ST[host:web1] 42.5 1700000000000
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createPickleParser(options: PickleParserOptions = {}): PickleParser {
  const { maxValues, ...pointOptions } = resolveOptions<Defined<PickleParserOptions>>(
    defaults,
    options,
    checks,
    badOption,
  )
  const takePoint = createPoints(pointOptions)
  const stack = createPickleStack(maxValues)
  const { values } = stack
  const header = createHeader()

  const isPair = (value: number): boolean =>
    values.kinds[value] === pickleKind.sequence && values.numbers[value] === 2
  const first = (pair: number): number => values.itemValues[values.starts[pair] ?? nothing] ?? nothing
  const second = (pair: number): number => values.itemValues[values.ends[pair] ?? nothing] ?? nothing
  const startOf = (value: number): number => values.starts[value] ?? 0
  const endOf = (value: number): number => values.ends[value] ?? 0
  const bytesOf = (text: number): Uint8Array =>
    (values.decoded.size > 0 ? values.decoded.get(text) : undefined) ?? stack.bytes

  function numberOf(value: number): number {
    const kind = values.kinds[value]
    if (kind === pickleKind.text) return textNumber(bytesOf(value), startOf(value), endOf(value))
    return kind === pickleKind.number || kind === pickleKind.integer
      ? (values.numbers[value] ?? 0)
      : Number.NaN
  }

  function exactOf(value: number, number: number): bigint | undefined {
    if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return undefined
    if (values.kinds[value] === pickleKind.integer)
      return readInteger(stack.bytes, startOf(value), endOf(value))
    return exactInteger(bytesOf(value), startOf(value), endOf(value), number)
  }

  function readPoint(point: number, receivedAt: number, sink: ParseSink): PointFault | undefined {
    const name = first(point)
    const pair = second(point)
    if (!isPair(point) || values.kinds[name] !== pickleKind.text || !isPair(pair)) return badPoint
    const length = endOf(name) - startOf(name)
    if (length === 0 || length > longestName) return badName
    const bytes = bytesOf(name)
    const value = second(pair)
    const number = numberOf(value)
    readName(header, bytes, startOf(name), endOf(name), noByte, noByte)
    return takePoint(bytes, header, numberOf(first(pair)), number, exactOf(value, number), receivedAt, sink)
  }

  function report(point: number, fault: PointFault, sink: ParseSink): void {
    // Where it names something it is found by that; it may be spread over the whole pickle.
    const name = isPair(point) ? first(point) : nothing
    const isFound = values.kinds[name] === pickleKind.text && bytesOf(name) === stack.bytes
    const end = isFound ? endOf(name) : stack.bytes.length
    sink.problem({ ...fault, start: isFound ? startOf(name) : 0, end })
  }

  return {
    parse(bytes, receivedAt, sink) {
      stack.start(bytes)
      const points = readPickle(stack)
      const fault = stack.fault ?? (values.kinds[points] === pickleKind.sequence ? undefined : badPickle)
      if (fault !== undefined) {
        sink.problem({ ...fault, start: stack.at, end: bytes.length })
        return
      }
      for (let item = startOf(points); item !== nothing; item = values.nextItems[item] ?? nothing) {
        const point = values.itemValues[item] ?? nothing
        const bad = readPoint(point, receivedAt, sink)
        if (bad !== undefined) report(point, bad, sink)
      }
      if (stack.at < bytes.length) sink.problem({ ...trailing, start: stack.at, end: bytes.length })
    },
  }
}

/** Does the operations up to STOP, and gives the value that is left. */
function readPickle(stack: PickleStack): number {
  const { bytes } = stack
  while (stack.at < bytes.length) {
    const code = bytes[stack.at] ?? 0
    const start = stack.at + 1
    if (code === stop) {
      const value = stack.pop()
      if (stack.fault === undefined) stack.at = start
      return value
    }
    const operation = operationOf[code]
    if (operation === undefined) {
      stack.fault = unknownOperation(code)
      return nothing
    }
    const isLine = operation.operand === 'line'
    const end = isLine ? bytes.indexOf(lineFeed, start) : start + operation.operand
    if (end < 0 || end > bytes.length) break
    const at = stack.at
    stack.at = isLine ? end + 1 : end
    operation.run(stack, start, end)
    if (stack.fault !== undefined) {
      stack.at = at
      return nothing
    }
  }
  stack.fault = cutOff
  return nothing
}

const unknownOperation = (code: number): PointFault => ({
  reason: 'unsupported',
  message: `a pickle of points has no operation ${opcodeName(code)}; it is refused as a whole`,
})
