import { asyncScheduler } from 'rxjs'

import type { Outcome } from '../../src/engine/machine.ts'
import type { NotifyChange } from '../../src/model/change.ts'
import type { Notification, PlannedNotification } from '../../src/model/notification.ts'
import { OutcomeQueue } from '../../src/runtime/outcome-queue.ts'
import { StoreWriter } from '../../src/runtime/store-writer.ts'
import type { NotifyStore } from '../../src/stores/notify-store.ts'

/** How a store answers an append. */
export type Answer = 'at once' | 'when told' | 'fails' | 'fails later' | 'closed'

/** A store that keeps ids of changes and answers as the test says. */
export class ScriptedStore implements NotifyStore {
  answer: Answer = 'at once'
  /** What it holds, as `type id`. */
  readonly held: string[] = []
  /** Whatever it was given and kept. */
  readonly everHeld: Set<string> = new Set<string>()
  /** Sizes of the appends that it was given. */
  readonly appends: number[] = []
  /** Appends that wait for the test. */
  readonly waiting: { done: () => void; fail: (error: Error) => void }[] = []
  /** Appends that were begun while another one was under way: never any. */
  overlaps = 0
  loads = 0
  released = 0

  load = (): readonly NotifyChange[] => {
    this.loads += 1
    return []
  }
  openAlerts = (): readonly never[] => []
  release = (): void => {
    this.released += 1
  }

  append: NotifyStore['append'] = (changes): void | Promise<void> => {
    this.appends.push(changes.length)
    if (this.waiting.length > 0) this.overlaps += 1
    const names = changes.map(nameOf)
    const keep = (): void => {
      if (names[0] === 'reset') this.held.length = 0
      for (const name of names) {
        this.held.push(name)
        this.everHeld.add(name)
      }
    }
    switch (this.answer) {
      case 'at once':
        keep()
        return
      case 'fails':
        throw new Error('no space left')
      case 'fails later':
        return Promise.reject(new Error('no space left'))
      case 'closed':
        throw Object.assign(new Error('it is closed'), { retryable: false })
      case 'when told':
        return new Promise((resolve, reject) => {
          const end = (work: () => void) => () => {
            this.waiting.shift()
            work()
          }
          this.waiting.push({
            done: end(() => {
              keep()
              resolve()
            }),
            fail: (error) => end(() => reject(error))(),
          })
        })
    }
  }
}

const nameOf = (change: NotifyChange): string => {
  if (change.type === 'notification') return `notification ${change.notification.id}`
  return 'id' in change ? `${change.type} ${change.id}` : change.type
}

/** That a notification is planned. Only its id matters here. */
export const plan = (id: string): NotifyChange => ({
  type: 'notification',
  notification: { id } as PlannedNotification,
})
export const settled = (id: string): NotifyChange => ({ type: 'settled', id })
export const send = (id: string): Notification => ({ id, subject: '' }) as Notification

/** What a step decided; each event is told by its number. */
export const outcome = (event: number | undefined, rest: Partial<Outcome> = {}): Outcome => ({
  changes: [],
  events: event === undefined ? [] : [{ type: 'policy-changed', time: event }],
  sends: [],
  aborts: [],
  asks: [],
  ...rest,
})

interface QueueOver {
  readonly queue: OutcomeQueue
  /** What came out, in order. */
  readonly log: string[]
  /** What a reset writes; the test's to fill. */
  readonly state: NotifyChange[]
  readonly listener: { onTold: (event: number) => void; isClosed: boolean }
  readonly stop: () => void
}

/** A queue over a store, and what came out of it in order. */
export function queueOver(store: NotifyStore, patienceMs = 5000): QueueOver {
  const log: string[] = []
  const state: NotifyChange[] = []
  const listener: { onTold: (event: number) => void; isClosed: boolean } = {
    onTold: () => undefined,
    isClosed: false,
  }
  const writer: StoreWriter = new StoreWriter({
    store,
    scheduler: asyncScheduler,
    clock: asyncScheduler,
    patienceMs,
    state: () => state,
    onProgress: () => queue.pump(),
    onFailing: (message) => log.push(`failing: ${message}`),
    onRecovered: () => log.push('recovered'),
    onClosed: () => {
      listener.isClosed = true
      log.push('closed')
    },
  })
  const queue = new OutcomeQueue(writer, {
    isClosed: () => listener.isClosed,
    tell: (event) => {
      if (!('time' in event)) return
      log.push(`event ${event.time}`)
      listener.onTold(event.time)
    },
    send: ({ id, unstored }) => log.push(`send ${id}${unstored === true ? ' unstored' : ''}`),
    abort: (id) => log.push(`abort ${id}`),
    ask: (alerts) => log.push(`ask ${alerts.length}`),
    rest: () => undefined,
  })
  const stop = (): void => {
    listener.isClosed = true
    queue.stop()
    writer.stop()
  }
  return { queue, log, state, listener, stop }
}
