import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { memoryNotifyStore, notify, NotifyError } from '../src/index.ts'
import { openNotifyStore } from '../src/store.ts'
import type { FaultSignal, NotifyEvent, NotifyProblem, NotifyStore, Policy } from '../src/index.ts'
import { memoryFileSystem, recordingNotifier, virtualTime } from '../src/testing/index.ts'
import type { RecordingNotifier, VirtualTime } from '../src/testing/index.ts'
import { cleared, opened } from './support/signals.ts'

const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

function start(store: NotifyStore, isHeard = true) {
  const source = new Subject<FaultSignal>()
  const pager = recordingNotifier()
  const events: NotifyEvent[] = []
  const ends: unknown[] = []
  const heard: NotifyProblem[] = []
  const problems = new Subject<NotifyProblem>()
  if (isHeard) problems.subscribe((problem) => heard.push(problem))
  const subscription = source.pipe(notify(policy, { store, problems, notifiers: { pager } })).subscribe({
    next: (event) => events.push(event),
    error: (error: unknown) => ends.push(error),
  })
  return { source, pager, events, ends, heard, subscription }
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
/** What was told of a series. */
const about = ({ attempts }: RecordingNotifier, series: string): string[] =>
  attempts.flatMap(({ notification: { kind, alerts, unstored } }) =>
    alerts[0].series === series ? [`${kind}${unstored === true ? ' unstored' : ''}`] : [],
  )

describe('a store that was damaged', () => {
  it.each([
    [
      [{}],
      'the store was damaged, and one part of it could not be read: alerts or their ends may be missing',
    ],
    [
      [{}, {}],
      'the store was damaged, and 2 parts of it could not be read: alerts or their ends may be missing',
    ],
  ])('is an alert of its own before all that comes (%#)', async (damaged, text) => {
    const { source, pager } = start({ ...memoryNotifyStore(), recovery: { damaged } })
    source.next(opened(0))
    await time.advanceBy(0)
    expect(about(pager, 'notify.store_damaged')).toEqual(['alert'])
    expect(pager.attempts.map(({ notification: { text: said } }) => said)[0]).toBe(text)
    await time.advanceBy(600_000)
    expect(about(pager, 'notify.store_damaged')).toEqual(['alert', 'recovery'])
  })

  it('is none where all was read', async () => {
    const { source, pager } = start({ ...memoryNotifyStore(), recovery: { damaged: [] } })
    source.next(opened(0))
    await time.advanceBy(0)
    expect(pager.attempts.map(({ notification: { alerts } }) => alerts[0].series)).toEqual(['cpu'])
  })
})

describe('a store that takes changes no more', () => {
  it.each([
    ['has no prototype', Object.create(null)],
    ['has a message that is no text', Object.assign(new Error(), { message: Object.create(null) })],
  ])('holds up nobody with something thrown that %s', async (_, thrown) => {
    const store = failing(thrown)
    store.isDown = true
    const { source, events, heard } = start(store)
    source.next(opened(0))
    await time.advanceBy(0)
    expect(types(events).slice(0, 2)).toEqual(['created', 'planned'])
    expect(heard[0]?.message).toMatch(/: something was thrown that has no text$/)
  })

  it('holds up nobody: people are told from memory, of that and of the store itself', async () => {
    const store = failing(new Error('no space left'))
    store.isDown = true
    const { source, pager, events, heard, ends } = start(store)
    source.next(opened(0))
    await time.advanceBy(0)
    source.next(cleared(100))
    await time.advanceTo(100)
    expect(about(pager, 'cpu')).toEqual(['alert unstored', 'recovery unstored'])
    expect(about(pager, 'notify.store_failing')).toEqual(['alert unstored'])
    expect(types(events.filter((event) => 'series' in event && event.series === 'cpu'))).toEqual([
      'created',
      'planned',
      'delivered',
      'cleared',
      'planned',
      'delivered',
    ])
    expect(ends).toEqual([])
    expect(heard).toEqual([
      {
        type: 'problem',
        from: 'notify',
        reason: 'store-failed',
        message:
          'the store failed, and what was decided since is only in memory, until it takes changes again: no space left',
        time: 0,
        count: 1,
      },
    ])
  })

  it('takes everything when there is room again, and nobody is told twice, then or after a restart', async () => {
    const store = failing(new Error('no space left'))
    const { source, pager, subscription } = start(store)
    source.next(opened(0))
    await time.advanceBy(0)
    store.isDown = true
    source.next(cleared(100))
    source.next(opened(200, { metric: 'disk' }))
    await time.advanceTo(10_000)
    expect(about(pager, 'disk')).toEqual(['alert unstored'])
    store.isDown = false
    await time.advanceTo(60_000)
    expect(about(pager, 'cpu')).toEqual(['alert', 'recovery unstored'])
    expect(about(pager, 'disk')).toEqual(['alert unstored'])
    expect(about(pager, 'notify.store_failing')).toEqual(['alert unstored', 'recovery'])
    expect(store.openAlerts().map(({ series }) => series)).toEqual(['disk'])
    subscription.unsubscribe()

    const second = start(store)
    await time.advanceBy(60_000)
    expect(second.pager.attempts).toEqual([])
  })

  it('is a warning of the process where nobody listens', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const store = failing(new Error('no space left'))
    store.isDown = true
    const { source } = start(store, false)
    source.next(opened(0))
    source.next(cleared(1000))
    await time.advanceBy(0)
    expect(warn.mock.calls.map(([, kind]) => kind)).toEqual([
      { type: 'TocsinWarning', code: 'notify/store-failed' },
    ])
    warn.mockRestore()
  })

  it('on a full disk goes on by itself when there is room, and a later run tells nothing again', async () => {
    const disk = memoryFileSystem()
    const first = start(await openNotifyStore('alerts', { fileSystem: disk }))
    await time.advanceBy(0)
    const makeRoom = disk.fail('write', 'ENOSPC')
    first.source.next(opened(0, { severity: 1, text: 'disk full' }))
    await time.advanceTo(1)
    expect(about(first.pager, 'cpu')).toEqual(['alert unstored'])
    makeRoom()
    await time.advanceTo(120_000)
    first.source.next(cleared(120_000))
    await time.advanceTo(120_001)
    expect(about(first.pager, 'cpu')).toEqual(['alert unstored', 'recovery'])
    first.subscription.unsubscribe()
    await time.advanceBy(0)

    const store = await openNotifyStore('alerts', { fileSystem: disk.processKill() })
    expect(store.openAlerts()).toEqual([])
    const second = start(store)
    await time.advanceBy(60_000)
    expect(second.pager.attempts).toEqual([])
  })

  it('since it was closed ends the stream, as somebody wanted', () => {
    const store = failing(new NotifyError('NOTIFY_STORE_CLOSED', 'it is closed'))
    store.isDown = true
    const { source, pager, ends } = start(store)
    source.next(opened(0))
    expect(ends).toEqual([expect.objectContaining({ code: 'NOTIFY_STORE_CLOSED' })])
    expect(pager.attempts).toEqual([])
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
