import { histogramBin, type Histogram } from '@tocsin/core'

import { readDecimal } from '../wire/decimal.ts'
import type { JsonScalar } from './json/json-bytes.ts'
import { fault, guessedText, type TrapFault } from './trap-value.ts'

// As many measurements as a double counts.
const maxCount = Number.MAX_SAFE_INTEGER
const spelledBin = /^H\[([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\]=(\d{1,20})$/
const maxSpelledBin = 200
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base64 = new Map(Array.from(alphabet, (letter, value) => [letter.charCodeAt(0), value]))

const badItem = fault(
  'bad-value',
  'a histogram is made of numbers, of bins such as "H[4]=120", and of base64 of circllhist',
)
const beyond = fault('bad-value', 'a histogram has bins up to 1e128')
const notNumbers = fault('bad-value', 'the measurements of a histogram that are no numbers are left out')
const tooMany = fault('bad-value', `a histogram counts up to ${maxCount} measurements`)

interface Bins {
  /** What is wrong, if something is. */
  add(value: number, exponent: number, count: number): TrapFault | undefined
  /** Measurements that are no numbers, which circllhist counts and {@link Histogram} has no bin for. */
  leaveOut(): void
  histogram(): HistogramRead
}

/** A histogram, and what of it is left out, if something is. */
export interface HistogramRead {
  readonly histogram: Histogram
  readonly leftOut?: TrapFault
}

/**
 * The histogram of a list: numbers count once each, `"H[4]=120"` is 120 times 4, base64 is what circllhist writes
 * (libcircllhist, `hist_serialize_b64`). All of them add up.
 */
export function readHistogram(list: readonly JsonScalar[]): HistogramRead | TrapFault {
  const bins = createBins()
  for (const scalar of list) {
    const wrong = scalar === null ? undefined : addItem(scalar, bins)
    if (wrong !== undefined) return wrong
  }
  return bins.histogram()
}

function addItem(scalar: Exclude<JsonScalar, null>, bins: Bins): TrapFault | undefined {
  if (typeof scalar === 'boolean') return addNumber(scalar ? 1 : 0, 1, bins)
  if (typeof scalar === 'object')
    return addNumber(readDecimal(scalar.bytes, scalar.start, scalar.end), 1, bins)
  const number = guessedText(scalar)
  if (number !== undefined) return addNumber(Number(number), 1, bins)
  const [, value, count] = scalar.length <= maxSpelledBin ? (spelledBin.exec(scalar) ?? []) : []
  return value === undefined ? addSerialized(scalar, bins) : addNumber(Number(value), Number(count), bins)
}

function addNumber(number: number, count: number, bins: Bins): TrapFault | undefined {
  const bin = histogramBin(number)
  return bin === undefined ? beyond : bins.add(bin.value, bin.exponent, count)
}

/** Two bytes say how many bins; each is value, exponent, width of its count less one, and the count, lowest byte first. */
function addSerialized(text: string, bins: Bins): TrapFault | undefined {
  const bytes = decodeBase64(text)
  if (bytes === undefined || bytes.length < 2) return badItem
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 2
  for (let left = view.getUint16(0); left > 0; left -= 1) {
    if (at + 3 > bytes.length) return badItem
    const value = view.getInt8(at)
    const exponent = view.getInt8(at + 1)
    const width = view.getUint8(at + 2) + 1
    at += 3
    if (width > 8 || at + width > bytes.length) return badItem
    let count = 0
    for (let index = width - 1; index >= 0; index -= 1) count = count * 256 + view.getUint8(at + index)
    at += width
    const magnitude = Math.abs(value)
    if (value === -1 && exponent === 0) {
      bins.leaveOut()
      continue
    }
    if (count > 0 && magnitude !== 0 && (magnitude < 10 || magnitude > 99)) return badItem
    const wrong = bins.add(value, value === 0 ? 0 : exponent, count)
    if (wrong !== undefined) return wrong
  }
  return at === bytes.length ? undefined : badItem
}

function createBins(): Bins {
  const counts = new Map<number, number>()
  let total = 0
  let isWhole = true
  return {
    leaveOut: () => (isWhole = false),
    add(value, exponent, count) {
      total += count
      if (total > maxCount) return tooMany
      const place = placeOf(value, exponent)
      if (count > 0) counts.set(place, (counts.get(place) ?? 0) + count)
      return undefined
    },
    histogram() {
      const places = [...counts].sort(([one], [other]) => one - other)
      const histogram = { bins: places.map(([place, count]) => ({ ...binAt(place), count })) }
      return isWhole ? { histogram } : { histogram, leftOut: notNumbers }
    },
  }
}

const exponents = 256
const values = 100

/** Where a bin is on the number line, so that sorted places are sorted bins. */
function placeOf(value: number, exponent: number): number {
  const place = (exponent + exponents / 2) * values + Math.abs(value)
  return value === 0 ? 0 : Math.sign(value) * place
}

function binAt(place: number): { readonly value: number; readonly exponent: number } {
  const distance = Math.abs(place)
  const value = Math.sign(place) * (distance % values)
  return { value, exponent: place === 0 ? 0 : Math.floor(distance / values) - exponents / 2 }
}

/** The bytes of base64 with its padding; `undefined` where it is none. No `atob`, which throws. */
function decodeBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let bits = 0
  for (let at = 0; at < text.length; at += 1) {
    const value = at < text.length - padding ? base64.get(text.charCodeAt(at)) : 0
    if (value === undefined) return undefined
    bits = ((bits << 6) | value) & 0xffffff
    if (at % 4 !== 3) continue
    const to = (at >> 2) * 3
    bytes[to] = bits >> 16
    bytes[to + 1] = bits >> 8
    bytes[to + 2] = bits
  }
  return bytes
}
