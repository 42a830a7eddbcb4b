import type { Channel, Fault, LogEntry, Maintenance, Severity } from '../wire.ts'

/** How an alert is told of. */
export interface Telling {
  readonly fault: string
  /** Entry of the latest severity that was decided on; absent where it was not kept. */
  readonly news?: string
  /** Entry of its end. */
  readonly end?: string
  /** Entry of the end of an acknowledgement, of which reminders are about. */
  readonly freed?: string
  /** The severity that each channel was told last. */
  readonly told: ReadonlyMap<string, Severity>
}

/** A window of maintenance, and what is known of it. */
export interface Window extends Maintenance {
  /** When it became known. */
  readonly since: number
  readonly began: boolean
  readonly ended: boolean
}

/** What the records so far add up to; its values never change, they are replaced. */
export interface FaultState {
  /** By id, in the order in which they became known. */
  readonly faults: Map<string, Fault>
  /** Ids of the faults that are over, in the order in which they ended. */
  readonly ended: Set<string>
  readonly entries: Map<string, LogEntry>
  readonly tellings: Map<string, Telling>
  /** Windows that a fault is in now, by its id. */
  readonly covered: Map<string, readonly string[]>
  /** The entry that a notification is about, by its id. */
  readonly notifications: Map<string, string>
  readonly windows: Map<string, Window>
  pauses: readonly { readonly from: number; readonly to: number }[]
}

/** What one record changed, by id. */
export interface Changed {
  readonly faults: Set<string>
  readonly entries: Set<string>
  windows: boolean
}

/** How much is kept. Faults that are open are kept always: the alerts bound them. */
export interface Bounds {
  readonly faults: number
  readonly entries: number
  readonly windows: number
  readonly pauses: number
  readonly ageMs: number
}

export const defaultBounds: Bounds = {
  faults: 10_000,
  entries: 5000,
  windows: 2000,
  pauses: 1000,
  ageMs: 31 * 86_400_000,
}

export const emptyState = (): FaultState => ({
  faults: new Map(),
  ended: new Set(),
  entries: new Map(),
  tellings: new Map(),
  covered: new Map(),
  notifications: new Map(),
  windows: new Map(),
  pauses: [],
})

export const nothingChanged = (): Changed => ({ faults: new Set(), entries: new Set(), windows: false })

export function putFault(state: FaultState, changed: Changed, fault: Fault): void {
  state.faults.set(fault.id, fault)
  if (fault.endedAt === undefined) state.ended.delete(fault.id)
  else state.ended.add(fault.id)
  changed.faults.add(fault.id)
}

export function putEntry(state: FaultState, changed: Changed, entry: LogEntry): void {
  state.entries.set(entry.id, entry)
  changed.entries.add(entry.id)
}

/** Adds or replaces a channel of an entry, in its place; does nothing where the entry is not kept. */
export function putChannel(
  state: FaultState,
  changed: Changed,
  entryId: string | undefined,
  channel: Channel,
): void {
  const entry = entryId === undefined ? undefined : state.entries.get(entryId)
  if (entry === undefined) return
  const at = entry.channels.findIndex(({ name }) => name === channel.name)
  const channels = at < 0 ? [...entry.channels, channel] : entry.channels.with(at, channel)
  putEntry(state, changed, { ...entry, channels })
}

/** Lets go of what is too much or too old; the oldest first. */
export function prune(state: FaultState, bounds: Bounds, now: number): void {
  const oldest = now - bounds.ageMs
  for (const id of state.ended) {
    const { alert, endedAt = Infinity } = state.faults.get(id) ?? {}
    if (state.faults.size <= bounds.faults && endedAt >= oldest) break
    state.ended.delete(id)
    state.faults.delete(id)
    state.covered.delete(id)
    if (alert !== undefined && state.tellings.get(alert)?.fault === id) state.tellings.delete(alert)
  }
  forget(
    state.entries,
    bounds.entries,
    () => true,
    ({ time }) => time < oldest,
  )
  forget(
    state.notifications,
    2 * bounds.entries,
    () => true,
    () => false,
  )
  forget(
    state.windows,
    bounds.windows,
    ({ ended }) => ended,
    ({ ended, to }) => ended && to < oldest,
  )
  state.pauses = state.pauses.filter(({ to }) => to >= oldest).slice(-bounds.pauses)
}

/** Looks at the front only, as it is called for each record: what is old stands there, but for what lasts. */
function forget<Value>(
  map: Map<string, Value>,
  most: number,
  mayGo: (value: Value) => boolean,
  isOld: (value: Value) => boolean,
): void {
  for (const [key, value] of map) {
    const isTooMany = map.size > most
    if (!mayGo(value)) {
      if (isTooMany) continue
      return
    }
    if (!isTooMany && !isOld(value)) return
    map.delete(key)
  }
}

/** The same without some of its fields. */
export const without = <Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: readonly Key[]
): Omit<Value, Key> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as Key))) as Omit<Value, Key>
