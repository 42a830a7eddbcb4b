import { exactInteger, readDecimal } from '../wire/decimal.ts'
import type { HeaderFault } from '../wire/header-series.ts'
import { decodeUtf8 } from '../wire/utf8.ts'

/** A value of a field; filled again and again. */
export interface InfluxValue {
  /** Where it stands; of a text without its quotes. */
  valueStart: number
  valueEnd: number
  /** Whether it stands in quotes. */
  isText: boolean
  value: number | string
  exact: bigint | undefined
}

const badNumber: HeaderFault = {
  reason: 'bad-value',
  message: 'a value is a finite decimal number, digits with i or u, true, false or a text in double quotes',
}
const badInteger: HeaderFault = {
  reason: 'bad-value',
  message: 'an integer is digits with i, of 64 bits with a sign, or with u, of 64 bits without one',
}
const badText: HeaderFault = { reason: 'not-utf8', message: 'texts are UTF-8' }

const booleans: ReadonlyMap<string, number> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((word) => [word, 1] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, 0] as const),
])
const longestBoolean = 5
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Reads the value that stands there, or says what is wrong with it. */
export function readValue(bytes: Uint8Array, field: InfluxValue): HeaderFault | undefined {
  field.exact = undefined
  const { valueStart: start, valueEnd: end } = field
  if (field.isText) return readText(bytes, field)
  const first = bytes[start] ?? 0
  // A sign before a number is a minus only.
  if (first !== 0x2d && first !== 0x2e && (first < 0x30 || first > 0x39)) return readBoolean(bytes, field)
  const last = bytes[end - 1]
  if (last === 0x69 || last === 0x75) return readInteger(bytes, end - 1, last === 0x75, field)
  const value = readDecimal(bytes, start, end)
  if (Number.isNaN(value)) return badNumber
  field.value = value
  return undefined
}

function readInteger(
  bytes: Uint8Array,
  end: number,
  isUnsigned: boolean,
  field: InfluxValue,
): HeaderFault | undefined {
  const isNegative = bytes[field.valueStart] === 0x2d
  let start = isNegative ? field.valueStart + 1 : field.valueStart
  if (start === end || (isNegative && isUnsigned)) return badInteger
  let value = 0
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return badInteger
    if (value === 0) start = at
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) {
    const magnitude = exactInteger(bytes, start, end, value)
    const bits = isUnsigned ? 64n : 63n
    if (magnitude === undefined || magnitude >= (1n << bits) + (isNegative ? 1n : 0n)) return badInteger
    field.exact = isNegative ? -magnitude : magnitude
    value = Number(magnitude)
  }
  field.value = isNegative ? 0 - value : value
  return undefined
}

function readBoolean(bytes: Uint8Array, field: InfluxValue): HeaderFault | undefined {
  const { valueStart: start, valueEnd: end } = field
  let word = ''
  for (let at = start; at < Math.min(end, start + longestBoolean + 1); at += 1)
    word += String.fromCharCode(bytes[at] ?? 0)
  const value = booleans.get(word)
  if (value === undefined) return badNumber
  field.value = value
  return undefined
}

function readText(bytes: Uint8Array, field: InfluxValue): HeaderFault | undefined {
  const text = decodeUtf8(bytes, field.valueStart, field.valueEnd)
  if (text === undefined) return badText
  field.value = text.includes('\\')
    ? text.replaceAll(/\\([\\"nrt])/g, (_, escaped: string) => escapes.get(escaped) ?? escaped)
    : text
  return undefined
}
