import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createTimerQueue } from '../../src/engine/outbox/timer-queue.ts'

it('gives timers in the order of a sorted list, whatever is set, moved and removed', () => {
  const action = fc.oneof(
    fc.record({ set: fc.nat(20), due: fc.nat(50) }),
    fc.record({ remove: fc.nat(20) }),
    fc.record({ until: fc.nat(50) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const queue = createTimerQueue()
      let list: { id: string; due: number; order: number }[] = []
      actions.forEach((each, order) => {
        if ('until' in each) {
          const [first] = list
          const isDue = first !== undefined && first.due <= each.until
          expect(queue.take(each.until)).toEqual(
            isDue ? { kind: 'alert', id: first.id, due: first.due } : undefined,
          )
          if (isDue) list.shift()
        } else {
          const id = String('set' in each ? each.set : each.remove)
          const due = 'set' in each ? each.due : undefined
          queue.set('alert', id, due)
          const known = list.find((timer) => timer.id === id)
          if (known?.due !== due) {
            list = list.filter((timer) => timer !== known)
            if (due !== undefined) list.push({ id, due, order })
          }
          list.sort((a, b) => a.due - b.due || a.order - b.order)
        }
        expect(queue.next()).toBe(list[0]?.due)
      })
    }),
  )
})
