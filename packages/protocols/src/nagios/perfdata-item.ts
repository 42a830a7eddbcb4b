import type { ParseProblem } from '../source/problem.ts'
import { exactInteger, readDecimal } from '../wire/decimal.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { type PerfdataRange, readRange } from './perfdata-range.ts'

/** One item of performance data, as the plugin said it. */
export interface PerfdataItem {
  /** Its name, without quotes. */
  readonly label: string
  /** Its value; absent where the plugin could not determine it (`U`). */
  readonly value?: number
  /** The value where it is a whole number beyond 2^53. */
  readonly exact?: bigint
  /** Unit of measurement, as `ms`, `%`, `MB`; `c` for a counter; empty where there is none. */
  readonly unit: string
  /** The range whose violation is a warning. */
  readonly warning?: PerfdataRange
  /** The range whose violation is critical. */
  readonly critical?: PerfdataRange
  /** The least that the value can be. */
  readonly min?: number
  /** The most that the value can be. */
  readonly max?: number
}

/** The bytes of performance data, and the same as a text with one character for each byte. */
export interface PerfdataText {
  readonly bytes: Uint8Array
  readonly text: string
  readonly decimalComma: boolean
}

type Tell = (problem: ParseProblem) => void

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/
const commaNumber = /^[+-]?\d+,\d+/
/** Hexadecimal, octal and binary as Python and C write them: the zero alone is not what was meant. */
const otherBase = /^[+-]?0[xXoObB][\da-fA-F]/
// No unit starts as a number, nor holds what separates.
const unitPattern = /^[^\d.,:;+\-'"=@~|][^'",;=|]*$/
const fieldNames = ['warning', 'critical', 'min', 'max'] as const

/** Reads what stands behind the `=` of an item; nothing where there is no value, which is told. */
export function readItem(
  { bytes, text, decimalComma }: PerfdataText,
  label: string,
  itemStart: number,
  start: number,
  end: number,
  tell: Tell,
): PerfdataItem | undefined {
  const fields = text.slice(start, end).split(';')
  const [valueText = ''] = fields
  const bad = (message: string): void => tell({ reason: 'bad-value', message, start: itemStart, end })

  const [value, length] = readLeading(valueText, decimalComma)
  const isUndetermined = valueText === 'U'
  if (!isUndetermined && Number.isNaN(value)) {
    bad('a value is a finite decimal number, or U')
    return undefined
  }
  const unitText = isUndetermined ? '' : valueText.slice(length)
  const unitStart = start + length
  const unit = unitOf(bytes.subarray(unitStart, unitStart + unitText.length), unitText)
  if (unit === undefined) {
    bad(
      commaNumber.test(valueText)
        ? 'a number has a decimal point; option decimalComma: true reads a comma as one'
        : 'behind a number stands a unit, in UTF-8 and without quotes, commas or digits at its start',
    )
    return undefined
  }
  const exact = isUndetermined ? undefined : exactInteger(bytes, start, start + length, value)

  const more: { -readonly [Name in (typeof fieldNames)[number]]?: PerfdataItem[Name] } = {}
  // As some write the unit behind each number.
  const readNumber = (field: string): number => {
    const plain = unitText !== '' && field.endsWith(unitText) ? field.slice(0, -unitText.length) : field
    const [read, readLength] = readLeading(plain, decimalComma)
    return readLength === plain.length ? read : Number.NaN
  }
  let at = start + valueText.length + 1
  for (const [index, field] of fields.slice(1).entries()) {
    const name = fieldNames[index]
    const place = { start: at, end: at + field.length }
    at += field.length + 1
    if (field === '' || (field === 'U' && name !== undefined)) continue
    if (name === undefined)
      tell({ reason: 'malformed', message: 'an item has a value and at most four fields', ...place })
    else if (name === 'min' || name === 'max') {
      const limit = readNumber(field)
      if (Number.isNaN(limit)) tell({ reason: 'bad-value', message: `${name} is a finite number`, ...place })
      else more[name] = limit
    } else {
      const range = readRange(field, readNumber)
      if (range !== undefined) more[name] = range
      else
        tell({
          reason: 'bad-value',
          message: `${name} is a range [@][start:][end], ~ for no start`,
          ...place,
        })
    }
  }
  return { label, ...(!isUndetermined && { value }), ...(exact !== undefined && { exact }), unit, ...more }
}

const encoder = new TextEncoder()

/** The number that a text starts with, or NaN, and how long it is. */
function readLeading(text: string, decimalComma: boolean): readonly [value: number, length: number] {
  const pointed = decimalComma && commaNumber.test(text) ? text.replace(',', '.') : text
  const [found] = otherBase.test(text) ? [] : (number.exec(pointed) ?? [])
  if (found === undefined) return [Number.NaN, 0]
  const digits = encoder.encode(found)
  return [readDecimal(digits, 0, digits.length), found.length]
}

/** Micro in ISO 8859-1 is no UTF-8, and still is what plugins on Windows write. */
const micro = 0xb5

function unitOf(bytes: Uint8Array, text: string): string | undefined {
  if (text === '') return ''
  if (!unitPattern.test(text)) return undefined
  const unit = decodeUtf8(bytes)
  if (unit !== undefined) return unit
  const rest = bytes[0] === micro ? decodeUtf8(bytes, 1) : undefined
  return rest === undefined ? undefined : `µ${rest}`
}
