import type { FaultState, Window } from './fault-state.ts'
import type { FaultRecord } from './records.ts'

/** The longest that a timer of Node waits; a longer one would be up at once. */
const maxDelayMs = 2 ** 31 - 1

/** Tells when windows of maintenance begin and end by themselves, which no event says of all of them. */
export interface WindowBoundaries {
  /** Tells what is due, and waits for what comes next. */
  arm(): void
  stop(): void
}

export function windowBoundaries(
  { windows }: FaultState,
  now: () => number,
  keep: (record: FaultRecord) => void,
): WindowBoundaries {
  let timer: NodeJS.Timeout | undefined
  let isTelling = false
  const arm = (): void => {
    // What is told here changes the windows, which calls this again.
    if (isTelling) return
    isTelling = true
    try {
      for (const window of [...windows.values()]) for (const record of dueOf(window, now())) keep(record)
    } finally {
      isTelling = false
    }
    clearTimeout(timer)
    const next = nextOf(windows.values())
    if (next === Infinity) return
    // Never sooner than in a millisecond: a clock that is a little behind must not make it spin.
    timer = setTimeout(arm, Math.min(Math.max(next - now(), 1), maxDelayMs))
    timer.unref()
  }
  return { arm, stop: () => clearTimeout(timer) }
}

function dueOf({ id, from, to, since, began, ended }: Window, now: number): readonly FaultRecord[] {
  if (ended || from > now) return []
  const begins: FaultRecord = { type: 'window-began', id, time: Math.max(from, since) }
  const ends: FaultRecord = { type: 'window-ended', id, time: Math.max(to, since), reason: 'time' }
  return [...(began ? [] : [begins]), ...(to <= now ? [ends] : [])]
}

function nextOf(windows: Iterable<Window>): number {
  let next = Infinity
  for (const { from, to, began, ended } of windows) if (!ended) next = Math.min(next, began ? to : from)
  return next
}
