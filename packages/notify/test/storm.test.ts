import { firstValueFrom, Subject, timer } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { memoryNotifyStore, notify } from '../src/index.ts'
import type { FaultSignal, Notifier, NotifyEvent, NotifyOptions, NotifyStore } from '../src/index.ts'
import { openNotifyStore } from '../src/store.ts'
import { memoryFileSystem, recordingNotifier, virtualTime } from '../src/testing/index.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { opened } from './support/signals.ts'

const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** A receiver that takes 50 ms for each, and counts how many it has at a time. */
function slowReceiver(concurrency?: number) {
  const told: { readonly series: string; readonly at: number }[] = []
  const state = { told, now: 0, most: 0 }
  const pager = recordingNotifier({ script: Array<{ afterMs: number }>(10_000).fill({ afterMs: 50 }) })
  const notifier: Notifier = {
    ...(concurrency !== undefined && { concurrency }),
    send: async (notification, signal) => {
      state.now += 1
      state.most = Math.max(state.most, state.now)
      await pager.send(notification, signal).finally(() => (state.now -= 1))
      told.push({ series: notification.alerts[0].series, at: time.now() })
    },
  }
  return { notifier, state }
}

function start(notifiers: NotifyOptions['notifiers'], options: Partial<NotifyOptions> = {}) {
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  source.pipe(notify(policy, { notifiers, ...options })).subscribe((event) => events.push(event))
  return { source, events }
}

describe('in a storm of alerts of severity 5', () => {
  it.each(['memory', 'files'] as const)(
    'severity 1, which comes last, is told next, over %s',
    async (kind) => {
      const { notifier, state } = slowReceiver()
      const store =
        kind === 'files' ? await openNotifyStore('alerts', { fileSystem: memoryFileSystem() }) : undefined
      const { source } = start({ pager: notifier }, { store })
      await time.advanceBy(0)
      for (let index = 0; index < 300; index++) source.next(opened(0, { metric: `m${index}`, severity: 5 }))
      source.next(opened(0, { metric: 'worst', severity: 1 }))
      await time.advanceTo(100)
      // Those that were on their way are in front of it, and nobody else.
      expect(state.told.map(({ series }) => series).indexOf('worst')).toBeLessThanOrEqual(8)
      expect(state.told.find(({ series }) => series === 'worst')?.at).toBeLessThanOrEqual(100)
      await time.advanceTo(60_000)
      expect(state.told).toHaveLength(301)
      expect(state.most).toBe(8)
    },
  )

  it('a notifier is given as many at a time as it says, and others as many as the option says', async () => {
    for (const [own, option, most] of [
      [3, undefined, 3],
      [undefined, 20, 20],
      [1, 20, 1],
    ] as const) {
      const { notifier, state } = slowReceiver(own)
      const { source } = start({ pager: notifier }, { concurrency: option })
      for (let index = 0; index < 100; index++) source.next(opened(0, { metric: `m${index}`, severity: 1 }))
      await time.advanceBy(10_000)
      expect(state.told).toHaveLength(100)
      expect(state.most).toBe(most)
    }
  })

  it('results settle in groups, not one append each', async () => {
    const { notifier, state } = slowReceiver(50)
    const inner = memoryNotifyStore()
    let appends = 0
    const store: NotifyStore = {
      ...inner,
      append: async (changes) => {
        appends += 1
        await firstValueFrom(timer(10))
        await inner.append(changes)
      },
    }
    const { source } = start({ pager: notifier }, { store })
    for (let index = 0; index < 300; index++) source.next(opened(0, { metric: `m${index}` }))
    await time.advanceTo(60_000)
    expect(state.told).toHaveLength(300)
    expect(appends).toBeLessThan(40)
  })
})
