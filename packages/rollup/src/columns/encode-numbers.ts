import { deflateRawSync } from 'node:zlib'

import { powersOfTen } from '../engine/decimals.ts'
import { bitsFor, packBits, packedBytes } from './bit-packing.ts'
import { bytesFor, splitBytes, splitDoubles } from './byte-planes.ts'
import { ByteWriter } from './bytes.ts'
import {
  deflatedFlag,
  differencesFlag,
  doublesForm,
  frameRows,
  gridFlag,
  packedForm,
  planesForm,
} from './number-form.ts'

/** Up to here differences of whole numbers, and the differences of those, are exact. */
const maxDifferenced = 2 ** 50
/** Up to here the distances between whole numbers are exact. */
const maxWhole = 2 ** 52
/** Less is not worth the time of inflating it. */
const minDeflated = 64
/** Deflated numbers take five times as long to read as packed ones; so they must be that much shorter. */
const worthwhile = 0.85

let whole = new Float64Array(2048)
let differences = new Float64Array(2048)
const writer = new ByteWriter(1 << 15)

/**
 * Writes numbers so that the very same doubles come back, -0 and NaN too. Decimals of up to `decimals` places take a few bits each
 * where they lie close to each other or to the one before. `compact` looks for repetitions too, which takes ten times as long.
 */
export function encodeNumbers(values: Float64Array, decimals: number, compact: boolean): Uint8Array {
  const count = values.length
  if (whole.length < count) [whole, differences] = [new Float64Array(count), new Float64Array(count)]
  writer.clear()
  const grid = scale(values, powersOfTen[decimals] ?? 1)
  if (grid === undefined) {
    writeDoubles(values, compact)
    return writer.bytes.slice()
  }
  const isDifferenced = grid.largest <= maxDifferenced && differencesAreShorter(count)
  const numbers = isDifferenced ? differences : whole
  const flags = (isDifferenced ? differencesFlag : 0) | (grid.unit === 1 ? 0 : gridFlag)
  writer.u8(packedForm | flags)
  writer.u8(decimals)
  if (grid.unit !== 1) {
    writer.f64(grid.origin)
    writer.f64(grid.unit)
  }
  if (isDifferenced) writeSigned((whole[0] ?? 0) - (differences[0] ?? 0))
  const header = writer.length
  writeFrames(numbers, count)
  const packed = writer.bytes.slice()
  if (!compact || packed.length - header < minDeflated) return packed
  if (!seemsToRepeat(numbers, count, packed.length - header)) return packed
  const [least, most] = rangeOf(numbers, 0, count)
  const width = bytesFor(most - least)
  const planes = deflateRawSync(splitBytes(numbers, count, least, width))
  if (planes.length > worthwhile * (packed.length - header)) return packed
  writer.clear()
  writer.u8(planesForm | flags)
  writer.raw(packed.subarray(1, header))
  writeSigned(least)
  writer.u8(width)
  writer.raw(planes)
  return writer.bytes.slice()
}

/** Tries the first numbers, since noise is not worth the time. */
function seemsToRepeat(numbers: Float64Array, count: number, packedLength: number): boolean {
  const sample = 2 * frameRows
  if (count <= 2 * sample) return true
  const [least, most] = rangeOf(numbers, 0, sample)
  const planes = splitBytes(numbers, sample, least, bytesFor(most - least))
  return deflateRawSync(planes, { level: 1 }).length < packedLength * (sample / count)
}

interface Grid {
  readonly origin: number
  readonly unit: number
  readonly largest: number
}

/** Puts the numbers into `whole`; `undefined` where they are no whole numbers that are small enough. */
function scale(values: Float64Array, power: number): Grid | undefined {
  let largest = 0
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0
    const scaled = Math.round(value * power)
    // NaN and the infinities fail here; -0 would come back as 0.
    if (scaled / power !== value || (value === 0 && 1 / value < 0)) return undefined
    if (scaled > largest) largest = scaled
    else if (-scaled > largest) largest = -scaled
    whole[at] = scaled
  }
  if (largest === Infinity) return undefined
  const origin = largest > maxWhole ? 0 : (whole[0] ?? 0)
  const unit = unitOf(values.length, origin)
  if (unit === 1) return largest > maxWhole ? undefined : { origin: 0, unit, largest }
  largest = 0
  for (let at = 0; at < values.length; at += 1) {
    const steps = ((whole[at] ?? 0) - origin) / unit
    largest = Math.max(largest, Math.abs(steps))
    whole[at] = steps
  }
  return largest > maxWhole ? undefined : { origin, unit, largest }
}

/** The largest number of which all are multiples away from `origin`. */
function unitOf(count: number, origin: number): number {
  let unit = 0
  for (let at = 0; at < count && unit !== 1; at += 1) {
    let rest = Math.abs((whole[at] ?? 0) - origin)
    while (rest !== 0) [unit, rest] = [rest, unit % rest]
  }
  return unit === 0 ? 1 : unit
}

/** Puts the differences into `differences`; whether they take fewer bits than the numbers. */
function differencesAreShorter(count: number): boolean {
  if (count < 2) return false
  for (let at = 1; at < count; at += 1) differences[at] = (whole[at] ?? 0) - (whole[at - 1] ?? 0)
  differences[0] = differences[1] ?? 0
  let saved = -8
  for (let from = 0; from < count; from += frameRows) {
    const to = Math.min(from + frameRows, count)
    const [least, most] = rangeOf(whole, from, to)
    const [leastStep, mostStep] = rangeOf(differences, from, to)
    saved += (bitsFor(most - least) - bitsFor(mostStep - leastStep)) * (to - from)
    saved += bitsFor(Math.abs(least)) - bitsFor(Math.abs(leastStep))
  }
  return saved > 0
}

function rangeOf(numbers: Float64Array, from: number, to: number): [least: number, most: number] {
  let least = numbers[from] ?? 0
  let most = least
  for (let at = from + 1; at < to; at += 1) {
    const number = numbers[at] ?? 0
    if (number < least) least = number
    else if (number > most) most = number
  }
  return [least, most]
}

function writeFrames(numbers: Float64Array, count: number): void {
  for (let from = 0; from < count; from += frameRows) {
    const to = Math.min(from + frameRows, count)
    const [least, most] = rangeOf(numbers, from, to)
    const width = bitsFor(most - least)
    writer.u8(width)
    writeSigned(least)
    const at = writer.skip(packedBytes(to - from, width))
    const { bytes } = writer
    bytes.fill(0, at)
    packBits(numbers, from, to, least, width, bytes, at)
  }
}

function writeDoubles(values: Float64Array, compact: boolean): void {
  const planes = splitDoubles(values)
  const deflated = compact ? deflateRawSync(planes) : planes
  const isShorter = deflated.length < planes.length
  writer.u8(doublesForm | (isShorter ? deflatedFlag : 0))
  writer.raw(isShorter ? deflated : planes)
}

/** The sign is the lowest bit; magnitudes up to 2^52. */
function writeSigned(value: number): void {
  writer.varint(value < 0 ? -2 * value - 1 : 2 * value)
}
