import { putEntry } from './fault-state.ts'
import type { Changed, FaultState, Window } from './fault-state.ts'
import type { FaultRecord } from './records.ts'
import type { LogEntry } from '../wire.ts'

type Of<Type extends FaultRecord['type']> = Extract<FaultRecord, { readonly type: Type }>

/** A window of maintenance is known, or is another one from now on. */
export function applyWindow(state: FaultState, changed: Changed, record: Of<'window'>): void {
  const { id, select, from, to, notes, planned, time } = record
  const known = state.windows.get(id)
  const isSame = known?.from === from && known.to === to && known.select === select && known.notes === notes
  if (isSame && known.planned === planned) return
  const isRunning = known?.began === true && !known.ended
  state.windows.set(id, {
    id,
    select,
    from,
    to,
    ...(notes !== undefined && { notes }),
    planned,
    since: time,
    began: isRunning && from <= time,
    ended: false,
  })
  changed.windows = true
}

export function beginWindow(state: FaultState, changed: Changed, { id, time }: Of<'window-began'>): void {
  const window = state.windows.get(id)
  if (window === undefined || window.began || window.ended) return
  state.windows.set(id, { ...window, began: true })
  changed.windows = true
  putEntry(state, changed, { ...about(window, time, 'maintenance-began'), until: window.to })
}

/** One that never began leaves nothing to tell. */
export function endWindow(state: FaultState, changed: Changed, record: Of<'window-ended'>): void {
  const { id, time, reason } = record
  const window = state.windows.get(id)
  if (window === undefined || window.ended) return
  state.windows.set(id, { ...window, ended: true })
  changed.windows = true
  if (!window.began) return
  const entry = about(window, time, 'maintenance-ended')
  putEntry(state, changed, { ...entry, ...(reason !== undefined && { reason }) })
}

const about = (
  { id, from, select, notes }: Window,
  time: number,
  type: 'maintenance-began' | 'maintenance-ended',
): LogEntry => ({
  id: `${type}|${id}|${from}`,
  time,
  type,
  select,
  ...(notes !== undefined && { notes }),
  channels: [],
})
