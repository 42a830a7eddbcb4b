import { asyncScheduler, Subject } from 'rxjs'
import type { SchedulerLike } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { memoryNotifyStore, notify } from '../../src/index.ts'
import type { FaultSignal, Heartbeat, NotifyOptions, NotifyProblem, NotifyStore } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { opened } from '../support/signals.ts'
import { ScriptedStore } from './rig.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

function start(store: NotifyStore, heartbeat: Partial<Heartbeat> = {}, options: Partial<NotifyOptions> = {}) {
  const beats: number[] = []
  const problems: NotifyProblem[] = []
  const source = new Subject<FaultSignal>()
  const policy = {
    groups: { ops: { notifiers: ['pager'] } },
    routes: [{ group: 'ops', wait: '10m' as const }],
  }
  const send = async (): Promise<void> => {
    beats.push(time.now())
  }
  const subscription = source
    .pipe(
      notify(policy, {
        store,
        notifiers: { pager: recordingNotifier() },
        heartbeat: { send, ...heartbeat },
        problems: { next: (problem) => problems.push(problem) },
        ...options,
      }),
    )
    .subscribe()
  return { beats, problems, source, subscription }
}

describe('a heartbeat', () => {
  it('is sent each minute, the first after a minute, and no more once nobody listens', async () => {
    const { beats, subscription } = start(memoryNotifyStore())
    await time.advanceTo(180_000)
    expect(beats).toEqual([60_000, 120_000, 180_000])
    subscription.unsubscribe()
    expect(time.scheduled).toBe(0)
  })

  it('is sent as often as it is asked for', async () => {
    const { beats } = start(memoryNotifyStore(), { everyMs: 25_000 })
    await time.advanceTo(60_000)
    expect(beats).toEqual([25_000, 50_000])
  })

  it.each(['fails', 'fails later', 'when told'] as const)(
    'is not sent while the store takes nothing, as where it %s, though nothing else is to be stored',
    async (answer) => {
      const store = new ScriptedStore()
      const { beats } = start(store)
      await time.advanceTo(60_000)
      expect(beats).toEqual([60_000])
      store.answer = answer
      await time.advanceTo(300_000)
      expect(beats).toEqual([60_000])
      store.answer = 'at once'
      while (store.waiting.length > 0) {
        store.waiting[0]?.done()
        await time.advanceBy(0)
      }
      await time.advanceTo(420_000)
      expect(beats.at(-1)).toBe(420_000)
    },
  )

  it('is not sent before the store is loaded', async () => {
    const { beats } = start({ ...memoryNotifyStore(), load: () => new Promise(() => undefined) })
    await time.advanceTo(300_000)
    expect(beats).toEqual([])
  })

  it('is not sent while the engine is not woken for what is due', async () => {
    // Loses what the engine waits for, and runs the heartbeat.
    const scheduler: SchedulerLike = {
      now: () => time.now(),
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay = 0) =>
        asyncScheduler.schedule(delay === 50_000 ? work : () => undefined, delay),
    }
    const { beats, source } = start(memoryNotifyStore(), { everyMs: 50_000 }, { scheduler })
    await time.advanceTo(40_000)
    source.next(opened(40_000))
    await time.advanceTo(1_200_000)
    expect(beats.at(0)).toBe(50_000)
    // Somebody was to be told at 640 s.
    expect(beats.at(-1)).toBe(600_000)
  })

  it('that is not taken is a problem, and comes again with the next', async () => {
    let calls = 0
    const send = async (): Promise<void> => {
      calls += 1
      if (calls === 1) throw new Error('503')
    }
    const { problems } = start(memoryNotifyStore(), { send })
    await time.advanceTo(120_000)
    expect(calls).toBe(2)
    expect(problems).toMatchObject([
      {
        reason: 'heartbeat-failed',
        message: 'the heartbeat was not taken, and is tried again with the next: 503',
      },
    ])
  })

  it('that hangs is aborted when the next is due, and when nobody listens any more', async () => {
    const signals: AbortSignal[] = []
    const send = (signal: AbortSignal): Promise<never> => {
      signals.push(signal)
      return new Promise(() => undefined)
    }
    const { problems, subscription } = start(memoryNotifyStore(), { send })
    await time.advanceTo(120_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(problems.map(({ reason }) => reason)).toEqual(['heartbeat-failed'])
    subscription.unsubscribe()
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })
})
