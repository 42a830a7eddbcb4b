import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { NotifyChange } from '../../src/model/change.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { outcome, plan, queueOver, ScriptedStore, send, settled } from './rig.ts'
import type { Answer } from './rig.ts'

const answers: readonly Answer[] = ['at once', 'when told', 'fails', 'fails later']

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('decide'), to: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), to: fc.nat(7000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('store becomes'), to: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('store answers'), to: fc.nat(2) }) },
)

/** A store that says that it has taken what it has not. */
class LyingStore extends ScriptedStore {
  override append = (): void => undefined
}

interface Shown {
  readonly marked: number
  readonly failed: number
}

/**
 * Runs a history over a store that works, waits, fails and hangs as it goes, and checks what came out: every event once and in order, every
 * attempt once, and each only when the store had what it was planned with, or with a mark. In the end the store has everything in order.
 */
async function check(
  store: ScriptedStore,
  steps: readonly { readonly do: string; readonly to: number }[],
): Promise<Shown> {
  using time = virtualTime()
  const decided: NotifyChange[] = []
  const { queue, log, listener } = queueOver(store)
  let marked = 0
  let seen = 0
  /** What came out since the last look, while the store is still as it was then. */
  const look = (): void => {
    for (const line of log.slice(seen)) {
      const [what, id, mark] = line.split(' ')
      if (what === 'send' && mark === undefined) expect(store.everHeld).toContain(`notification ${id}`)
      if (mark !== undefined) marked += 1
    }
    seen = log.length
  }
  listener.onTold = look
  let events = 0
  for (const { do: what, to } of steps) {
    if (what === 'decide') {
      const id = `n${events}`
      const changes = to === 0 ? [] : to === 1 ? [plan(id)] : [plan(id), settled(`s${events}`)]
      decided.push(...changes)
      queue.add(outcome(events, { changes, sends: to === 0 ? [] : [send(id)] }))
      events += 1
    } else if (what === 'wait') await time.advanceBy(to)
    else if (what === 'store becomes') store.answer = answers[to] ?? 'at once'
    else if (to > 0) store.waiting[0]?.done()
    else store.waiting[0]?.fail(new Error('no space left'))
    look()
  }
  store.answer = 'at once'
  store.waiting[0]?.done()
  await time.advanceBy(60_000)
  look()
  const told = log.flatMap((line) => (line.startsWith('event') ? [line] : []))
  expect(told).toEqual(Array.from({ length: events }, (_, index) => `event ${index}`))
  const sent = log.flatMap((line) => (line.startsWith('send') ? [line.split(' ')[1]] : []))
  const planned = decided.flatMap((change) =>
    change.type === 'notification' ? [change.notification.id] : [],
  )
  expect([...sent].sort()).toEqual([...planned].sort())
  expect(store.held).toEqual(
    decided.map((change) =>
      change.type === 'notification'
        ? `notification ${change.notification.id}`
        : `settled ${'id' in change ? change.id : ''}`,
    ),
  )
  expect(store.overlaps).toBe(0)
  expect(queue.isEmpty).toBe(true)
  return { marked, failed: log.filter((line) => line.startsWith('failing')).length }
}

describe('over any history of a store that works, waits, fails and hangs', () => {
  it('everything is told once and in order, nothing before it is stored but what is marked, and all is stored in the end', async () => {
    const total = { marked: 0, failed: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { marked, failed } = await check(new ScriptedStore(), steps)
        total.marked += marked
        total.failed += failed
      }),
    )
    expect(total.marked).toBeGreaterThan(0)
    expect(total.failed).toBeGreaterThan(0)
  })

  it('a store that lies would be seen', async () => {
    await expect(check(new LyingStore(), [{ do: 'decide', to: 1 }])).rejects.toThrow()
  })
})
