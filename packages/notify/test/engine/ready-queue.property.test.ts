import fc from 'fast-check'
import { expect, it } from 'vitest'

import { ranks } from '../../src/engine/outbox/rank.ts'
import type { Rank } from '../../src/engine/outbox/rank.ts'
import { createReadyQueue } from '../../src/engine/outbox/ready-queue.ts'

interface Item {
  readonly id: number
  rank: Rank
}

it('gives what a sorted list gives, whatever comes, goes and changes its rank', () => {
  const action = fc.oneof(
    fc.record({ add: fc.nat(12), rank: fc.nat(ranks - 1) }),
    fc.record({ remove: fc.nat(12) }),
    fc.constant('take' as const),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
      const queue = createReadyQueue<Item>()
      const items = Array.from({ length: 13 }, (_, id): Item => ({ id, rank: 0 }))
      let list: { item: Item; order: number }[] = []
      const without = (item: Item | undefined): void => {
        list = list.filter((each) => each.item !== item)
      }
      actions.forEach((each, order) => {
        if (each === 'take') {
          const first = queue.first()
          if (first !== undefined) queue.delete(first)
          without(first)
        } else if ('add' in each) {
          const item = items[each.add]
          if (item === undefined) throw new Error('no such item')
          without(item)
          item.rank = each.rank as Rank
          list.push({ item, order })
          queue.add(item)
        } else {
          const item = items[each.remove]
          if (item !== undefined) queue.delete(item)
          without(item)
        }
        list.sort((a, b) => a.item.rank - b.item.rank || a.order - b.order)
        expect([queue.first()?.id, queue.size]).toEqual([list[0]?.item.id, list.length])
        const byAge = list.toSorted((a, b) => a.order - b.order).map(({ item }) => item.id)
        expect([...queue.items()].map(({ id }) => id)).toEqual(byAge)
      })
    }),
  )
})
