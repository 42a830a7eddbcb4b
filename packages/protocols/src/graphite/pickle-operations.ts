import { readDecimal } from '../wire/decimal.ts'
import type { PointFault } from './graphite-point.ts'
import type { PickleStack } from './pickle-stack.ts'
import { opcodeName } from './pickle-opcodes.ts'
import { readPythonText, readUnicodeText } from './pickle-text.ts'
import { addValue, pickleKind } from './pickle-values.ts'

/** One operation of a pickle. */
export interface PickleOperation {
  /** How many bytes stand behind it, or a line up to its LF. */
  readonly operand: number | 'line'
  /** Does it; the operand stands from `start` to `end`. `stack.at` is behind it, and may be moved on. */
  readonly run: (stack: PickleStack, start: number, end: number) => void
}

// No number is longer, and reading one takes the square of its length.
const longestNumber = 512
const cutOff: PointFault = { reason: 'malformed', message: 'the pickle ends in the middle' }
const notQuoted: PointFault = { reason: 'malformed', message: 'a text in the pickle is not quoted' }

function little(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = end - 1; at >= start; at -= 1) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** The number that stands in text, or NaN, which spoils its point alone. */
export const textNumber = (bytes: Uint8Array, start: number, end: number): number =>
  end - start > longestNumber ? Number.NaN : readDecimal(bytes, start, end)

const pushNumber = (stack: PickleStack, value: number): void =>
  stack.push(addValue(stack.values, pickleKind.number, value, 0, 0))
const pushText = (stack: PickleStack, start: number, end: number): void =>
  stack.push(addValue(stack.values, pickleKind.text, 0, start, end))

function pushDecoded(stack: PickleStack, bytes: Uint8Array): void {
  const text = addValue(stack.values, pickleKind.text, 0, 0, bytes.length)
  stack.values.decoded.set(text, bytes)
  stack.push(text)
}

/** A text whose bytes are those of its characters. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end && bytes[at] !== 0x5c && (bytes[at] ?? 0) < 0x80) at += 1
  return at === end
}

function pushQuoted(stack: PickleStack, start: number, end: number): void {
  const { bytes } = stack
  const quote = bytes[start]
  if (end - start < 2 || quote !== bytes[end - 1] || (quote !== 0x27 && quote !== 0x22))
    stack.fault = notQuoted
  else if (isPlain(bytes, start, end)) pushText(stack, start + 1, end - 1)
  else pushDecoded(stack, readPythonText(bytes, start + 1, end - 1))
}

function pushEscaped(stack: PickleStack, start: number, end: number): void {
  const { bytes } = stack
  if (isPlain(bytes, start, end)) pushText(stack, start, end)
  else pushDecoded(stack, readUnicodeText(bytes, start, end))
}

function pushDecimal(stack: PickleStack, start: number, end: number): void {
  const value = textNumber(stack.bytes, start, end)
  stack.push(addValue(stack.values, pickleKind.number, value, start, end))
}

/** A whole number in two's complement; one of more than eight bytes is none. */
function pushInteger(stack: PickleStack, start: number, end: number): void {
  const value = end - start > 8 ? Number.NaN : Number(readInteger(stack.bytes, start, end))
  stack.push(addValue(stack.values, pickleKind.integer, value, start, end))
}

/** The whole number in up to eight bytes, the lowest first, in two's complement. */
export function readInteger(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n
  for (let at = end - 1; at >= start; at -= 1) value = (value << 8n) | BigInt(bytes[at] ?? 0)
  return BigInt.asIntN(8 * (end - start), value)
}

/** What stands behind its own length. */
const counted = (
  operand: number,
  push: (stack: PickleStack, start: number, end: number) => void,
): PickleOperation => ({
  operand,
  run(stack, start, end) {
    const length = little(stack.bytes, start, end)
    if (length > stack.bytes.length - end) {
      stack.fault = cutOff
      return
    }
    stack.at = end + length
    push(stack, end, end + length)
  },
})

const none = (run: (stack: PickleStack) => void): PickleOperation => ({ operand: 0, run })
const whole = (operand: number): PickleOperation => ({
  operand,
  run: (stack, start, end) => pushNumber(stack, little(stack.bytes, start, end)),
})
const line = (run: PickleOperation['run']): PickleOperation => ({ operand: 'line', run })
const put = (operand: number): PickleOperation => ({
  operand,
  run: (stack, start, end) => stack.put(little(stack.bytes, start, end)),
})
const get = (operand: number): PickleOperation => ({
  operand,
  run: (stack, start, end) => stack.get(little(stack.bytes, start, end)),
})
/** NaN is no index, and is never found. */
const memoIndex = (stack: PickleStack, start: number, end: number): number =>
  textNumber(stack.bytes, start, end)
const skip = (operand: number): PickleOperation => ({ operand, run: () => undefined })

/** What a list of points may be made of: texts, numbers, tuples and lists. Nothing here can name code, make objects or call. */
const operations: ReadonlyMap<string, PickleOperation> = new Map([
  ['MARK', none((stack) => stack.mark())],
  ['POP', none((stack) => stack.popAny())],
  ['POP_MARK', none((stack) => stack.popMark())],
  ['DUP', none((stack) => stack.push(stack.top()))],
  ['PROTO', skip(1)],
  ['FRAME', skip(8)],
  ['FLOAT', line(pushDecimal)],
  ['BINFLOAT', { operand: 8, run: (stack, start) => pushNumber(stack, stack.view.getFloat64(start)) }],
  ['INT', line(pushDecimal)],
  ['BININT', { operand: 4, run: (stack, start) => pushNumber(stack, stack.view.getInt32(start, true)) }],
  ['BININT1', whole(1)],
  ['BININT2', whole(2)],
  [
    'LONG',
    line((stack, start, end) => pushDecimal(stack, start, stack.bytes[end - 1] === 0x4c ? end - 1 : end)),
  ],
  ['LONG1', counted(1, pushInteger)],
  ['LONG4', counted(4, pushInteger)],
  ['NEWTRUE', none((stack) => pushNumber(stack, 1))],
  ['NEWFALSE', none((stack) => pushNumber(stack, 0))],
  ['NONE', none((stack) => stack.push(addValue(stack.values, pickleKind.none, 0, 0, 0)))],
  ['STRING', line(pushQuoted)],
  ['UNICODE', line(pushEscaped)],
  ['BINSTRING', counted(4, pushText)],
  ['SHORT_BINSTRING', counted(1, pushText)],
  ['BINUNICODE', counted(4, pushText)],
  ['SHORT_BINUNICODE', counted(1, pushText)],
  ['BINUNICODE8', counted(8, pushText)],
  ['BINBYTES', counted(4, pushText)],
  ['SHORT_BINBYTES', counted(1, pushText)],
  ['BINBYTES8', counted(8, pushText)],
  ['EMPTY_TUPLE', none((stack) => stack.gather(0))],
  ['TUPLE1', none((stack) => stack.gather(1))],
  ['TUPLE2', none((stack) => stack.gather(2))],
  ['TUPLE3', none((stack) => stack.gather(3))],
  ['TUPLE', none((stack) => stack.gather())],
  ['EMPTY_LIST', none((stack) => stack.gather(0))],
  ['LIST', none((stack) => stack.gather())],
  ['APPEND', none((stack) => stack.append())],
  ['APPENDS', none((stack) => stack.appendAll())],
  ['PUT', line((stack, start, end) => stack.put(memoIndex(stack, start, end)))],
  ['BINPUT', put(1)],
  ['LONG_BINPUT', put(4)],
  ['MEMOIZE', none((stack) => stack.putNext())],
  ['GET', line((stack, start, end) => stack.get(memoIndex(stack, start, end)))],
  ['BINGET', get(1)],
  ['LONG_BINGET', get(4)],
])

/** The operation behind each byte; `undefined` is refused. */
export const operationOf: readonly (PickleOperation | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  operations.get(opcodeName(code)),
)
