import { putChannel, putEntry, putFault, without } from './fault-state.ts'
import type { Changed, FaultState, Telling } from './fault-state.ts'
import type { FaultRecord, TellingRecord } from './records.ts'
import type { Channel } from '../wire.ts'

type Answered = Extract<FaultRecord, { readonly type: 'answered' }>

const holds: readonly unknown[] = ['acknowledged', 'maintenance']
const isUndone = ({ state, message }: Channel): boolean =>
  state === 'waiting' || (state === 'held' && holds.includes(message))

/** Whether a channel was told of the alert, and not yet of its end. */
export const isStillTold = (state: FaultState, { told, end }: Telling, name: string): boolean =>
  told.has(name) && state.entries.get(end ?? '')?.channels.find(isDeliveredTo(name)) === undefined

const isDeliveredTo =
  (channel: string) =>
  ({ name, state }: Channel): boolean =>
    name === channel && state === 'delivered'

/** The alert has another severity: whoever was not told of the one before will be told of this one instead. */
export function tellOf(
  state: FaultState,
  changed: Changed,
  { alert, entry: news, severity, again }: Answered,
): void {
  const telling = state.tellings.get(alert)
  if (telling === undefined || telling.news === news) return
  state.tellings.set(alert, { ...without(telling, 'end'), news })
  if (again === true) {
    // What the last one was told of is over with it; whoever was not told so knows of this one.
    for (const [name, told] of telling.told) {
      if (told !== severity || !isStillTold(state, telling, name)) continue
      putChannel(state, changed, news, { name, state: 'held', message: 'opening-told' })
    }
    return
  }
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
export function endTelling(
  state: FaultState,
  changed: Changed,
  { alert, entry: end }: Pick<Answered, 'alert' | 'entry'>,
): void {
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
      const freed = record.isReminder === true ? telling.freed : undefined
      const entry = record.isEnd ? telling.end : (freed ?? telling.news)
      if (entry === undefined || state.notifications.has(record.notification)) return
      state.notifications.set(record.notification, entry)
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
      if (!record.isEnd) keepTold(state, telling, record)
      const fault = state.faults.get(telling.fault)
      if (record.isEnd || fault === undefined || fault.told !== undefined) return
      putFault(state, changed, { ...fault, told: { groups: record.groups, channel: name, at: record.time } })
      return
    }
    case 'superseded':
      putChannel(state, changed, entryOf(state, record), {
        name,
        state: 'held',
        message: `before-${record.reason}`,
      })
      return
    case 'dead': {
      const { attempts, message = record.reason } = channelOf(state, record) ?? {}
      const tried = attempts === undefined ? {} : { attempts }
      putChannel(state, changed, entryOf(state, record), { name, state: 'dead', ...tried, message })
    }
  }
}

/** The severity that a channel knows, of one that was told of the entry that it is about. */
function keepTold(state: FaultState, telling: Telling, record: About): void {
  const severity = state.entries.get(entryOf(state, record) ?? '')?.severity
  if (severity === undefined) return
  const told = new Map(telling.told).set(record.target, severity)
  state.tellings.set(record.alert, { ...telling, told })
}

type About = Pick<Extract<TellingRecord, { readonly is: 'delivered' }>, 'alert' | 'target' | 'notification'>

function hold(
  state: FaultState,
  changed: Changed,
  { news: latest, end, fault }: Telling,
  { target: name, reason: message }: Extract<TellingRecord, { readonly is: 'held' }>,
): void {
  // Of what opens and ends so often only the end is held.
  const news = message === 'flapping' ? end : latest
  const present = state.entries.get(news ?? '')?.channels.find((channel) => channel.name === name)
  if (present !== undefined && present.state !== 'waiting' && present.state !== 'held') return
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
