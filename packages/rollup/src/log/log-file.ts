import type { FileSystem } from '@tocsin/core'
import { readLastRecord, scanRecords, type RecordFileName } from '@tocsin/core/record-log'

import type { RollupPosition } from '../rollup-store.ts'
import { readFacts, readRecord, type LogNotes } from './read-record.ts'

/** Durable records were lost: their readings are in no window that is computed from the log. */
export interface LogDamage {
  /** Name of the file. */
  readonly file: string
  readonly from: number
  readonly to: number
  /** Records that are lost; 0 where that cannot be told. */
  readonly records: number
}

/** What is known of one file of the log. */
export interface LogFile {
  readonly number: number
  /** Bytes of the file. */
  bytes: number
  /** Bytes that count. */
  end: number
  /** Nothing is written to it any more, and its last record says what it holds. */
  sealed: boolean
  /** Event times; `NaN` where there are none. */
  minTime: number
  maxTime: number
  firstArrival: number
  lastArrival: number
}

/** What a file says of others, and of the log. */
export interface FoundFile {
  readonly file: LogFile
  readonly position: RollupPosition | null
  readonly completeFrom: number
  /** Where other files end. */
  readonly ends: ReadonlyMap<number, number>
  /** The last record, of a file that is not sealed. */
  readonly last: { readonly payload: Uint8Array; readonly begin: number } | undefined
  readonly damaged: readonly LogDamage[]
  readonly torn: number
}

export const logFileName = (number: number): string => `log-${number}.log`

export const newLogFile = (number: number): LogFile => ({
  number,
  bytes: 0,
  end: 0,
  sealed: false,
  minTime: NaN,
  maxTime: NaN,
  firstArrival: NaN,
  lastArrival: NaN,
})

export const recordFileName = (
  fileSystem: FileSystem,
  directory: string,
  number: number,
): RecordFileName => ({ fileSystem, path: `${directory}/${logFileName(number)}`, id: number })

/** Counts a record into what is known of its file. */
export function countRecord(
  file: LogFile,
  {
    minTime,
    maxTime,
    arrival,
  }: { readonly minTime: number; readonly maxTime: number; readonly arrival: number },
): void {
  if (Number.isNaN(minTime)) return
  if (!(file.minTime <= minTime)) file.minTime = minTime
  if (!(file.maxTime >= maxTime)) file.maxTime = maxTime
  if (!(file.firstArrival <= arrival)) file.firstArrival = arrival
  if (!(file.lastArrival >= arrival)) file.lastArrival = arrival
}

/** Looks at a file: at its end alone where it is sealed, or else at all of it, up to `to`. */
export async function findFile(name: RecordFileName, to?: number): Promise<FoundFile> {
  const file = newLogFile(name.id)
  const ends = new Map<number, number>()
  let completeFrom = -Infinity
  let position: RollupPosition | null = null
  const notes: LogNotes = {
    fileEnd: (number, end) => void ends.set(number, end),
    completeFrom: (time) => {
      completeFrom = Math.max(completeFrom, time)
    },
    seal: (minTime, maxTime, firstArrival, lastArrival) => {
      Object.assign(file, { sealed: true, minTime, maxTime, firstArrival, lastArrival })
    },
  }
  const take = (payload: Uint8Array): void => {
    const facts = readFacts(payload)
    position = facts.position ?? position
    countRecord(file, facts)
    readRecord(payload, { notes, from: Infinity, to: -Infinity })
  }
  const seal = await readLastRecord(name)
  // A record without readings is soon read, and only such a one is a seal.
  if (seal !== undefined && Number.isNaN(readFacts(seal.payload).minTime)) take(seal.payload)
  if (seal !== undefined && file.sealed) {
    file.bytes = file.end = seal.end
    return { file, position, completeFrom, ends, last: undefined, damaged: [], torn: 0 }
  }
  let last: { payload: Uint8Array; begin: number } | undefined
  const scan = await scanRecords(
    name,
    (payload, begin) => {
      take(payload)
      last = { payload: payload.slice(), begin }
    },
    { to },
  )
  file.bytes = scan.end + scan.torn
  file.end = scan.end
  const damaged = scan.damaged.map((part) => ({ file: logFileName(name.id), ...part }))
  return { file, position, completeFrom, ends, last, damaged, torn: scan.torn }
}
