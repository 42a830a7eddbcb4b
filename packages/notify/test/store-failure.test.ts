import { memoryFileSystem } from '@tocsin/core/testing'
import { Subject } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import { memoryNotifyStore, notify, NotifyError, openNotifyStore } from '../src/index.ts'
import type {
  FaultSignal,
  Notification,
  NotifyEvent,
  NotifyProblem,
  NotifyStore,
  Policy,
} from '../src/index.ts'
import { cleared, opened } from './support/signals.ts'
import { turn, Turns } from './support/turns.ts'

const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

function start(store: NotifyStore, isHeard = true) {
  const source = new Subject<FaultSignal>()
  const told: Notification[] = []
  const events: NotifyEvent[] = []
  const ends: unknown[] = []
  const heard: NotifyProblem[] = []
  const problems = new Subject<NotifyProblem>()
  if (isHeard) problems.subscribe((problem) => heard.push(problem))
  const pager = { send: async (notification: Notification) => void told.push(notification) }
  const scheduler = new Turns()
  const subscription = source
    .pipe(notify(policy, { store, problems, scheduler, notifiers: { pager } }))
    .subscribe({
      next: (event) => events.push(event),
      error: (error: unknown) => ends.push(error),
    })
  return { source, told, events, ends, heard, subscription, scheduler }
}

/** A store that takes changes until it is told to fail. */
function failing(error: unknown) {
  const inner = memoryNotifyStore()
  const store = {
    ...inner,
    failures: 0,
    isDown: false,
    append: (changes: Parameters<NotifyStore['append']>[0]) => {
      if (!store.isDown) return inner.append(changes)
      store.failures += 1
      throw error
    },
  }
  return store
}

const types = (events: readonly NotifyEvent[]): string[] => events.map(({ type }) => type)
const kinds = (told: readonly Notification[]): string[] => told.map(({ kind }) => kind)

describe('a store that takes changes no more', () => {
  it('holds up nobody: people are told from memory, and each decision says so', async () => {
    const store = failing(new Error('no space left'))
    store.isDown = true
    const { source, told, events, heard, ends } = start(store)
    source.next(opened(0))
    await turn()
    source.next(cleared(1000))
    await turn()
    expect(kinds(told)).toEqual(['alert', 'recovery'])
    expect(types(events)).toEqual(['created', 'planned', 'delivered', 'cleared', 'planned', 'delivered'])
    expect(ends).toEqual([])
    // One signal and one delivery, twice.
    expect(heard).toHaveLength(4)
    expect(heard[0]).toEqual({
      type: 'problem',
      from: 'notify',
      reason: 'store-failed',
      message:
        'the store failed, and what was decided since is only in memory, until notify is subscribed again: no space left',
      time: 0,
      count: 1,
    })
  })

  it('is not asked again, so that it never lacks changes in the middle', async () => {
    const store = failing(new Error('no space left'))
    const { source, told, subscription } = start(store)
    source.next(opened(0))
    await turn()
    store.isDown = true
    source.next(cleared(1000))
    store.isDown = false
    source.next(opened(2000, { metric: 'disk' }))
    await turn()
    expect(store.failures).toBe(1)
    expect(kinds(told)).toEqual(['alert', 'recovery', 'alert'])
    subscription.unsubscribe()
    expect(store.openAlerts().map(({ series }) => series)).toEqual(['cpu'])
  })

  it('is a warning of the process where nobody listens', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const store = failing(new Error('no space left'))
    store.isDown = true
    const { source } = start(store, false)
    source.next(opened(0))
    source.next(cleared(1000))
    await turn()
    expect(warn.mock.calls.map(([, kind]) => kind)).toEqual([
      { type: 'TocsinWarning', code: 'notify/store-failed' },
    ])
    warn.mockRestore()
  })

  it('on a full disk holds what it had, and a later run tells the end again under the same id', async () => {
    const disk = memoryFileSystem()
    const first = start(await openNotifyStore('alerts', { fileSystem: disk }))
    await first.scheduler.to(0)
    first.source.next(opened(0))
    await first.scheduler.to(1)
    expect(types(first.events)).toEqual(['created', 'planned', 'delivered'])
    disk.fail('write', 'ENOSPC')
    first.source.next(cleared(1000))
    await first.scheduler.to(1000)
    expect(kinds(first.told)).toEqual(['alert', 'recovery'])
    expect(first.heard.map(({ reason }) => reason)).toContain('store-failed')

    const store = await openNotifyStore('alerts', { fileSystem: disk.processKill() })
    expect(store.openAlerts()).toHaveLength(1)
    const second = start(store)
    await second.scheduler.to(0)
    second.source.next(cleared(1000))
    await second.scheduler.to(1000)
    expect(second.told.map(({ id }) => id)).toEqual([first.told[1]?.id])
  })

  it('since it was closed ends the stream, as somebody wanted', () => {
    const store = failing(new NotifyError('NOTIFY_STORE_CLOSED', 'it is closed'))
    store.isDown = true
    const { source, told, ends } = start(store)
    source.next(opened(0))
    expect(ends).toEqual([expect.objectContaining({ code: 'NOTIFY_STORE_CLOSED' })])
    expect(told).toEqual([])
    expect(source.observed).toBe(false)
  })
})

it('a store that cannot be loaded ends the stream with its code and cause', () => {
  const cause = new Error('disk gone')
  const load = (): never => {
    throw cause
  }
  const { ends } = start({ ...memoryNotifyStore(), load })
  expect(ends).toEqual([expect.objectContaining({ code: 'NOTIFY_STORE_FAILED', cause, retryable: true })])
})
