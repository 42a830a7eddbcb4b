import { putChannel, putEntry, putFault } from './fault-state.ts'
import type { Changed, FaultState, Telling } from './fault-state.ts'
import type { FaultRecord, TellingRecord } from './records.ts'
import type { Channel } from '../wire.ts'

type Answered = Extract<FaultRecord, { readonly type: 'answered' }>

const isUndone = ({ state }: Channel): boolean => state === 'waiting' || state === 'held'

/** The alert has another severity: whoever was not told of the one before will be told of this one instead. */
export function tellOf(
  state: FaultState,
  changed: Changed,
  { alert, entry: news, severity }: Answered,
): void {
  const telling = state.tellings.get(alert)
  if (telling === undefined || telling.news === news) return
  state.tellings.set(alert, { ...telling, news })
  const before = state.entries.get(telling.news ?? '')
  const undone = before?.channels.filter(isUndone) ?? []
  if (before === undefined || undone.length === 0) return
  putEntry(state, changed, { ...before, channels: before.channels.filter((channel) => !isUndone(channel)) })
  for (const channel of undone) {
    // Back at the severity that a channel knows, there is nothing left to tell.
    if (telling.told.get(channel.name) !== severity) putChannel(state, changed, news, channel)
  }
}

/** The alert is over: what was still to be told of it never is, except of its end. */
export function endTelling(state: FaultState, changed: Changed, { alert, entry: end }: Answered): void {
  const telling = state.tellings.get(alert)
  if (telling === undefined || telling.end === end) return
  state.tellings.set(alert, { ...telling, end })
  for (const channel of state.entries.get(telling.news ?? '')?.channels ?? []) {
    // Who is held knows why already.
    if (channel.state !== 'waiting') continue
    putChannel(state, changed, telling.news, { name: channel.name, state: 'held', message: 'never-told' })
  }
}

/** How it goes with telling one channel. */
export function applyTelling(state: FaultState, changed: Changed, record: TellingRecord): void {
  const telling = state.tellings.get(record.alert)
  if (telling === undefined) return
  const name = record.target
  switch (record.is) {
    case 'waiting':
      putChannel(state, changed, telling.news, { name, state: 'waiting', until: record.until })
      return
    case 'held':
      hold(state, changed, telling, record)
      return
    case 'planned': {
      const entry = record.isEnd ? telling.end : telling.news
      if (entry === undefined || state.notifications.has(record.notification)) return
      state.notifications.set(record.notification, entry)
      if (!record.isEnd) {
        const told = new Map(telling.told).set(name, record.severity)
        state.tellings.set(record.alert, { ...telling, told })
      }
      putChannel(state, changed, entry, { name, state: 'sending' })
      return
    }
    case 'failed': {
      const { attempt: attempts, message, retryAt: until } = record
      const next =
        until === undefined ? ({ state: 'dead' } as const) : ({ state: 'retrying', until } as const)
      putChannel(state, changed, entryOf(state, record), { name, attempts, message, ...next })
      return
    }
    case 'delivered': {
      const { tookMs, attempts } = record
      const failed = channelOf(state, record)?.message
      const earlier = failed === undefined ? {} : { attempts, message: failed }
      putChannel(state, changed, entryOf(state, record), { name, state: 'delivered', tookMs, ...earlier })
      const fault = state.faults.get(telling.fault)
      if (record.isEnd || fault === undefined || fault.told !== undefined) return
      putFault(state, changed, { ...fault, told: { groups: record.groups, channel: name, at: record.time } })
      return
    }
    case 'dead': {
      const { attempts, message = record.reason } = channelOf(state, record) ?? {}
      const tried = attempts === undefined ? {} : { attempts }
      putChannel(state, changed, entryOf(state, record), { name, state: 'dead', ...tried, message })
    }
  }
}

function hold(
  state: FaultState,
  changed: Changed,
  { news, fault }: Telling,
  { target: name, reason: message }: Extract<TellingRecord, { readonly is: 'held' }>,
): void {
  const present = state.entries.get(news ?? '')?.channels.find((channel) => channel.name === name)
  if (present !== undefined && !isUndone(present)) return
  // Maintenance and acknowledgements say more than that nobody was told.
  if (message === 'never-told' && present?.state === 'held') return
  if (message === 'no-notifier') {
    putChannel(state, changed, news, { name, state: 'dead', message })
    return
  }
  const until = message === 'acknowledged' ? state.faults.get(fault)?.acknowledgement?.until : undefined
  const ends = message === 'maintenance' ? endOfMaintenance(state, fault) : until
  putChannel(state, changed, news, {
    name,
    state: 'held',
    message,
    ...(ends !== undefined && { until: ends }),
  })
}

function endOfMaintenance(state: FaultState, fault: string): number | undefined {
  const ends = (state.covered.get(fault) ?? []).flatMap((id) => state.windows.get(id)?.to ?? [])
  return ends.length === 0 ? undefined : Math.max(...ends)
}

const entryOf = (
  { notifications }: FaultState,
  { notification }: { readonly notification: string },
): string | undefined => notifications.get(notification)

const channelOf = (
  state: FaultState,
  record: { readonly notification: string; readonly target: string },
): Channel | undefined =>
  state.entries.get(entryOf(state, record) ?? '')?.channels.find(({ name }) => name === record.target)
