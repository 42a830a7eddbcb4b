import fc from 'fast-check'
import { expect, it } from 'vitest'

import { ActionQueue } from '../../src/time/action-queue.ts'
import type { Queued } from '../../src/time/action-queue.ts'

const newItem = (due: number): Queued => ({ due, order: 0, place: -1 })

it('has the same first as a sorted list, whatever is added and removed', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ remove: fc.nat(50) }),
    fc.constant({ first: true } as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new ActionQueue()
      const model: Queued[] = []
      for (const next of steps) {
        if ('add' in next) {
          const item = newItem(next.add)
          queue.add(item)
          const behind = model.findIndex(({ due }) => due > next.add)
          model.splice(behind < 0 ? model.length : behind, 0, item)
        } else {
          const item = 'first' in next ? model[0] : model[next.remove]
          if (item === undefined) continue
          queue.remove(item)
          queue.remove(item)
          model.splice(model.indexOf(item), 1)
        }
        expect(queue.first).toBe(model[0])
        expect(queue.size).toBe(model.length)
        expect(new Set(queue.all())).toEqual(new Set(model))
      }
    }),
  )
})
