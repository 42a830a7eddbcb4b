import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { virtualTime } from '../../src/testing/index.ts'
import type { VirtualTime } from '../../src/testing/index.ts'
import { outcome, plan, queueOver, ScriptedStore, send, settled } from './rig.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const planned = (event: number, id: string): ReturnType<typeof outcome> =>
  outcome(event, { changes: [plan(id)], sends: [send(id)] })

describe.each(['fails', 'fails later'] as const)('a store that %s', (answer) => {
  it('holds nobody up, and what it did not take is marked', async () => {
    const store = new ScriptedStore()
    const { queue, log } = queueOver(store)
    queue.add(planned(1, 'a'))
    store.answer = answer
    queue.add(planned(2, 'b'))
    await time.advanceBy(0)
    queue.add(outcome(3, { sends: [send('a'), send('b')] }))
    expect(log).toEqual([
      'event 1',
      'send a',
      'failing: no space left',
      'event 2',
      'send b unstored',
      'send a',
      'event 3',
      'send b unstored',
    ])
  })

  it('is tried again after 1, 2, 4, 8, 16, 30 and 30 seconds, and takes everything when it works again', async () => {
    const store = new ScriptedStore()
    store.answer = answer
    const { queue, log } = queueOver(store)
    queue.add(planned(1, 'a'))
    await time.advanceBy(0)
    let at = 0
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      const before = store.appends.length
      await time.advanceTo(at + pause * 1000 - 1)
      expect(store.appends).toHaveLength(before)
      at += pause * 1000
      await time.advanceTo(at)
      expect(store.appends).toHaveLength(before + 1)
    }
    queue.add(outcome(2, { changes: [settled('a')] }))
    store.answer = 'at once'
    await time.advanceTo(at + 30_000)
    expect(store.held).toEqual(['notification a', 'settled a'])
    expect(log.filter((each) => !each.startsWith('failing'))).toEqual([
      'event 1',
      'send a unstored',
      'event 2',
      'recovered',
    ])
    expect(time.scheduled).toBe(0)
    queue.add(planned(3, 'b'))
    expect(log.slice(-2)).toEqual(['event 3', 'send b'])
  })

  it('is given the state in place of more than 20,000 changes', async () => {
    const store = new ScriptedStore()
    store.answer = answer
    const { queue, state } = queueOver(store)
    for (let index = 0; index <= 20_000; index++) {
      queue.add(outcome(undefined, { changes: [settled(`${index}`)] }))
      if (index === 0) await time.advanceBy(0)
    }
    state.push(plan('everything'))
    store.answer = 'at once'
    await time.advanceTo(1000)
    expect(store.held).toEqual(['reset', 'notification everything'])
    queue.add(outcome(undefined, { changes: [settled('later')] }))
    expect(store.held.at(-1)).toBe('settled later')
  })

  it('is offered what it lacks for a last time when everything ends', async () => {
    const store = new ScriptedStore()
    store.answer = answer
    const { queue, stop } = queueOver(store)
    queue.add(planned(1, 'a'))
    await time.advanceBy(0)
    store.answer = 'at once'
    stop()
    expect(store.held).toEqual(['notification a'])
    expect(time.scheduled).toBe(0)
  })
})

describe('a store that does not answer', () => {
  it('is waited for as long as it may take, and then holds nobody up', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store, 5000)
    queue.add(planned(1, 'a'))
    await time.advanceTo(4999)
    expect(log).toEqual([])
    await time.advanceTo(5000)
    queue.add(planned(2, 'b'))
    expect(log).toEqual([
      'failing: no answer within 5000 ms',
      'event 1',
      'send a unstored',
      'event 2',
      'send b unstored',
    ])
  })

  it('is given nothing before it has answered, and all the rest after it', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store, 5000)
    queue.add(planned(1, 'a'))
    await time.advanceTo(3_600_000)
    queue.add(planned(2, 'b'))
    expect(store.appends).toEqual([1])
    store.waiting[0]?.done()
    await time.advanceBy(0)
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(store.held).toEqual(['notification a', 'notification b'])
    expect(store.overlaps).toBe(0)
    expect(log.filter((each) => each.startsWith('event') || each === 'recovered')).toEqual([
      'event 1',
      'event 2',
      'recovered',
    ])
    expect(time.scheduled).toBe(0)
  })

  it('for ever costs a bounded memory, and is given the state should it answer after all', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, state } = queueOver(store, 5000)
    queue.add(planned(1, 'a'))
    await time.advanceTo(5000)
    for (let index = 0; index <= 20_000; index++) queue.add(outcome(undefined, { changes: [settled('x')] }))
    state.push(plan('everything'))
    store.answer = 'at once'
    store.waiting[0]?.done()
    await time.advanceBy(0)
    expect(store.held).toEqual(['reset', 'notification everything'])
  })

  it('because the process itself was busy is not taken for one that hangs', async () => {
    const store = new ScriptedStore()
    store.answer = 'when told'
    const { queue, log } = queueOver(store, 5000)
    queue.add(planned(1, 'a'))
    // The first timer comes late, before the answer that has been there for long; then the answer has its turn.
    await time.advanceTo(2500)
    store.waiting[0]?.done()
    await time.advanceTo(60_000)
    expect(log).toEqual(['event 1', 'send a'])
  })
})

it('a store that was closed ends everything', () => {
  const store = new ScriptedStore()
  store.answer = 'closed'
  const { queue, log } = queueOver(store)
  queue.add(planned(1, 'a'))
  expect(log).toEqual(['closed'])
})

it('an append that fails while one with the state is what is missing leads to the state again', async () => {
  const store = new ScriptedStore()
  store.answer = 'fails'
  const { queue, state } = queueOver(store)
  for (let index = 0; index <= 20_001; index++) queue.add(outcome(undefined, { changes: [settled('x')] }))
  await time.advanceTo(1000)
  queue.add(outcome(undefined, { changes: [settled('y')] }))
  state.push(plan('newest'))
  store.answer = 'at once'
  await time.advanceTo(3000)
  expect(store.held).toEqual(['reset', 'notification newest'])
})
