import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { Command, FaultSignal, NotifyEvent, NotifyProblem } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { cleared, opened } from '../support/signals.ts'
import { ScriptedStore } from './rig.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

function start(maxPending: number) {
  const store = new ScriptedStore()
  const commands = new Subject<Command>()
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  const problems: NotifyProblem[] = []
  const pager = recordingNotifier()
  source
    .pipe(
      notify(policy, {
        store,
        commands,
        maxPending,
        notifiers: { pager },
        problems: { next: (problem) => problems.push(problem) },
      }),
    )
    .subscribe((event) => events.push(event))
  const answered = (type: NotifyEvent['type']): string[] =>
    events.flatMap((event) => ('signal' in event && event.type === type ? [`${event.series}`] : []))
  return { store, commands, source, events, problems, pager, answered }
}

/** Lets the store take everything. */
async function drain({ waiting }: ScriptedStore): Promise<void> {
  while (waiting.length > 0) {
    waiting[0]?.done()
    await time.advanceBy(0)
  }
}

describe('where too many wait for the store', () => {
  it('severity 1 and ends still find room, and what was dropped raises an alert that counts it', async () => {
    const { store, source, problems, pager, answered } = start(10)
    for (let index = 0; index < 5; index++) source.next(opened(0, { metric: `before${index}`, severity: 3 }))
    await time.advanceBy(0)
    store.answer = 'when told'
    for (let index = 0; index < 100; index++) source.next(opened(1, { metric: `storm${index}`, severity: 3 }))
    for (let index = 0; index < 5; index++) source.next(cleared(2, { metric: `before${index}`, severity: 3 }))
    for (let index = 0; index < 5; index++) source.next(opened(2, { metric: `worst${index}`, severity: 1 }))
    await drain(store)
    await time.advanceTo(10)
    await drain(store)
    expect(answered('cleared')).toHaveLength(5)
    const created = answered('created')
    expect(created.filter((series) => series.startsWith('worst'))).toHaveLength(5)
    expect(created.filter((series) => series.startsWith('storm'))).toHaveLength(10)
    const dropped = problems.reduce((sum, { reason, count }) => sum + (reason === 'overflow' ? count : 0), 0)
    // Ten of a reason are shown in a second; the rest come with the next.
    expect(dropped).toBe(10)
    const own = pager.told.find(({ alerts }) => alerts[0].ruleSet === 'tocsin.notify')
    expect(own?.text).toContain('90')
  })

  it('also severity 1 finds no room beyond four times as much', async () => {
    const { store, source, answered } = start(10)
    await time.advanceBy(0)
    store.answer = 'when told'
    for (let index = 0; index < 100; index++) source.next(opened(1, { metric: `m${index}`, severity: 1 }))
    await drain(store)
    expect(answered('created').filter((series) => series.startsWith('m'))).toHaveLength(40)
  })

  it('commands are refused at once', async () => {
    const { store, source, commands, events } = start(1)
    await time.advanceBy(0)
    store.answer = 'when told'
    source.next(opened(0))
    commands.next({ type: 'clear', alert: 'a', by: 'ann', reference: 'r' })
    expect(events).toMatchObject([{ type: 'command-refused', reason: 'overflow', reference: 'r' }])
  })

  it('a store that fails makes nobody wait, and so drops nothing', async () => {
    const { store, source, problems, answered } = start(10)
    await time.advanceBy(0)
    store.answer = 'fails'
    for (let index = 0; index < 100; index++) source.next(opened(1, { metric: `m${index}` }))
    expect(answered('created').filter((series) => series.startsWith('m'))).toHaveLength(100)
    expect(problems.filter(({ reason }) => reason === 'overflow')).toEqual([])
  })

  it('results of attempts are never dropped', async () => {
    const { store, source, events } = start(1)
    source.next(opened(0))
    store.answer = 'when told'
    source.next(opened(0, { metric: 'b' }))
    await time.advanceBy(0)
    await drain(store)
    await drain(store)
    expect(events.filter(({ type }) => type === 'delivered')).toHaveLength(2)
  })
})

/** A value that throws at one of the looks at it or at what is in it, counted from 0. */
function throwingAt<Value extends object>(value: Value, look: number): Value {
  let looks = 0
  const count = (): void => {
    if (looks++ === look) throw new Error('not now')
  }
  const wrap = <Part>(part: Part): Part =>
    typeof part !== 'object' || part === null
      ? part
      : new Proxy(part, {
          get: (target, name, receiver) => {
            count()
            return wrap(Reflect.get(target, name, receiver) as unknown)
          },
          has: (target, name) => {
            count()
            return Reflect.has(target, name)
          },
          ownKeys: (target) => {
            count()
            return Reflect.ownKeys(target)
          },
          getOwnPropertyDescriptor: (target, name) => {
            count()
            return Reflect.getOwnPropertyDescriptor(target, name)
          },
          getPrototypeOf: (target) => {
            count()
            return Reflect.getPrototypeOf(target)
          },
        })
  return wrap(value)
}

describe('a signal that throws where it is read', () => {
  it('is refused, at whichever look it does, and the next is followed', async () => {
    const { source, events, pager } = start(1000)
    const signal = opened(0, { tags: { host: 'web-1' }, text: 'too much', metric: 'hostile' })
    let look = 0
    for (; ; look++) {
      source.next(throwingAt({ ...signal, cause: { reason: 'above', value: 1 } }, look))
      await time.advanceBy(0)
      if (look > 1000) throw new Error('it is never read without throwing')
      if (events.some(({ type }) => type === 'created')) break
    }
    expect(look).toBeGreaterThan(10)
    expect(events.slice(0, look)).toMatchObject(Array(look).fill({ type: 'refused', reason: 'malformed' }))
    source.next(opened(0, { metric: 'well' }))
    await time.advanceBy(0)
    expect(pager.told.map(({ alerts }) => alerts[0].series)).toEqual(['hostile|host:web-1', 'well'])
  })

  it('is refused also where it was taken back', () => {
    const { source, events } = start(10)
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    source.next(proxy as FaultSignal)
    expect(events).toMatchObject([{ type: 'refused', reason: 'malformed' }])
  })
})
