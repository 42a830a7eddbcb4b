import { readDecimal } from '../wire/decimal.ts'
import { endOfNumber, skipSpace } from './json/json-bytes.ts'
import { leafKeyAt, maxTime } from './trap-leaf.ts'
import { plainNumber, untyped } from './trap-value.ts'

/** An object of `_value`, `_type` and `_ts`, as most that have a `_value` are, with numbers in it. */
export interface PlainLeaf {
  readonly value: number
  /** Event time, ms; 0 where it has none. */
  readonly time: number
  /** Reads the object that starts here, and gives where it ends; -1 where it is another, or something is wrong with it. */
  read(start: number): number
}

const comma = 0x2c
const colon = 0x3a
const quote = 0x22
const closingBrace = 0x7d
const underscore = 0x5f

/** One object is filled again for each leaf. */
export function createPlainLeaf(bytes: Uint8Array, view: DataView): PlainLeaf {
  let value = 0
  let time = 0
  let type = untyped
  let valueStart = 0
  let valueEnd = 0

  /** Where the member ends that starts here; so the three below, of what is behind the colon. */
  function readMember(start: number): number {
    if (bytes[start] !== quote || bytes[start + 1] !== underscore) return -1
    const key = leafKeyAt(view, start)
    if (key === undefined) return -1
    let at = skipSpace(bytes, start + 2 + key.length)
    if (bytes[at] !== colon) return -1
    at = skipSpace(bytes, at + 1)
    if (key === '_value') return readValue(at)
    if (key === '_type') return readType(at)
    return key === '_ts' ? readTime(at) : -1
  }
  function readType(start: number): number {
    if (bytes[start] !== quote || bytes[start + 2] !== quote) return -1
    type = bytes[start + 1] ?? 0
    return start + 3
  }
  function readTime(start: number): number {
    const end = endOfNumber(bytes, start)
    if (end < 0) return -1
    const read = readDecimal(bytes, start, end)
    if (!(read <= maxTime)) return -1
    time = read > 0 ? Math.trunc(read) : 0
    return end
  }
  /** A second value would make a list of both. */
  function readValue(start: number): number {
    const end = valueEnd > 0 ? -1 : endOfNumber(bytes, start)
    if (end < 0) return -1
    valueStart = start
    valueEnd = end
    return end
  }

  return {
    get value() {
      return value
    },
    get time() {
      return time
    },
    read(start) {
      time = valueEnd = 0
      type = untyped
      for (let at = start + 1; ;) {
        at = readMember(skipSpace(bytes, at))
        if (at < 0) return -1
        at = skipSpace(bytes, at)
        if (bytes[at] === closingBrace) {
          if (valueEnd === 0) return -1
          value = plainNumber(bytes, valueStart, valueEnd, type)
          return Number.isNaN(value) ? -1 : at + 1
        }
        if (bytes[at] !== comma) return -1
        at += 1
      }
    },
  }
}
