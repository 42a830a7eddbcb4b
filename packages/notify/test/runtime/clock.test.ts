import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { Duration, FaultSignal, NotifyEvent, NotifyOptions } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { NotifierAnswer, VirtualTime } from '../../src/testing/index.ts'
import { opened } from '../support/signals.ts'
import { ScriptedStore } from './rig.ts'

const hour = 3_600_000

let time: VirtualTime
beforeEach(() => {
  // Room for a clock that goes back.
  time = virtualTime({ start: 1000 * hour })
})
afterEach(() => time.end())

/** A machine whose clock can be set, and that can sleep: then its clock goes on and its timers do not. */
function start(wait: Duration, script: readonly NotifierAnswer[] = [], options: Partial<NotifyOptions> = {}) {
  const clock = { offset: 0, now: () => time.now() + clock.offset }
  const pager = recordingNotifier({ script })
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  source
    .pipe(
      notify(
        { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops', wait }] },
        { notifiers: { pager }, clock, ...options },
      ),
    )
    .subscribe((event) => events.push(event))
  return { clock, pager, source, events }
}

describe('a machine that slept', () => {
  it('tells within a minute what became due while it slept', async () => {
    const { clock, pager, source } = start('8h')
    source.next(opened(clock.now()))
    await time.advanceBy(hour)
    clock.offset += 7 * hour
    await time.advanceBy(60_000)
    expect(pager.told).toHaveLength(1)
  })

  it('tries again within a minute what it could not deliver before, and gives nothing up', async () => {
    const { clock, pager, source, events } = start('0s', Array<NotifierAnswer>(12).fill('fail'))
    source.next(opened(clock.now(), { severity: 5 }))
    await time.advanceBy(600_000)
    const before = pager.attempts.length
    clock.offset += 1000 * hour
    await time.advanceBy(60_000)
    expect(pager.attempts.length).toBeGreaterThan(before)
    expect(events.map(({ type }) => type)).not.toContain('dead')
  })
})

describe('a clock that is set back by an hour', () => {
  it('delays what waits by no more than a minute', async () => {
    const { clock, pager, source } = start('10s')
    source.next(opened(clock.now()))
    await time.advanceBy(5000)
    clock.offset -= hour
    await time.advanceBy(60_000)
    expect(pager.told).toHaveLength(1)
  })

  it('delays nothing that comes then', async () => {
    const { clock, pager, source } = start('10s')
    source.next(opened(clock.now()))
    await time.advanceBy(20_000)
    clock.offset -= hour
    source.next(opened(clock.now(), { metric: 'later' }))
    await time.advanceBy(10_000)
    expect(pager.told.map(({ alerts }) => alerts[0].series)).toEqual(['cpu', 'later'])
  })

  it('lets an attempt that hangs be given up all the same, and tried again', async () => {
    const { clock, pager, source } = start('0s', ['hang'])
    source.next(opened(clock.now()))
    await time.advanceBy(5000)
    clock.offset -= hour
    await time.advanceBy(180_000)
    expect(pager.attempts.map(({ answer }) => answer)).toEqual(['aborted', 'ok'])
  })

  it('does not change how long a store may take, and when it is tried again', async () => {
    const store = new ScriptedStore()
    const { clock, pager, source } = start('0s', [], { store, problems: { next: () => undefined } })
    store.answer = 'when told'
    source.next(opened(clock.now()))
    await time.advanceBy(1000)
    clock.offset -= hour
    await time.advanceBy(4000)
    expect(pager.told.map(({ unstored }) => unstored)).toContain(true)
    store.answer = 'fails'
    store.waiting[0]?.fail(new Error('no'))
    await time.advanceBy(0)
    const before = store.appends.length
    clock.offset -= hour
    await time.advanceBy(1000)
    expect(store.appends.length).toBeGreaterThan(before)
  })
})
