import type { RollupPosition } from '../rollup-store.ts'
import { entry, eventFlag, fixedHeaderBytes } from './entries.ts'
import type { ReadingSink, ReplaySink } from './reading-sink.ts'

const decoder = new TextDecoder()
const typeMask = 0x0f

/** What the log says of itself between the readings. */
export interface LogNotes {
  fileEnd(file: number, end: number): void
  completeFrom(time: number): void
  seal(minTime: number, maxTime: number, firstArrival: number, lastArrival: number): void
}

/** What stands at the start of a record. */
export interface RecordFacts {
  readonly position: RollupPosition | null
  readonly arrival: number
  /** `NaN` where it has no reading. */
  readonly minTime: number
  readonly maxTime: number
  /** Where its entries begin. */
  readonly entries: number
}

/** Who hears of which entries. */
export interface EntryTarget {
  /** Readings with `from <= time < to`. */
  readonly readings?: ReadingSink
  readonly from: number
  readonly to: number
  readonly names?: Pick<ReplaySink, 'name'>
  readonly notes?: LogNotes
}

const viewOf = (payload: Uint8Array): DataView =>
  new DataView(payload.buffer, payload.byteOffset, payload.byteLength)

function textAt(payload: Uint8Array, at: number, length: number): string {
  if (at + length > payload.length) throw new RangeError('a text ends behind its record')
  return decoder.decode(payload.subarray(at, at + length))
}

/** The start of a record. */
export function readFacts(payload: Uint8Array): RecordFacts {
  const view = viewOf(payload)
  const seq = view.getFloat64(24, true)
  const length = view.getUint32(32, true)
  const journalId = textAt(payload, fixedHeaderBytes, length)
  return {
    position: Number.isNaN(seq) ? null : { journalId, seq },
    arrival: view.getFloat64(0, true),
    minTime: view.getFloat64(8, true),
    maxTime: view.getFloat64(16, true),
    entries: fixedHeaderBytes + length,
  }
}

/**
 * Hands out at most `most` entries from `at` on, and gives where the next begins. A `RangeError` where the bytes are no record:
 * its checksum was right, so another version wrote it.
 */
export function readEntries(
  payload: Uint8Array,
  at: number,
  most: number,
  { readings, from, to, names, notes }: EntryTarget,
): number {
  const view = viewOf(payload)
  const end = payload.length
  for (let left = most; at < end && left > 0; left -= 1) {
    const flags = view.getUint8(at)
    const type = flags & typeMask
    const event = (flags & eventFlag) !== 0
    const series = view.getUint32(at + 1, true)
    switch (type) {
      case entry.number:
      case entry.weighted:
      case entry.total: {
        const time = view.getFloat64(at + 5, true)
        const value = view.getFloat64(at + 13, true)
        const weight = type === entry.number ? 1 : view.getFloat64(at + 21, true)
        const total = type === entry.total ? view.getFloat64(at + 29, true) : undefined
        at += type === entry.number ? 21 : type === entry.weighted ? 29 : 37
        if (time >= from && time < to) readings?.number(series, time, value, weight, total, event)
        break
      }
      case entry.counter:
      case entry.exactCounter: {
        const time = view.getFloat64(at + 5, true)
        const value = view.getFloat64(at + 13, true)
        at += 21
        let exact: string | undefined
        if (type === entry.exactCounter) {
          const length = view.getUint32(at, true)
          exact = textAt(payload, at + 4, length)
          at += 4 + length
        }
        if (time >= from && time < to) readings?.counter(series, time, value, exact)
        break
      }
      case entry.text: {
        const time = view.getFloat64(at + 5, true)
        const length = view.getUint32(at + 13, true)
        if (readings !== undefined && time >= from && time < to) {
          readings.text(series, time, textAt(payload, at + 17, length), event)
        }
        at += 17 + length
        break
      }
      case entry.name: {
        const length = view.getUint32(at + 5, true)
        names?.name(series, textAt(payload, at + 9, length))
        at += 9 + length
        break
      }
      case entry.fileEnd:
        notes?.fileEnd(series, view.getFloat64(at + 5, true))
        at += 13
        break
      case entry.completeFrom:
        notes?.completeFrom(view.getFloat64(at + 1, true))
        at += 9
        break
      case entry.seal: {
        const [minTime, maxTime, first, last] = [1, 9, 17, 25].map((offset) =>
          view.getFloat64(at + offset, true),
        )
        notes?.seal(minTime ?? NaN, maxTime ?? NaN, first ?? NaN, last ?? NaN)
        at += 33
        break
      }
      default:
        throw new RangeError(`unknown entry ${type} in the log`)
    }
  }
  return at
}

/** Hands out all of a record at once. */
export function readRecord(payload: Uint8Array, target: EntryTarget): void {
  readEntries(payload, readFacts(payload).entries, Infinity, target)
}
