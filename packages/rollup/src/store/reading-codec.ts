import type { Reading } from '../engine/reading.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** A reading of the series with this number. */
export interface SeriesReading {
  readonly id: number
  readonly reading: Reading
}

const plainNumber = 0
/** `total` is given; until version 2 that of an observation too, rounded. */
const weightedTotal = 1
const counter = 2
const exactCounter = 3
const text = 4
const weightedNumber = 5

/** Writes a reading as the head log keeps it. */
export function writeReading(to: ByteWriter, { id, reading }: SeriesReading): void {
  to.u32(id)
  switch (reading.kind) {
    case 'numeric':
      writeNumber(to, reading)
      return
    case 'counter':
      to.u8(reading.point.exact === undefined ? counter : exactCounter)
      to.f64(reading.time)
      to.f64(reading.point.value)
      if (reading.point.exact !== undefined) to.text(reading.point.exact)
      return
    case 'text':
      to.u8(text)
      to.f64(reading.time)
      to.text(reading.point.value)
  }
}

function writeNumber(to: ByteWriter, reading: Extract<Reading, { kind: 'numeric' }>): void {
  const { time, value, weight, total } = reading
  to.u8(total !== undefined ? weightedTotal : weight === 1 ? plainNumber : weightedNumber)
  to.f64(time)
  to.f64(value)
  if (total === undefined && weight === 1) return
  to.f64(weight)
  if (total !== undefined) to.f64(total)
}

/** Reads what {@link writeReading} wrote. Which values were events it does not say; all of them counted. */
export function readReading(from: ByteReader): SeriesReading {
  const id = from.u32()
  const type = from.u8()
  const time = from.f64()
  switch (type) {
    case plainNumber: {
      const value = from.f64()
      return { id, reading: { kind: 'numeric', time, event: true, value, weight: 1 } }
    }
    case weightedNumber: {
      const [value, weight] = [from.f64(), from.f64()]
      return { id, reading: { kind: 'numeric', time, event: true, value, weight } }
    }
    case weightedTotal: {
      const [value, weight, total] = [from.f64(), from.f64(), from.f64()]
      return { id, reading: { kind: 'numeric', time, event: true, value, weight, total } }
    }
    case counter:
      return { id, reading: { kind: 'counter', time, event: false, point: { time, value: from.f64() } } }
    case exactCounter: {
      const point = { time, value: from.f64(), exact: from.text() }
      return { id, reading: { kind: 'counter', time, event: false, point } }
    }
    case text:
      return {
        id,
        reading: { kind: 'text', time, event: true, point: { time, value: from.text() }, cut: false },
      }
    default:
      throw new RangeError(`unknown type of reading ${type}`)
  }
}
