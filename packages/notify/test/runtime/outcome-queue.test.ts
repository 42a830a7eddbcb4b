import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { memoryNotifyStore } from '../../src/stores/memory-notify-store.ts'
import { virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { outcome, plan, queueOver, ScriptedStore, send, settled } from './rig.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

describe('what was decided', () => {
  it('is told at once, without a timer or a turn of the event loop, where the store answers at once', () => {
    const { queue, log } = queueOver(memoryNotifyStore())
    queue.add(outcome(1, { changes: [plan('a')], sends: [send('a')] }))
    queue.add(outcome(2, { changes: [settled('a')] }))
    expect(log).toEqual(['event 1', 'send a', 'event 2'])
    expect(time.scheduled).toBe(0)
  })

  it('waits until it is durable, and so do the attempts of what it planned', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store)
    queue.add(outcome(1, { changes: [plan('a')], sends: [send('a')] }))
    queue.add(outcome(2))
    await time.advanceBy(100)
    expect(log).toEqual([])
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(log).toEqual(['event 1', 'send a', 'event 2'])
    expect(time.scheduled).toBe(0)
  })

  it('does not hold up an attempt of what was durable before, while its own news wait', async () => {
    const store = new ScriptedStore()
    const { queue, log } = queueOver(store)
    queue.add(outcome(1, { changes: [plan('a'), plan('b')], sends: [send('a')] }))
    store.answer = 'when told'
    queue.add(outcome(2, { changes: [settled('a')], sends: [send('b')] }))
    expect(log).toEqual(['event 1', 'send a', 'send b'])
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(log.at(-1)).toBe('event 2')
  })

  it('is written in groups: one append takes all that was decided during the one before', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store)
    for (let index = 0; index < 1000; index++) queue.add(outcome(index, { changes: [settled(`${index}`)] }))
    store.waiting[0]?.done()
    await time.advanceBy(0)
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(store.appends).toEqual([1, 999])
    expect(log).toEqual(Array.from({ length: 1000 }, (_, index) => `event ${index}`))
    expect(queue.isEmpty).toBe(true)
  })

  it('counts as pending until it is told', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue } = queueOver(store)
    for (let index = 0; index < 3; index++) queue.add(outcome(index, { changes: [settled('x')] }), 1)
    expect(queue.pending).toBe(3)
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(queue.pending).toBe(2)
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(queue.pending).toBe(0)
  })

  it('is told in the order of decisions, also of what its own events cause', () => {
    const { queue, log, listener } = queueOver(memoryNotifyStore())
    listener.onTold = (event) => {
      if (event === 1) queue.add(outcome(3, { changes: [settled('x')] }))
    }
    const two = outcome(1)
    two.events.push({ type: 'policy-changed', time: 2 })
    queue.add(two)
    expect(log).toEqual(['event 1', 'event 2', 'event 3'])
  })

  it('does not begin an attempt that was given up before its notification was durable', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store)
    queue.add(outcome(1, { changes: [plan('a')], sends: [send('a')] }))
    queue.add(outcome(2, { aborts: ['a'] }))
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(log).toEqual(['event 1', 'event 2'])
  })

  it('begins the next attempt of such a one, once, when it is durable', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store)
    queue.add(outcome(1, { changes: [plan('a')], sends: [send('a')] }))
    queue.add(outcome(2, { aborts: ['a'], sends: [send('a')] }))
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(log).toEqual(['event 1', 'send a', 'event 2'])
  })

  it('ends an attempt in flight at once, before another one of the same notification', () => {
    const store = new ScriptedStore()
    const { queue, log } = queueOver(store)
    queue.add(outcome(1, { changes: [plan('a')], sends: [send('a')] }))
    store.answer = 'when told'
    queue.add(outcome(2, { changes: [settled('x')], aborts: ['a'], sends: [send('a')] }))
    expect(log.slice(2)).toEqual(['abort a', 'send a'])
  })

  it('is told no further once nobody listens', () => {
    const { queue, log, listener, stop } = queueOver(memoryNotifyStore())
    listener.onTold = () => stop()
    const both = outcome(1, { changes: [plan('a')], sends: [send('a')] })
    both.events.push({ type: 'policy-changed', time: 2 })
    queue.add(both)
    expect(log).toEqual(['event 1'])
  })
})
