import type { FaultState } from './fault-state.ts'
import type { Fault, LogEntry, Maintenance } from '../wire.ts'

/** Faults that were open at some moment from `from` to `to`. */
export const faultsIn = ({ faults }: FaultState, from: number, to: number): readonly Fault[] =>
  [...faults.values()].filter(({ openedAt, endedAt = Infinity }) => openedAt <= to && endedAt >= from)

export function lastEnded({ faults }: FaultState): Fault | undefined {
  let last: Fault | undefined
  for (const fault of faults.values()) {
    if (fault.endedAt !== undefined && fault.endedAt >= (last?.endedAt ?? -Infinity)) last = fault
  }
  return last
}

/** Entries from `from` to `to`, the newest first, and of one moment the one that came last. */
export const logOf = ({ entries }: FaultState, from: number, to: number, most: number): readonly LogEntry[] =>
  [...entries.values()]
    .filter(({ time }) => time >= from && time <= to)
    .reverse()
    .sort((a, b) => b.time - a.time)
    .slice(0, most)

/** Windows that run or are to come, in the order in which they begin. */
export const windowsOf = ({ windows }: FaultState): readonly Maintenance[] =>
  [...windows.values()]
    .filter(({ ended }) => !ended)
    .map(({ id, select, from, to, notes, planned }) => ({
      id,
      select,
      from,
      to,
      ...(notes !== undefined && { notes }),
      planned,
    }))
    .sort((a, b) => a.from - b.from)
