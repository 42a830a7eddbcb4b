import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createDueQueue } from '../../src/engine/due-queue.ts'
import { createInstance } from '../../src/engine/instance.ts'
import { compilePlan } from '../../src/engine/plan.ts'
import { ruleSet, series } from '../../src/index.ts'

it('the due queue gives instances by their earliest time and then in order of creation', () => {
  const plan = compilePlan(ruleSet('a').select('*').changed(1).build())
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(20)), { maxLength: 50 }), (looks) => {
      const queue = createDueQueue()
      const instances = [0, 1, 2, 3, 4, 5].map((ordinal) => createInstance(plan, series('a'), ordinal))
      const earliest = new Map<number, number>()
      for (const [which, at] of looks) {
        queue.plan(instances[which]!, at)
        earliest.set(which, Math.min(at, earliest.get(which) ?? Infinity))
      }
      const popped: [number, number][] = []
      while (queue.peek() < Infinity) {
        const at = queue.peek()
        const instance = queue.pop()
        if (instance !== undefined) popped.push([instance.ordinal, at])
      }
      expect(popped).toEqual([...earliest].sort(([a, atA], [b, atB]) => atA - atB || a - b))
      expect(queue.pop()).toBeUndefined()
    }),
  )
})
