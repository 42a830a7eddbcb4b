import { scanRecords, type RecordFileName } from '@tocsin/core/record-log'
import { Slices } from '@tocsin/core/slices'

import { logFileName, type LogDamage } from './log-file.ts'
import type { LogPlace } from './log-place.ts'
import { readEntries, readFacts, type EntryTarget, type RecordFacts } from './read-record.ts'

/** Readings between two looks at the time. */
const readingsAtOnce = 4096

/** Who hears of what. */
export interface LogReading {
  readonly target: EntryTarget
  /** Says whether the entries of a record are wanted. */
  readonly record: (place: LogPlace, facts: RecordFacts) => boolean
}

/** Reads the records of a file up to where it is known to end, and gives what of it is lost. */
export async function readLogFile(
  name: RecordFileName,
  range: { readonly from: number; readonly to: number },
  { target, record }: LogReading,
): Promise<readonly LogDamage[]> {
  const slices = new Slices()
  const goOn = async (payload: Uint8Array, from: number): Promise<void> => {
    for (let at = from; at < payload.length;) {
      if (slices.isOver) await slices.pause()
      at = readEntries(payload, at, readingsAtOnce, target)
    }
  }
  const take = (payload: Uint8Array, offset: number): void | Promise<void> => {
    const facts = readFacts(payload)
    if (!record({ file: name.id, offset }, facts)) return
    let at = facts.entries
    while (at < payload.length && !slices.isOver) at = readEntries(payload, at, readingsAtOnce, target)
    if (at < payload.length) return goOn(payload, at)
  }
  const file = logFileName(name.id)
  try {
    const { damaged, end } = await scanRecords(name, take, range)
    const rest = end < range.to ? [{ from: end, to: range.to, records: 0 }] : []
    return [...damaged, ...rest].map((part) => ({ file, ...part }))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    return [{ file, from: 0, to: range.to, records: 0 }]
  }
}
